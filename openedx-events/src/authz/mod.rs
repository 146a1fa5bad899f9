//! The authz subdomain: who may do what.
//!
//! The two events of upstream's `openedx_events.authz`, under the same names: structs and signals in [`signals`],
//! their data in [`data`]. The JSON and Avro forms are upstream's. Like upstream's, their types have no version.
//!
//! # Personal data
//!
//! The subject of an assignment is marked as personal, because it contains a user name. It is redacted in `Debug`, logs and
//! the command line. As in the other subdomains, the id of the user who made the assignment is not marked. On the bus both
//! are written in plain text, and the subject is the key, so everyone who sees keys sees it.
//!
//! # Examples
//!
//! ```standalone_crate
//! # // Compiled alone: together with other examples, this receiver would receive their events, too.
//! use openedx_events::authz::data::RoleAssignmentData;
//! use openedx_events::authz::signals::{ROLE_ASSIGNMENT_CREATED, ROLE_ASSIGNMENT_DELETED};
//! use openedx_events::receiver;
//!
//! #[receiver(ROLE_ASSIGNMENT_CREATED, ROLE_ASSIGNMENT_DELETED)]
//! fn audit(role_assignment: &RoleAssignmentData) {
//!     println!("{} in {}: {}", role_assignment.role, role_assignment.scope, role_assignment.operation);
//! }
//!
//! let role_assignment = RoleAssignmentData::builder()
//!     .operation("created")
//!     .subject("user^ada")
//!     .role("course_admin")
//!     .scope("course-v1:edX+DemoX+2026")
//!     .build();
//! assert!(ROLE_ASSIGNMENT_CREATED.send_event(role_assignment).is_ok());
//! ```

pub mod data;
pub mod signals;
