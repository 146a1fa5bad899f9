//! An event: a record with a type, sent through its signal.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use uuid::Uuid;

use super::typed::{AnySignal as _, Signal};
use crate::avro::{EncodeError, Fingerprint, Schema, Wire};
use crate::data::{EventData, EventField, JsonError, PersonalData, Record, from_json, to_json};
use crate::keys::{
    CCXLocator, CourseKey, LibraryCollectionLocator, LibraryContainerLocator, LibraryLocatorV2,
    LibraryUsageLocatorV2, UsageKey,
};

/// What a `#[signal]` declares beside the fields.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct EventInfo {
    /// The event type, such as `org.openedx.learning.course.enrollment.created.v1`.
    pub event_type: &'static str,
    /// The minor version of the data, in the metadata of each event.
    pub minor_version: u32,
    /// The name of the signal, such as `COURSE_ENROLLMENT_CREATED`.
    pub signal_name: &'static str,
    /// The path of the field that is the event's key on the bus, such as `enrollment.course.course_key`.
    pub key_field: Option<&'static str>,
    /// The repository that sends the event.
    pub trigger_repository: Option<&'static str>,
    /// What users of the event should be warned of.
    pub warning: Option<&'static str>,
    /// The module that declares the event, from the crate's name on.
    pub module: &'static str,
    /// Where the event is declared.
    pub location: &'static Location<'static>,
}

impl EventInfo {
    /// What `#[signal]` calls, to be filled by the methods below.
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

/// The first part of a module's path: its crate.
pub(crate) fn crate_of(module: &'static str) -> &'static str {
    module.split("::").next().unwrap_or(module)
}

/// An event that `#[signal]` declared.
///
/// Not for implementing by hand: what the macro emits may change with any release.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "no `#[signal]` declares this type",
    note = "declare it with `#[signal(\"org.example.subdomain.subject.action.v1\")]` on the struct"
)]
pub trait Event: EventData + fmt::Debug {
    /// What the declaration says of the event.
    const INFO: &'static EventInfo;

    #[doc(hidden)]
    const WIRE: &'static Wire<Self>;

    /// The event's signal.
    fn signal() -> &'static Signal<Self>;

    /// The value of the event's key, as text; `None` if the declaration names no key.
    fn key(&self) -> Option<Cow<'_, str>>;
}

/// What can be sent as the event `E`: the event, and the field of an event that has just one.
///
/// A trait of its own rather than `Into`, so that a user's `From` for the same types is no conflict.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the data of the event `{E}`",
    label = "this signal sends `{E}`",
    note = "give the event itself, `{E} {{ … }}`, or the value of its field if it has just one"
)]
pub trait IntoEvent<E> {
    /// The event.
    fn into_event(self) -> E;
}

impl<E: Event> IntoEvent<E> for E {
    #[inline]
    fn into_event(self) -> E {
        self
    }
}

/// What can be an event's key on the bus: text, whole numbers, UUIDs and opaque keys.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the key of an event",
    label = "the key path ends in this type",
    note = "a key is text, a whole number, a UUID or an opaque key: name a field of such a type with `key = …`",
    note = "an optional value is no key, as events without one would have no order"
)]
pub trait EventKey: EventField {
    /// The key as text.
    fn as_key(&self) -> Cow<'_, str>;
}

impl EventKey for String {
    fn as_key(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

macro_rules! displayed_keys {
    ($($type:ty)*) => {
        $(impl EventKey for $type {
            fn as_key(&self) -> Cow<'_, str> {
                Cow::Owned(self.to_string())
            }
        })*
    };
}

displayed_keys! { i8 i16 i32 i64 u16 u32 Uuid }

macro_rules! opaque_keys {
    ($($key:ty)*) => {
        $(impl EventKey for $key {
            fn as_key(&self) -> Cow<'_, str> {
                Cow::Borrowed(self.as_str())
            }
        })*
    };
}

opaque_keys! {
    CourseKey UsageKey CCXLocator LibraryLocatorV2 LibraryUsageLocatorV2 LibraryCollectionLocator LibraryContainerLocator
}

/// An event whose type is known at run time only: what `#[receiver(any)]` sees.
///
/// Its `Debug` redacts personal data.
pub trait AnyEvent: Any + Send + Sync + fmt::Debug {
    /// What the declaration says of the event.
    fn info(&self) -> &'static EventInfo;

    /// The event's fields.
    fn record(&self) -> &'static Record;

    /// The value of the event's key, as text; `None` if the declaration names no key.
    fn key(&self) -> Option<Cow<'_, str>>;

    /// The event's data as one line of JSON.
    ///
    /// # Errors
    ///
    /// A value that has no form in JSON, such as a datetime after the year 9999.
    fn to_json(&self, personal: PersonalData) -> Result<String, serde_json::Error>;

    /// Appends the event's Avro encoding, as it goes on the event bus, to `out`. After an error `out` is as it was.
    ///
    /// # Errors
    ///
    /// A value that has no form on the wire, and every event that is declared `in_process`.
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError>;

    /// What names the event's schema; `None` if it has none.
    fn fingerprint(&self) -> Option<Fingerprint>;

    /// The event, for `downcast_ref`.
    fn as_any(&self) -> &(dyn Any + Send + Sync);

    /// The event, for `downcast`.
    fn into_any(self: Box<Self>) -> Box<dyn Any + Send + Sync>;

    /// The shared event, for `downcast`.
    fn into_shared_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

impl<E: Event> AnyEvent for E {
    fn info(&self) -> &'static EventInfo {
        E::INFO
    }

    fn record(&self) -> &'static Record {
        E::RECORD
    }

    fn key(&self) -> Option<Cow<'_, str>> {
        Event::key(self)
    }

    fn to_json(&self, personal: PersonalData) -> Result<String, serde_json::Error> {
        to_json(self, personal)
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        E::WIRE.encode(self, out)
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        E::signal().schema().ok().map(Schema::fingerprint)
    }

    fn as_any(&self) -> &(dyn Any + Send + Sync) {
        self
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send + Sync> {
        self
    }

    fn into_shared_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

/// Reads the data of an event from JSON.
pub(crate) fn read<E: Event>(data: &str) -> Result<E, JsonError> {
    from_json(data)
}
