//! Schema evolution: detects changes of schemas and whether they break readers.
//!
//! A lock file, committed with the program, contains the schemas of all its events. [`check_schema_lock!`] in a test
//! and `openedx-events schema check` compare the program with it. Each change has a [`Rule`], a path, and [`Breaks`]:
//! the [`Reader`]s that can no longer read the data. A [`Policy`] selects the breaks that count, and a [`Waiver`]
//! allows one of them for a reason.
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
//! // A reader that knows the writer's schema skips the field; one that decodes by position takes it for the line.
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
pub use assertion::{ACCEPT, assert_current, in_package};
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
