//! An event: a record with a type, sent through its signal.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::any::AnySignal as _;
use super::info::EventInfo;
use super::typed::Signal;
use crate::avro::{EncodeError, Fingerprint, Schema, Wire};
use crate::data::{EventData, JsonError, PersonalData, Record, from_json, to_json};

/// An event that `#[signal]` declared.
///
/// Do not implement it by hand: what the macro emits may change with any release.
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

/// What can be sent as the event `E`: the event itself, or the value of its only field.
///
/// A trait of its own instead of `Into`, so that it does not conflict with a user's `From` for the same types.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the data of the event `{E}`",
    label = "this signal sends `{E}`",
    note = "pass the event itself, `{E} {{ … }}`, or the value of its field if it has only one"
)]
pub trait IntoEvent<E> {
    /// Converts the value to the event.
    fn into_event(self) -> E;
}

impl<E: Event> IntoEvent<E> for E {
    #[inline]
    fn into_event(self) -> E {
        self
    }
}

/// An event whose type is known at run time only, as a `#[receiver(any)]` takes it.
///
/// Its `Debug` redacts personal data.
///
/// # Examples
///
/// ```standalone_crate
/// use openedx_events::{AnyEvent, BoxError, PersonalData, receiver, signal};
///
/// /// Sent when a coin was found.
/// #[signal("org.example.street.coin.found.v1")]
/// pub struct CoinFound {
///     pub value: i64,
/// }
///
/// #[receiver(any)]
/// fn audit(event: &dyn AnyEvent) -> Result<(), BoxError> {
///     println!("{}: {}", event.info().event_type, event.to_json(PersonalData::Redact)?);
///     if let Some(coin) = event.as_any().downcast_ref::<CoinFound>() {
///         assert_eq!(coin.value, 2);
///     }
///     Ok(())
/// }
///
/// assert!(COIN_FOUND.send_event(2).is_ok());
/// ```
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
    /// A value has no JSON form, such as a datetime after the year 9999.
    fn to_json(&self, personal: PersonalData) -> Result<String, serde_json::Error>;

    /// Appends the Avro encoding of the event, as it goes on the event bus, to `out`. After an error `out` is unchanged.
    ///
    /// # Errors
    ///
    /// A value has no Avro encoding, or the event is declared `in_process`.
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError>;

    /// The fingerprint of the event's schema; `None` if it has no schema.
    fn fingerprint(&self) -> Option<Fingerprint>;

    /// The value at a path of fields, without redaction.
    #[cfg(all(feature = "bus", feature = "cli"))]
    #[doc(hidden)]
    fn pick(&self, path: &[String]) -> crate::data::Picked;

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

    #[cfg(all(feature = "bus", feature = "cli"))]
    fn pick(&self, path: &[String]) -> crate::data::Picked {
        crate::data::pick(self, path)
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
