//! What a signal's declaration says of its event: [`EventInfo`].

use std::panic::Location;

use crate::receiver::crate_of;

/// What a `#[signal]` declares besides the fields of the event.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct EventInfo {
    /// The event type, such as `org.openedx.learning.course.enrollment.created.v1`.
    pub event_type: &'static str,
    /// The minor version of the data, in the metadata of each event.
    pub minor_version: u32,
    /// The name of the signal, such as `COURSE_ENROLLMENT_CREATED`.
    pub signal_name: &'static str,
    /// The path of the field that is the event's key on the event bus, such as `enrollment.course.course_key`.
    pub key_field: Option<&'static str>,
    /// The repository that sends the event.
    pub trigger_repository: Option<&'static str>,
    /// A warning for users of the event.
    pub warning: Option<&'static str>,
    /// The module that declares the event, starting with its crate.
    pub module: &'static str,
    /// Where the event is declared.
    pub location: &'static Location<'static>,
}

impl EventInfo {
    /// For `#[signal]`, which then calls the methods below.
    #[doc(hidden)]
    #[track_caller]
    pub const fn new(event_type: &'static str, signal_name: &'static str, module: &'static str) -> Self {
        Self {
            event_type,
            minor_version: 0,
            signal_name,
            key_field: None,
            trigger_repository: None,
            warning: None,
            module,
            location: Location::caller(),
        }
    }

    #[doc(hidden)]
    pub const fn minor_version(self, minor_version: u32) -> Self {
        Self { minor_version, ..self }
    }

    #[doc(hidden)]
    pub const fn key_field(self, path: &'static str) -> Self {
        Self { key_field: Some(path), ..self }
    }

    #[doc(hidden)]
    pub const fn trigger_repository(self, repository: &'static str) -> Self {
        Self { trigger_repository: Some(repository), ..self }
    }

    #[doc(hidden)]
    pub const fn warning(self, warning: &'static str) -> Self {
        Self { warning: Some(warning), ..self }
    }

    /// The crate that declares the event.
    pub fn crate_name(&self) -> &'static str {
        crate_of(self.module)
    }
}
