//! The check in a test.

use std::ffi::OsString;
use std::path::Path;

use super::accept::accept;
use super::check::check;
use super::error::EvolutionError;
use super::lock::Lock;
use super::policy::Policy;
use super::snapshot::Snapshot;

/// The environment variable that lets [`check_schema_lock!`](crate::check_schema_lock) write the file, if set to
/// `accept`.
pub const ACCEPT: &str = "OPENEDX_EVENTS_SCHEMA_LOCK";

/// The path of a file in a package, for [`check_schema_lock!`](crate::check_schema_lock).
#[doc(hidden)]
pub fn in_package(package: &str, path: &str) -> String {
    format!("{package}/{path}")
}

/// Called by [`check_schema_lock!`](crate::check_schema_lock) with the value of [`ACCEPT`].
#[doc(hidden)]
#[track_caller]
pub fn assert_current(path: &str, accept: Option<OsString>) {
    if let Err(message) = verdict(Path::new(path), accept.is_some_and(|value| value == "accept")) {
        panic!("{message}");
    }
}

/// Checks that the lock file is current, after updating it if `accepts`. Returns the message for people if it is not.
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
            "Nothing breaks. Accept it with `openedx-events schema lock --lock {path}`, in your own program if it has \
             events of its own, or by running this test with {ACCEPT}=accept; and commit the file.",
            path = path.display()
        )
    } else {
        format!(
            "Something breaks. Revert it, or declare a new event type (`….v2`) beside this one. If the break is \
             acceptable, say why: `openedx-events schema lock --lock {path} --reason \"…\"`, in your own program if it \
             has events of its own; and commit the file.",
            path = path.display()
        )
    };
    Err(format!("the events differ from {}\n\n{report}\n\n{remedy}", path.display()))
}

/// Checks in a test that the schemas of all events match the lock file, and that no change breaks readers.
///
/// The path is relative to the calling package. The events are those of the test binary: [`link!`](crate::link) crates
/// that declare events. A unit test also sees the events of other unit tests; a separate file in `tests/` does not.
///
/// With `OPENEDX_EVENTS_SCHEMA_LOCK=accept` in the environment, the file is created, or updated if nothing breaks.
///
/// # Panics
///
/// Panics if the file is missing or damaged, or if the events differ from it. The message lists the changes, what they
/// break, and how to accept them.
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
    ($path:expr $(,)?) => {
        $crate::evolution::assert_current(
            &$crate::evolution::in_package(::core::env!("CARGO_MANIFEST_DIR"), $path),
            ::std::env::var_os($crate::evolution::ACCEPT),
        )
    };
    ($($other:tt)*) => {
        ::core::compile_error!(
            "`check_schema_lock!` takes the path of the lock file, as in `check_schema_lock!(\"events.lock.json\")`"
        )
    };
}
