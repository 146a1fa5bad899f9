//! Writing CloudEvents.

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::value::RawValue;

use super::{CloudEventError, SPECVERSION};
use crate::isoformat::format_utc;
use crate::signal::event::AnyEvent;
use crate::{EventsMetadata, PersonalData};

/// Writes an event and its metadata as one line of JSON.
///
/// With [`PersonalData::Redact`], an event with personal data gets the attribute `redacted`, and cannot be read again. Use
/// it for logs and terminals.
///
/// # Errors
///
/// Returns an error if the metadata has another event type or an empty source, which no reader would accept, or if JSON cannot
/// represent a value, such as a datetime after the year 9999.
///
/// # Examples
///
/// ```
/// use openedx_events::{EventData, PersonalData, cloudevents, signal};
///
/// #[derive(Clone, EventData)]
/// pub struct Visitor {
///     #[event_data(pii)]
///     pub name: String,
/// }
///
/// /// Sent when somebody rang the bell.
/// #[signal("org.example.house.visitor.arrived.v1")]
/// pub struct VisitorArrived {
///     pub visitor: Visitor,
/// }
///
/// let event = VisitorArrived { visitor: Visitor { name: "Ada".into() } };
/// let metadata = VISITOR_ARRIVED.generate_metadata();
/// let line = cloudevents::to_json(&event, &metadata, PersonalData::Redact)?;
/// assert!(line.ends_with(r#""redacted":true,"data":{"visitor":{"name":"<redacted>"}}}"#));
///
/// let error = cloudevents::from_json(&line).err().expect("a redacted event");
/// assert_eq!(error.path(), "redacted");
/// # Ok::<(), cloudevents::CloudEventError>(())
/// ```
pub fn to_json(
    event: &dyn AnyEvent,
    metadata: &EventsMetadata,
    personal: PersonalData,
) -> Result<String, CloudEventError> {
    check(event, metadata)?;
    let written = event.to_json(personal).and_then(RawValue::from_string).and_then(|data| {
        serde_json::to_string(&Members { metadata, data: &data, redacted: redacts(event, personal) })
    });
    written.map_err(|error| CloudEventError::at("data", error.to_string()))
}

/// Checks what no reader would accept.
pub(super) fn check(event: &dyn AnyEvent, metadata: &EventsMetadata) -> Result<(), CloudEventError> {
    let event_type = event.info().event_type;
    if metadata.event_type() != event_type {
        return Err(CloudEventError::at(
            "type",
            format!(
                "the event has the type `{event_type}`, but the metadata has `{}`",
                metadata.event_type().escape_debug()
            ),
        ));
    }
    if metadata.source().is_empty() {
        return Err(CloudEventError::at("source", "must not be empty"));
    }
    Ok(())
}

pub(super) fn redacts(event: &dyn AnyEvent, personal: PersonalData) -> bool {
    personal == PersonalData::Redact && event.record().has_personal_data()
}

struct Members<'a> {
    metadata: &'a EventsMetadata,
    data: &'a RawValue,
    redacted: bool,
}

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let metadata = self.metadata;
        let time = format_utc(metadata.time()).map_err(serde::ser::Error::custom)?;
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("specversion", SPECVERSION)?;
        members.serialize_entry("type", metadata.event_type())?;
        members.serialize_entry(
            "id",
            metadata.id().hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer()),
        )?;
        members.serialize_entry("source", metadata.source())?;
        members.serialize_entry("time", &*time)?;
        members.serialize_entry("datacontenttype", "application/json")?;
        members.serialize_entry("minorversion", &metadata.minorversion())?;
        if !metadata.sourcehost().is_empty() {
            members.serialize_entry("sourcehost", metadata.sourcehost())?;
        }
        if !metadata.sourcelib().is_empty() {
            members.serialize_entry("sourcelib", &dotted(metadata.sourcelib()))?;
        }
        if self.redacted {
            members.serialize_entry("redacted", &true)?;
        }
        members.serialize_entry("data", self.data)?;
        members.end()
    }
}

/// `11.2.0`, as in upstream's headers, because an attribute cannot be a list.
pub(super) fn dotted(numbers: &[u32]) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}
