//! Reading CloudEvents.

use std::borrow::Cow;
use std::fmt;

use uuid::Uuid;

use super::content_type::ContentType;
use super::data::data;
use super::members::{Attribute, Members};
use super::{CloudEventError, SPECVERSION};
use crate::metadata::{minor_version, now_micros, read_time};
use crate::signal::event;
use crate::signal::event::{AnyEvent, Event};
use crate::{EventsMetadata, get_signal_by_type};

/// Reads an event and its metadata. The event can be of any signal of this program.
///
/// Attributes that are not part of an event are ignored, and logged at the level `debug`.
///
/// # Errors
///
/// Returns an error if the text is not a valid CloudEvent (see the [module](super)), if no signal of this program has the type, or if
/// `data` is not an event of that type.
///
/// # Examples
///
/// ```
/// use openedx_events::{cloudevents, signal};
///
/// /// Sent when a whistle was blown.
/// #[signal("org.example.house.whistle.blown.v1")]
/// #[derive(Clone, PartialEq)]
/// pub struct WhistleBlown {
///     pub times: i64,
/// }
///
/// let text = r#"{
///     "specversion": "1.0", "type": "org.example.house.whistle.blown.v1", "source": "openedx/house/web",
///     "id": "0190a4f6-7f4e-7cc3-98c4-dc0c0c07398f", "time": "2026-01-31T12:00:00Z", "data": {"times": 2}
/// }"#;
/// let (event, metadata) = cloudevents::from_json(text)?;
/// assert_eq!(event.as_any().downcast_ref(), Some(&WhistleBlown { times: 2 }));
/// assert_eq!(metadata.source(), "openedx/house/web");
/// # Ok::<(), cloudevents::CloudEventError>(())
/// ```
pub fn from_json(text: &str) -> Result<(Box<dyn AnyEvent>, EventsMetadata), CloudEventError> {
    let read = CloudEvent::parse(text)?;
    read.log_unused();
    Ok((read.event()?, read.metadata))
}

/// Reads an event of the type `E` and its metadata.
///
/// # Errors
///
/// Like [`from_json`], and if the event has another type.
///
/// # Examples
///
/// See the [module](super).
pub fn from_json_as<E: Event>(text: &str) -> Result<(E, EventsMetadata), CloudEventError> {
    let read = CloudEvent::parse(text)?;
    read.log_unused();
    Ok((read.event_as()?, read.metadata))
}

/// A CloudEvent whose attributes have been read, but not its data.
///
/// Use this to inspect an event before decoding it, for example to skip events of unknown types.
///
/// # Examples
///
/// ```
/// use openedx_events::cloudevents::CloudEvent;
///
/// let text = r#"{
///     "specversion": "1.0", "type": "org.example.somebody.elses.event.v1", "source": "openedx/lms/web",
///     "id": "0190a4f6-7f4e-7cc3-98c4-dc0c0c07398f", "time": "2026-01-31T12:00:00Z", "subject": "a-course", "data": {}
/// }"#;
/// let read = CloudEvent::parse(text)?;
/// assert_eq!(read.metadata().event_type(), "org.example.somebody.elses.event.v1");
/// assert_eq!(read.unused().map(|(name, _)| name).collect::<Vec<_>>(), ["subject"]);
/// assert_eq!(read.event().unwrap_err().path(), "type");
/// # Ok::<(), openedx_events::cloudevents::CloudEventError>(())
/// ```
pub struct CloudEvent<'a> {
    metadata: EventsMetadata,
    data: Cow<'a, str>,
    unused: Vec<(String, Attribute)>,
}

impl<'a> CloudEvent<'a> {
    /// Reads the attributes, and checks that the whole text is JSON.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not a CloudEvent with JSON data, or if its `id` is not a UUID, as it is for events of Open edX.
    pub fn parse(text: &'a str) -> Result<Self, CloudEventError> {
        Self::parse_at(text, 1)
    }

    /// Like [`parse`](Self::parse), for a text that begins on this line of a file.
    pub(crate) fn parse_at(text: &'a str, first_line: u64) -> Result<Self, CloudEventError> {
        let mut members = Members::read(text, first_line)?;
        check_specversion(&mut members)?;
        let event_type = members.require("type")?;
        let id = id(&mut members)?;
        let source = members.require("source")?;
        let metadata =
            EventsMetadata::with_parts(id, event_type.into(), Some(source), Cow::Borrowed(&[]), now_micros());
        let metadata = with_minorversion(metadata, &mut members)?
            .with_sourcehost(members.take_text("sourcehost")?.unwrap_or_default())
            .with_sourcelib(sourcelib(&mut members)?);
        let metadata = with_time(metadata, &mut members)?;
        let content_type = ContentType::take(&mut members)?;
        check_redacted(&mut members)?;
        let data = data(&mut members, &content_type)?;
        Ok(Self { metadata, data, unused: members.rest() })
    }

    /// The event's metadata.
    pub fn metadata(&self) -> &EventsMetadata {
        &self.metadata
    }

    /// Returns the metadata without copying it.
    pub fn into_metadata(self) -> EventsMetadata {
        self.metadata
    }

    /// The JSON text of the data, including personal data.
    pub fn data(&self) -> &str {
        &self.data
    }

    /// The attributes that are not part of an event or its metadata, in the order of the text.
    pub fn unused(&self) -> impl Iterator<Item = (&str, &Attribute)> {
        self.unused.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Decodes the data, as the event of the signal that has this type.
    ///
    /// # Errors
    ///
    /// Returns an error if no signal or several signals have this type, or if the data is not an event of it.
    pub fn event(&self) -> Result<Box<dyn AnyEvent>, CloudEventError> {
        let signal = get_signal_by_type(self.metadata.event_type())
            .map_err(|error| CloudEventError::at("type", error.to_string()))?;
        signal.read_json(&self.data).map_err(|error| CloudEventError::data(&error))
    }

    /// Decodes the data as an event of the type `E`.
    ///
    /// # Errors
    ///
    /// Returns an error if the event has another type, or if the data is not an `E`.
    pub fn event_as<E: Event>(&self) -> Result<E, CloudEventError> {
        let (expected, found) = (E::INFO.event_type, self.metadata.event_type());
        if found != expected {
            let reason =
                format!("expected an event of the type `{expected}`, found `{}`", found.escape_debug());
            return Err(CloudEventError::at("type", reason));
        }
        event::read(&self.data).map_err(|error| CloudEventError::data(&error))
    }

    fn log_unused(&self) {
        for (name, _) in self.unused() {
            tracing::debug!(
                event_type = self.metadata.event_type(),
                attribute = name,
                "unknown attribute of a CloudEvent is ignored"
            );
        }
    }
}

/// Omits the data, because it may be personal.
impl fmt::Debug for CloudEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloudEvent")
            .field("metadata", &self.metadata)
            .field("unused", &self.unused)
            .finish_non_exhaustive()
    }
}

fn check_specversion(members: &mut Members<'_>) -> Result<(), CloudEventError> {
    let version = members.require("specversion")?;
    if version == SPECVERSION {
        return Ok(());
    }
    Err(CloudEventError::at(
        "specversion",
        format!("CloudEvents version `{}` is not supported, only `{SPECVERSION}`", version.escape_debug()),
    ))
}

fn id(members: &mut Members<'_>) -> Result<Uuid, CloudEventError> {
    let text = members.require("id")?;
    Uuid::try_parse(&text).map_err(|_| {
        let reason = format!(
            "`{}` is not a UUID, as the id of an Open edX event must be; an example is `{}`",
            text.escape_debug(),
            Uuid::nil()
        );
        CloudEventError::at("id", reason)
    })
}

/// A number, or a string with a number: an event that is built from the headers of a message has only strings.
fn with_minorversion(
    metadata: EventsMetadata,
    members: &mut Members<'_>,
) -> Result<EventsMetadata, CloudEventError> {
    let version = match members.take("minorversion") {
        None => return Ok(metadata),
        Some(Attribute::Integer(number)) => u32::try_from(number).ok(),
        Some(Attribute::Text(text)) => number(&text),
        Some(Attribute::Boolean(_)) => None,
    };
    version.and_then(|version| metadata.with_minorversion(version).ok()).ok_or_else(|| {
        let reason = format!("expected a whole number from 0 to {}", minor_version::MAX);
        CloudEventError::at("minorversion", reason)
    })
}

fn sourcelib(members: &mut Members<'_>) -> Result<Vec<u32>, CloudEventError> {
    let Some(text) = members.take_text("sourcelib")?.filter(|text| !text.is_empty()) else {
        return Ok(Vec::new());
    };
    text.split('.').map(number).collect::<Option<_>>().ok_or_else(|| {
        let reason = format!(
            "`{}` is not a release such as `11.2.0`: expected numbers separated by dots",
            text.escape_debug()
        );
        CloudEventError::at("sourcelib", reason)
    })
}

/// Accepts digits only, while Rust's own parser accepts a plus sign.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn with_time(metadata: EventsMetadata, members: &mut Members<'_>) -> Result<EventsMetadata, CloudEventError> {
    // The metadata has the current time by default.
    let Some(text) = members.take_text("time")? else { return Ok(metadata) };
    read_time(&text)
        .and_then(|time| metadata.with_time(time).map_err(|error| error.to_string()))
        .map_err(|reason| CloudEventError::at("time", reason))
}

fn check_redacted(members: &mut Members<'_>) -> Result<(), CloudEventError> {
    match members.take("redacted") {
        None | Some(Attribute::Boolean(false)) => Ok(()),
        Some(_) => Err(CloudEventError::at(
            "redacted",
            "the event was written without its personal data and cannot be read: write it with `PersonalData::Keep`",
        )),
    }
}
