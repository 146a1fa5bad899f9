//! Conversions between events and messages: the headers of an event, and its metadata from them.

use std::borrow::Cow;
use std::str;

use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::Message;
use super::header::{Header, HeaderError};
use super::headers::{
    ID, MINORVERSION, PARTITION_KEY, SCHEMA_FINGERPRINT, SOURCE, SOURCEHOST, SOURCELIB, TIME, TRACEPARENT,
    TYPE,
};
use crate::avro::{EncodeError, Fingerprint};
use crate::isoformat::format_utc;
use crate::metadata::{EventsMetadata, UPSTREAM_RELEASE, now_micros, read_time};
use crate::signal::event::AnyEvent;
use crate::trace_parent::{InvalidTraceParent, TraceParent};

/// The initial capacity of the payload, in bytes. Most events fit, so that the buffer need not grow.
const PAYLOAD: usize = 512;

impl Message {
    /// The message of an event, with the key that the event declares.
    ///
    /// # Errors
    ///
    /// The event cannot be encoded, or its message exceeds a [limit](Self::check_limits).
    pub fn of_event(event: &dyn AnyEvent, metadata: &EventsMetadata) -> Result<Self, EncodeError> {
        let key = event.key().map(Cow::into_owned);
        Self::with_key(event, metadata, key)
    }

    /// [`of_event`](Self::of_event) with this key, or without one, instead of the key that the event declares.
    ///
    /// # Errors
    ///
    /// The event cannot be encoded, or its message exceeds a [limit](Self::check_limits).
    pub fn with_key(
        event: &dyn AnyEvent,
        metadata: &EventsMetadata,
        key: Option<String>,
    ) -> Result<Self, EncodeError> {
        Self::with_traceparent(event, metadata, key, None)
    }

    /// [`with_key`](Self::with_key), with the span that the event is sent from.
    pub(in crate::bus) fn with_traceparent(
        event: &dyn AnyEvent,
        metadata: &EventsMetadata,
        key: Option<String>,
        traceparent: Option<TraceParent>,
    ) -> Result<Self, EncodeError> {
        let mut payload = Vec::with_capacity(PAYLOAD);
        event.encode(&mut payload)?;
        let time = format_utc(metadata.time()).map_err(EncodeError::invalid)?;
        let mut headers = Vec::with_capacity(10);
        headers.push(Header::new(TYPE, event.info().event_type));
        let mut id = [0; Hyphenated::LENGTH];
        headers.push(Header::new(ID, metadata.id().hyphenated().encode_lower(&mut id).to_owned()));
        headers.push(Header::new(SOURCE, metadata.source_text()));
        headers.push(Header::new(TIME, time.as_str().to_owned()));
        headers.push(Header::new(MINORVERSION, number(metadata.minorversion())));
        headers.push(Header::new(SOURCEHOST, metadata.sourcehost_text()));
        headers.push(Header::new(SOURCELIB, release(metadata.sourcelib())));
        if let Some(fingerprint) = event.fingerprint() {
            headers.push(Header::new(SCHEMA_FINGERPRINT, fingerprint.to_string()));
        }
        headers.extend(key.filter(|key| !key.is_empty()).map(|key| Header::new(PARTITION_KEY, key)));
        headers.extend(traceparent.map(|parent| Header::new(TRACEPARENT, parent.to_string())));
        let message = Self { headers, payload: Some(payload) };
        message.check_limits().map_err(EncodeError::invalid)?;
        Ok(message)
    }

    /// The event type.
    ///
    /// # Errors
    ///
    /// The header is missing, or not UTF-8.
    pub fn event_type(&self) -> Result<&str, HeaderError> {
        self.text(TYPE)?.ok_or_else(|| HeaderError::missing(TYPE))
    }

    /// The event's id as it is in the headers, for logs; `None` if there is none that could be shown.
    pub(crate) fn event_id(&self) -> Option<&str> {
        self.text(ID).ok().flatten()
    }

    /// The fingerprint of the schema that the payload was written with, if the message has it.
    ///
    /// # Errors
    ///
    /// The header is not a fingerprint.
    pub fn fingerprint(&self) -> Result<Option<Fingerprint>, HeaderError> {
        let parsed = self.text(SCHEMA_FINGERPRINT)?.map(str::parse).transpose();
        parsed.map_err(|error| HeaderError::invalid(SCHEMA_FINGERPRINT, error))
    }

    /// The span that the event was sent from, if the message has it.
    ///
    /// # Errors
    ///
    /// The header is not a `traceparent` of W3C Trace Context.
    pub fn traceparent(&self) -> Result<Option<TraceParent>, HeaderError> {
        let invalid = |error: InvalidTraceParent| HeaderError::invalid(TRACEPARENT, error);
        self.header(TRACEPARENT).map(TraceParent::read).transpose().map_err(invalid)
    }

    /// The metadata of the event.
    ///
    /// Missing and empty headers get the defaults of Python's reader: the current time, version 0, this service and this
    /// host. A missing `sourcelib` is empty. A missing id is derived from `origin`, which names the message, so that it is
    /// the same each time the message is read.
    ///
    /// # Errors
    ///
    /// The event type is missing, or a header has a value that cannot be read.
    pub fn metadata(&self, origin: &str) -> Result<EventsMetadata, HeaderError> {
        self.metadata_of(Cow::Owned(self.event_type()?.to_owned()), origin)
    }

    /// [`metadata`](Self::metadata) of an event whose type has been read.
    pub(in crate::bus) fn metadata_of(
        &self,
        event_type: Cow<'static, str>,
        origin: &str,
    ) -> Result<EventsMetadata, HeaderError> {
        let id = match self.text(ID)? {
            Some(id) => Uuid::try_parse(id).map_err(|error| HeaderError::invalid(ID, error))?,
            None => Uuid::new_v5(&Uuid::NAMESPACE_URL, origin.as_bytes()),
        };
        let time = self.text(TIME)?;
        // The clock is read only if it is needed.
        let micros = if time.is_some() { 0 } else { now_micros() };
        let source = self.text(SOURCE)?.map(str::to_owned);
        let mut metadata = EventsMetadata::with_parts(id, event_type, source, self.sourcelib()?, micros);
        if let Some(time) = time {
            let time = read_time(time).map_err(|error| HeaderError::invalid(TIME, error))?;
            metadata = metadata.with_time(time).map_err(|error| HeaderError::invalid(TIME, error))?;
        }
        if let Some(version) = self.text(MINORVERSION)? {
            let version =
                version.trim().parse().map_err(|error| HeaderError::invalid(MINORVERSION, error))?;
            metadata = metadata
                .with_minorversion(version)
                .map_err(|error| HeaderError::invalid(MINORVERSION, error))?;
        }
        if let Some(host) = self.text(SOURCEHOST)? {
            metadata = metadata.with_sourcehost(host.to_owned());
        }
        Ok(metadata)
    }

    fn sourcelib(&self) -> Result<Cow<'static, [u32]>, HeaderError> {
        let Some(text) = self.text(SOURCELIB)? else { return Ok(Cow::Borrowed(&[])) };
        if text == OWN_RELEASE {
            return Ok(Cow::Borrowed(&UPSTREAM_RELEASE));
        }
        let numbers = text.split('.').map(str::parse).collect::<Result<Vec<_>, _>>();
        numbers.map(Cow::Owned).map_err(|error| HeaderError::invalid(SOURCELIB, error))
    }

    /// The value of a header as text; `None` if it is missing or empty.
    fn text(&self, name: &'static str) -> Result<Option<&str>, HeaderError> {
        let Some(value) = self.header(name).filter(|value| !value.is_empty()) else { return Ok(None) };
        str::from_utf8(value).map(Some).map_err(|error| HeaderError::invalid(name, error))
    }
}

fn number(number: u32) -> Cow<'static, str> {
    match number {
        0 => Cow::Borrowed("0"),
        number => Cow::Owned(number.to_string()),
    }
}

/// `11.2.0`.
fn release(numbers: &[u32]) -> Cow<'static, str> {
    if *numbers == UPSTREAM_RELEASE {
        return Cow::Borrowed(OWN_RELEASE);
    }
    Cow::Owned(numbers.iter().map(u32::to_string).collect::<Vec<_>>().join("."))
}

/// [`UPSTREAM_RELEASE`] as text. Nearly every message has it, so it is not formatted for each.
const OWN_RELEASE: &str = "11.2.0";

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn the_own_release_is_written_as_its_numbers() {
        assert_eq!(UPSTREAM_RELEASE.map(|number| number.to_string()).join("."), OWN_RELEASE);
    }

    #[test]
    fn a_header_that_cannot_be_read_says_why() {
        let message =
            |name, value: &'static str| Message { headers: vec![Header::new(name, value)], payload: None };
        let error = message(ID, "17").metadata_of("a".into(), "").unwrap_err();
        assert_eq!(error.name(), ID);
        assert_eq!(error.to_string(), "the header `id` is invalid: failed to parse a UUID");
        assert!(error.source().is_some_and(<dyn std::error::Error>::is::<uuid::Error>));
        let error = message(TIME, "noon").metadata_of("a".into(), "").unwrap_err();
        assert!(error.source().is_some(), "{error}");
        let version = |version| message(MINORVERSION, version).metadata_of("a".into(), "");
        assert_eq!(version("2147483647").map(|metadata| metadata.minorversion()), Ok(2_147_483_647));
        for above in ["2147483648", "4294967295", "4294967296"] {
            assert_eq!(version(above).unwrap_err().name(), MINORVERSION, "{above}");
        }
        let error = message(TYPE, "").event_type().unwrap_err();
        assert_eq!(error.to_string(), "the header `type` is missing");
        assert!(error.source().is_none());
    }
}
