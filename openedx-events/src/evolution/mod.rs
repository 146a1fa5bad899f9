//! The evolution of schemas: what changed, what that breaks and for whom, and what was agreed on.
//!
//! A lock file, committed with the program, has the schemas of all its events. [`check_schema_lock!`] in a test and
//! `openedx-events schema check` compare the program with it. Each change has a [`Rule`], a path, and [`Breaks`]: which
//! [`Reader`]s can no longer read what. A [`Policy`] says which of that counts, and a [`Waiver`] allows it for a reason.
//!
//! The rules, the modes and the commands are explained in `docs/schema-evolution.md`.
//!
//! ```
//! use openedx_events::evolution::{Reader, Rule, compare};
//!
//! let before = r#"{"type": "record", "name": "Ride", "fields": [{"name": "line", "type": "string"}]}"#.parse()?;
//! let after = r#"{"type": "record", "name": "Ride", "fields": [
//!     {"name": "stops", "type": "long"},
//!     {"name": "line", "type": "string"}
//! ]}"#
//! .parse()?;
//! let changes = compare(&before, &after);
//! assert_eq!(changes[0].rule, Rule::FieldAddedWithoutDefault);
//! assert_eq!(changes[0].path, "stops");
//! // Who knows the writer's schema skips the field; who goes by position takes it for the line.
//! assert!(!changes[0].breaks.forward.contains(Reader::Rust));
//! assert!(changes[0].breaks.forward.contains(Reader::PythonRedis));
//! # Ok::<(), openedx_events::avro::InvalidSchema>(())
//! ```
//!
//! [`check_schema_lock!`]: crate::check_schema_lock

mod accept;
mod assertion;
mod change;
mod check;
mod compare;
mod definition;
mod diff;
mod error;
mod lock;
mod policy;
mod readers;
mod report;
mod resolve;
mod rule;
mod snapshot;
mod version;
mod waiver;

pub use accept::{Accepted, accept};
pub use assertion::{ACCEPT, assert_current};
pub use change::Change;
pub use check::check;
pub use compare::compare;
pub use definition::Definition;
pub use diff::diff;
pub use error::EvolutionError;
pub use lock::{Lock, LockedEvent};
pub use policy::{InvalidMode, Mode, Policy};
pub use readers::{Breaks, InvalidReader, Reader, Readers};
pub use report::{Finding, Former, Outcome, Report};
pub use rule::{InvalidRule, Rule};
pub use snapshot::Snapshot;
pub use version::Version;
pub use waiver::{Unused, Waiver};
