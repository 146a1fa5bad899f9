//! From a message to its event: [`Decoded`].

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use arc_swap::Guard;

use super::LOG;
use super::recipient::Recipient;
use crate::avro::writer::{OfRelease, of_release};
use crate::avro::writer::{WriterSchema, WriterSchemas};
use crate::avro::{DecodeError, Fingerprint};
use crate::bus::contract::error::BusError;
use crate::bus::contract::{Backend, Delivery};
use crate::bus::message::dead_letter::{DeadLetter, DeadLetterReason};
use crate::bus::message::headers::ID;
use crate::bus::message::topic::Topic;
use crate::bus::message::{Header, HeaderError, Message};
use crate::chain::Chain;
use crate::metadata::EventsMetadata;
use crate::receiver::ReceiverInfo;
use crate::signal::any::AnySignal;
use crate::signal::connection::Connected;
use crate::signal::dispatch::route::Route;
use crate::signal::event::AnyEvent;
use crate::trace_parent::TraceParent;

/// The event of a message, and its way to the receivers.
pub(crate) struct Decoded {
    pub(crate) event: Box<dyn AnyEvent>,
    pub(crate) metadata: EventsMetadata,
    /// The span that the event was sent from, if its sender said so.
    pub(super) traceparent: Option<TraceParent>,
    /// The headers of its message, for hooks that see the event when its entry is elsewhere.
    pub(super) headers: Vec<Header>,
    pub(super) route: Route,
    /// The closures that were connected when the event was decoded: their numbers must not change between attempts.
    pub(super) connected: Option<Arc<Vec<Arc<Connected>>>>,
    /// Takes the event instead of the receivers, if the consumer has one.
    pub(super) recipient: Option<Arc<Recipient>>,
    /// Decoded with the newest schema, as the sender's is unknown.
    pub(super) is_guess: bool,
}

/// Why a message could not be decoded.
pub(crate) enum Undecoded {
    /// It never can be.
    Dead(DeadLetter),
    /// The schema that it was encoded with could not be looked up.
    NotNow(BusError),
}

impl Undecoded {
    fn undecodable(error: impl fmt::Display) -> Self {
        Self::Dead(DeadLetter::new(DeadLetterReason::Undecodable, error.to_string()))
    }
}

impl Decoded {
    /// Whether it reaches nobody but those who send events to the bus.
    pub(super) fn has_no_receivers(&self) -> bool {
        let mut connected = self.connected.iter().flat_map(|list| list.iter());
        self.recipient.is_none()
            && self.route.plan.receivers().is_empty()
            && !connected.any(|each| each.takes_from_bus)
    }

    /// The number of receivers, those included that have disconnected since.
    pub(super) fn number_of_receivers(&self) -> usize {
        if self.recipient.is_some() {
            return 1;
        }
        self.route.plan.receivers().len() + self.connected.as_ref().map_or(0, |list| list.len())
    }

    /// The receivers by their numbers.
    pub(super) fn receivers(&self) -> impl Iterator<Item = &ReceiverInfo> {
        let recipient = self.recipient.iter().map(|recipient| recipient.info());
        let registered = self.route.plan.receivers().iter().copied();
        let connected = self.connected.iter().flat_map(|list| list.iter()).map(|each| &each.info);
        recipient.chain(registered).chain(connected).take(self.number_of_receivers())
    }

    /// The number of the receiver with this path, but none of those in `taken`: closures can be connected under one name.
    pub(super) fn find_receiver(&self, path: &str, taken: &[usize]) -> Option<usize> {
        let mut receivers = self.receivers().enumerate();
        let found = receivers.find(|(number, each)| each.path == path && !taken.contains(number));
        found.map(|(number, _)| number)
    }

    /// Decodes the message of an entry.
    pub(crate) fn of(
        delivery: &Delivery,
        topic: &Topic,
        schemas: &WriterSchemas,
        backend: &dyn Backend,
    ) -> Result<Self, Undecoded> {
        let message = &delivery.message;
        message.check_limits().map_err(Undecoded::undecodable)?;
        let event_type = message.event_type().map_err(Undecoded::undecodable)?;
        let signal = crate::get_signal_by_type(event_type).map_err(|error| {
            let error = format!("{error}{}", remedy(event_type));
            Undecoded::Dead(DeadLetter::new(DeadLetterReason::UnknownType, error))
        })?;
        let metadata = metadata(delivery, signal.event_type(), topic).map_err(Undecoded::undecodable)?;
        let Some(payload) = &message.payload else {
            return Err(Undecoded::undecodable("the message has no data"));
        };
        let (event, is_guess) = match message.fingerprint().map_err(Undecoded::undecodable)? {
            Some(fingerprint) => {
                learn(signal, fingerprint, topic, schemas, backend)?;
                (schemas.decode(signal, fingerprint, payload), false)
            }
            None => by_release(signal, metadata.sourcelib(), payload),
        };
        let event = event.map_err(Undecoded::undecodable)?;
        let route = signal.route();
        let connected = Guard::into_inner(route.connected());
        let traceparent = traceparent(message, topic);
        Ok(Self {
            event,
            metadata,
            traceparent,
            headers: Vec::new(),
            route,
            connected,
            recipient: None,
            is_guess,
        })
    }
}

/// The event can be processed without it, so an invalid one is ignored.
fn traceparent(message: &Message, topic: &Topic) -> Option<TraceParent> {
    let ignored = |error: HeaderError| {
        let event_id = message.event_id();
        tracing::debug!(target: LOG, %topic, event_id, error = %Chain(&error), "the traceparent of an event is ignored");
    };
    message.traceparent().map_err(ignored).ok().flatten()
}

/// Looks up the schema of this fingerprint on the bus, unless it is known.
fn learn(
    signal: &dyn AnySignal,
    fingerprint: Fingerprint,
    topic: &Topic,
    schemas: &WriterSchemas,
    backend: &dyn Backend,
) -> Result<(), Undecoded> {
    let is_own = signal.schema().is_ok_and(|schema| schema.fingerprint() == fingerprint);
    if is_own || schemas.get(fingerprint).is_some() {
        return Ok(());
    }
    if let Some(text) = backend.schema(topic, fingerprint).map_err(Undecoded::NotNow)? {
        let schema = WriterSchema::parse(&text).map_err(|error| {
            Undecoded::undecodable(format!("the schema {fingerprint} on the bus is invalid: {error}"))
        })?;
        if schema.fingerprint() == fingerprint {
            schemas.insert(schema);
        }
    }
    Ok(())
}

fn metadata(
    delivery: &Delivery,
    event_type: &'static str,
    topic: &Topic,
) -> Result<EventsMetadata, HeaderError> {
    let event_type = Cow::Borrowed(event_type);
    // Only a message without an id needs its origin, and nearly all have one.
    if delivery.message.header(ID).is_some_and(|id| !id.is_empty()) {
        return delivery.message.metadata_of(event_type, "");
    }
    delivery.message.metadata_of(event_type, &format!("{topic}/{}", delivery.entry))
}

/// Decodes what came without a fingerprint with the schema of the upstream release that sent it.
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

/// How to get an event of Open edX whose feature is off: the end of an error message.
fn remedy(event_type: &str) -> String {
    let subdomain = event_type.strip_prefix("org.openedx.").and_then(|rest| rest.split('.').next());
    let missing = [
        ("analytics", cfg!(feature = "analytics")),
        ("authz", cfg!(feature = "authz")),
        ("content_authoring", cfg!(feature = "content_authoring")),
        ("enterprise", cfg!(feature = "enterprise")),
        ("learning", cfg!(feature = "learning")),
    ]
    .into_iter()
    .find(|(name, is_on)| Some(*name) == subdomain && !is_on);
    missing.map_or_else(String::new, |(name, _)| {
        format!("; events of this subdomain need the feature `{name}` of openedx-events")
    })
}
