//! The check as a test.

use std::ffi::OsString;
use std::path::Path;

use super::accept::accept;
use super::check::check;
use super::error::EvolutionError;
use super::lock::Lock;
use super::policy::Policy;
use super::snapshot::Snapshot;

/// Set to `accept`, it lets [`check_schema_lock!`](crate::check_schema_lock) write the file.
pub const ACCEPT: &str = "OPENEDX_EVENTS_SCHEMA_LOCK";

/// What [`check_schema_lock!`](crate::check_schema_lock) calls, with the value of [`ACCEPT`].
#[doc(hidden)]
#[track_caller]
pub fn assert_current(path: &str, accept: Option<OsString>) {
    if let Err(message) = verdict(Path::new(path), accept.is_some_and(|value| value == "accept")) {
        panic!("{message}");
    }
}

/// Whether the lock file is as it would be written, after it was, if that is wanted; else a text for people.
fn verdict(path: &Path, accepts: bool) -> Result<(), String> {
    let lock = match Lock::read(path) {
        Err(EvolutionError::Missing { .. }) if accepts => Lock::new(Policy::default(), None),
        Err(error @ EvolutionError::Missing { .. }) => {
            return Err(format!("{error}; or run this test with {ACCEPT}=accept"));
        }
        other => other.map_err(|error| error.to_string())?,
    };
    let now = Snapshot::of_program(lock.crates()).map_err(|error| error.to_string())?;
    if accepts && let Ok(accepted) = accept(&lock, &now, lock.policy(), None) {
        return accepted.lock.write(path).map_err(|error| error.to_string());
    }
    let report = check(&lock, &now, lock.policy());
    if report.is_current() {
        return Ok(());
    }
    let remedy = if report.is_ok() {
        format!(
            "Nothing breaks. Accept it by `openedx-events schema lock --lock {path}`, in your own program if it has \
             events of its own, or by running this test with {ACCEPT}=accept; and commit the file.",
            path = path.display()
        )
    } else {
        format!(
            "Something breaks. Take it back, or declare a new event type (`….v2`) beside this one. If it may break, say \
             why: `openedx-events schema lock --lock {path} --reason \"…\"`, in your own program if it has events of its \
             own; and commit the file.",
            path = path.display()
        )
    };
    Err(format!("the events are not as {} has them\n\n{report}\n\n{remedy}", path.display()))
}

/// Checks in a test that the schemas of all events are as the lock file has them, and that nothing breaks.
///
/// The path is relative to the package that calls. The events are those of the program that the test is built into: with
/// receivers and events in crates of their own, [`link!`](crate::link) them; a unit test has the events of other tests
/// beside it, a file of its own below `tests/` has not.
///
/// With `OPENEDX_EVENTS_SCHEMA_LOCK=accept` in the environment the file is made, or brought up to date if nothing breaks.
///
/// # Panics
///
/// The file is missing or damaged, or the events are not as it has them: with what changed, what that breaks, and how to
/// accept it.
///
/// # Examples
///
/// ```no_run
/// #[test]
/// fn schemas_stay_readable() {
///     openedx_events::check_schema_lock!("events.lock.json");
/// }
/// ```
#[macro_export]
macro_rules! check_schema_lock {
    ($path:literal $(,)?) => {
        $crate::evolution::assert_current(
            ::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/", $path),
            ::std::env::var_os($crate::evolution::ACCEPT),
        )
    };
}
