//! Which receiver: [`ReceiverInfo`].

use std::borrow::Cow;
use std::fmt;
use std::panic::Location;

use super::delivery::DeliveryPolicy;

/// The name, location and options of a receiver.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReceiverInfo {
    /// The path of the function, starting with its crate, such as `notifications::create_notification_preference`; for
    /// a connected closure the name that was passed to `connect`.
    pub path: Cow<'static, str>,
    /// Where the receiver is declared or connected.
    pub location: &'static Location<'static>,
    /// Receivers of a higher priority run first; 0 by default.
    pub priority: i32,
    /// Whether the receiver is async.
    pub is_async: bool,
    /// How the event bus delivers to this receiver.
    pub delivery: DeliveryPolicy,
}

impl ReceiverInfo {
    /// The crate that declares the receiver; for a connected closure its name.
    pub fn crate_name(&self) -> &str {
        match &self.path {
            Cow::Borrowed(path) => crate_of(path),
            Cow::Owned(name) => name,
        }
    }
}

impl fmt::Display for ReceiverInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}:{})", self.path, self.location.file(), self.location.line())
    }
}

/// The crate of a path: its first part.
pub(crate) fn crate_of(path: &'static str) -> &'static str {
    path.split("::").next().unwrap_or(path)
}
