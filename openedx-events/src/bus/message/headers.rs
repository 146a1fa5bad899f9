//! The headers of a message: an event's metadata, and what ours has besides.
//!
//! The names and texts of the first seven are those of upstream's `event-bus-redis`, in its order. Its reader passes over
//! the others.

use std::borrow::Cow;
use std::fmt;
use std::str;

use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::{Header, Message};
use crate::avro::{EncodeError, Fingerprint};
use crate::isoformat::format_utc;
use crate::metadata::{EventsMetadata, UPSTREAM_RELEASE, now_micros, read_time};
use crate::signal::event::AnyEvent;

/// The header with the event type.
pub const TYPE: &str = "type";
/// The header with the event's id.
pub const ID: &str = "id";
/// The header with the sending service.
pub const SOURCE: &str = "source";
/// The header with the time, as Python's `isoformat()` writes it.
pub const TIME: &str = "time";
/// The header with the minor version of the event's data.
pub const MINORVERSION: &str = "minorversion";
/// The header with the sending host.
pub const SOURCEHOST: &str = "sourcehost";
/// The header with the release of the sending library, such as `11.2.0`.
pub const SOURCELIB: &str = "sourcelib";
/// Where upstream's Redis entries have the payload.
pub const EVENT_DATA: &str = "event_data";
/// The header with the [fingerprint](Fingerprint) of the schema that the payload was written with. Not upstream's.
pub const SCHEMA_FINGERPRINT: &str = "schema_fp";
/// The header with the event's key. Not upstream's.
pub const PARTITION_KEY: &str = "partitionkey";
/// The header with the W3C trace context of the sender. Not upstream's.
pub const TRACEPARENT: &str = "traceparent";

/// What most events fit in, so that the buffer need not grow while they are written.
const PAYLOAD: usize = 512;

impl Message {
    /// The message of an event.
    ///
    /// # Errors
    ///
    /// An event that has no form on the wire.
    pub fn of_event(event: &dyn AnyEvent, metadata: &EventsMetadata) -> Result<Self, EncodeError> {
        let key = event.key().map(Cow::into_owned);
        Self::with_key(event, metadata, key)
    }

    /// [`of_event`](Self::of_event) with another key than the one that the event declares.
    ///
    /// # Errors
    ///
    /// An event that has no form on the wire.
    pub fn with_key(
        event: &dyn AnyEvent,
        metadata: &EventsMetadata,
        key: Option<String>,
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
        Ok(Self { headers, payload: Some(payload) })
    }

    /// The event type.
    ///
    /// # Errors
    ///
    /// There is none, or it is not UTF-8.
    pub fn event_type(&self) -> Result<&str, HeaderError> {
        self.text(TYPE)?.ok_or(HeaderError { name: TYPE, reason: "missing".to_owned() })
    }

    /// The fingerprint of the schema that the payload was written with, if the sender gives it.
    ///
    /// # Errors
    ///
    /// A text that is no fingerprint.
    pub fn fingerprint(&self) -> Result<Option<Fingerprint>, HeaderError> {
        let parsed = self.text(SCHEMA_FINGERPRINT)?.map(str::parse).transpose();
        parsed.map_err(|error| HeaderError::new(SCHEMA_FINGERPRINT, error))
    }

    /// The event's metadata. What is missing or empty is as Python's reader has it: the present time, version 0, this
    /// service and host; but for `sourcelib`, which is then not known, and the id.
    ///
    /// The id of a message that has none is made of `origin`, which names the message, so that it is the same at each
    /// reading.
    ///
    /// # Errors
    ///
    /// No event type, and a text that is not what its header should hold.
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
            Some(id) => Uuid::try_parse(id).map_err(|_| HeaderError::new(ID, "not a UUID"))?,
            None => Uuid::new_v5(&Uuid::NAMESPACE_URL, origin.as_bytes()),
        };
        let time = self.text(TIME)?;
        // The clock is not read for what comes with a time.
        let micros = if time.is_some() { 0 } else { now_micros() };
        let mut metadata = EventsMetadata::with_parts(id, event_type, self.sourcelib()?, micros);
        if let Some(source) = self.text(SOURCE)? {
            metadata = metadata.with_source(source.to_owned());
        }
        if let Some(time) = time {
            let time = read_time(time).map_err(|error| HeaderError::new(TIME, error))?;
            metadata = metadata.with_time(time).map_err(|error| HeaderError::new(TIME, error))?;
        }
        if let Some(version) = self.text(MINORVERSION)? {
            let version = version.trim().parse().map_err(|error| HeaderError::new(MINORVERSION, error))?;
            metadata = metadata.with_minorversion(version);
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
        numbers.map(Cow::Owned).map_err(|error| HeaderError::new(SOURCELIB, error))
    }

    /// The text of a header; `None` if it is missing or empty.
    fn text(&self, name: &'static str) -> Result<Option<&str>, HeaderError> {
        let Some(value) = self.header(name).filter(|value| !value.is_empty()) else { return Ok(None) };
        str::from_utf8(value).map(Some).map_err(|_| HeaderError::new(name, "not UTF-8"))
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

/// [`UPSTREAM_RELEASE`] as its header has it.
const OWN_RELEASE: &str = "11.2.0";

/// A header that a message must have and has not, or that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderError {
    name: &'static str,
    reason: String,
}

impl HeaderError {
    fn new(name: &'static str, reason: impl fmt::Display) -> Self {
        Self { name, reason: reason.to_string() }
    }

    /// The header's name.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the header `{}`: {}", self.name, self.reason)
    }
}

impl std::error::Error for HeaderError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_release_is_written_as_its_numbers() {
        assert_eq!(UPSTREAM_RELEASE.map(|number| number.to_string()).join("."), OWN_RELEASE);
    }
}
