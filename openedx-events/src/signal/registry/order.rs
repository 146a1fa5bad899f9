//! The order of what runs for one hook.

use std::cmp::Reverse;
use std::panic::Location;

/// The sort key: the priority, then the path, then the location.
pub(crate) fn of(priority: i32, path: &'static str, location: &'static Location<'static>) -> impl Ord {
    (Reverse(priority), path, location.file(), location.line(), location.column())
}
