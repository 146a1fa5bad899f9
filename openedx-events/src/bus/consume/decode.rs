//! From a message to its event: [`Decoded`].

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use arc_swap::Guard;

use crate::avro::writer::{OfRelease, of_release};
use crate::avro::{DecodeError, WriterSchemas};
use crate::bus::backend::Delivery;
use crate::bus::headers::{HeaderError, ID};
use crate::bus::letter::{DeadLetter, Reason};
use crate::connection::Connected;
use crate::dispatch::Route;
use crate::event::AnyEvent;
use crate::metadata::EventsMetadata;
use crate::signal::AnySignal;

/// The event of a message, and how it goes to its receivers.
pub(super) struct Decoded {
    pub(super) event: Box<dyn AnyEvent>,
    pub(super) metadata: EventsMetadata,
    pub(super) route: Route,
    /// The closures that were connected when the event came: their numbers must not change between attempts.
    pub(super) connected: Option<Arc<Vec<Arc<Connected>>>>,
    /// Read by the newest schema, as nobody knows the sender's.
    pub(super) is_guess: bool,
}

impl Decoded {
    /// Reads the message of an entry. What cannot be read is a dead letter.
    pub(super) fn of(delivery: &Delivery, topic: &str, schemas: &WriterSchemas) -> Result<Self, DeadLetter> {
        let message = &delivery.message;
        let undecodable = |error: &dyn fmt::Display| DeadLetter::new(Reason::Undecodable, error.to_string());
        let event_type = message.event_type().map_err(|error| undecodable(&error))?;
        let signal = crate::get_signal_by_type(event_type).map_err(|error| {
            DeadLetter::new(Reason::UnknownType, format!("{error}{}", remedy(event_type)))
        })?;
        let metadata = metadata(delivery, signal.event_type(), topic).map_err(|error| undecodable(&error))?;
        let Some(payload) = &message.payload else { return Err(undecodable(&"the message has no data")) };
        let fingerprint = message.fingerprint().map_err(|error| undecodable(&error))?;
        let (event, is_guess) = match fingerprint {
            Some(fingerprint) => (schemas.decode(signal, fingerprint, payload), false),
            None => by_release(signal, metadata.sourcelib(), payload),
        };
        let event = event.map_err(|error| undecodable(&error))?;
        let route = signal.route();
        let connected = Guard::into_inner(route.connections.load());
        Ok(Self { event, metadata, route, connected, is_guess })
    }
}

fn metadata(
    delivery: &Delivery,
    event_type: &'static str,
    topic: &str,
) -> Result<EventsMetadata, HeaderError> {
    let event_type = Cow::Borrowed(event_type);
    // Only a message without an id needs its origin, which nearly none is.
    if delivery.message.header(ID).is_some_and(|id| !id.is_empty()) {
        return delivery.message.metadata_of(event_type, "");
    }
    delivery.message.metadata_of(event_type, &format!("{topic}/{}", delivery.entry))
}

/// Reads what came without a fingerprint by the schema of the upstream release that sent it.
fn by_release(
    signal: &dyn AnySignal,
    sourcelib: &[u32],
    payload: &[u8],
) -> (Result<Box<dyn AnyEvent>, DecodeError>, bool) {
    match of_release(signal.event_type(), sourcelib) {
        OfRelease::Own => (signal.decode(payload), false),
        OfRelease::Other(schema) => (schema.decode(signal, payload), false),
        OfRelease::Unknown => (signal.decode(payload), true),
    }
}

/// How to get an event of Open edX whose feature is off.
fn remedy(event_type: &str) -> String {
    let subdomain = event_type.strip_prefix("org.openedx.").and_then(|rest| rest.split('.').next());
    match subdomain {
        Some(name @ ("analytics" | "authz" | "content_authoring" | "enterprise" | "learning")) => {
            format!("; events of this subdomain come with the feature `{name}` of openedx-events")
        }
        _ => String::new(),
    }
}
