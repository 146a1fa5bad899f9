//! The order of what runs for one hook.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::panic::Location;

/// The sort key: the priority, then the path, then the location.
pub(crate) fn of(
    priority: i32,
    path: &Cow<'static, str>,
    location: &'static Location<'static>,
) -> impl Ord + use<> {
    let path: &'static str = match path {
        Cow::Borrowed(path) => path,
        // Of what is connected at run time, which is not registered.
        Cow::Owned(_) => "",
    };
    (Reverse(priority), path, location.file(), location.line(), location.column())
}
