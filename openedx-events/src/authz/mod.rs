//! The authz subdomain: who may do what.
//!
//! The two events of upstream's `openedx_events.authz`, under the same names: structs and signals in [`signals`], what
//! they carry in [`data`]. The JSON and Avro forms are upstream's. Their types have no version; upstream's have none
//! either.
//!
//! # Personal data
//!
//! Marked as personal, and so redacted in `Debug`, logs and the command line, is the subject of an assignment, which
//! holds the name of an account. Not marked is the number of the user who made the assignment, as in the other
//! subdomains. On the bus both are written as they are, and the subject is the key, so it is seen by whoever sees keys.
//!
//! # Examples
//!
//! ```standalone_crate
//! # // On its own: in one program with the other examples, this receiver would hear what they send too.
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
