//! The payload that Standard Webhooks recommends: [`write`].

use serde::ser::{Serialize, SerializeStruct as _, Serializer};
use serde_json::value::RawValue;

use crate::isoformat::format_utc;
use crate::receiver::BoxError;
use crate::signal::event::AnyEvent;
use crate::{EventsMetadata, PersonalData};

/// Writes the type, the time and the data of an event. Its id is in the header `webhook-id`.
pub(super) fn write(
    event: &dyn AnyEvent,
    metadata: &EventsMetadata,
    personal: PersonalData,
) -> Result<String, BoxError> {
    let data = RawValue::from_string(event.to_json(personal)?)?;
    let timestamp = format_utc(metadata.time())?;
    Ok(serde_json::to_string(&Payload {
        event_type: metadata.event_type(),
        timestamp: &timestamp,
        data: &data,
    })?)
}

struct Payload<'a> {
    event_type: &'a str,
    timestamp: &'a str,
    data: &'a RawValue,
}

impl Serialize for Payload<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut payload = serializer.serialize_struct("Payload", 3)?;
        payload.serialize_field("type", self.event_type)?;
        payload.serialize_field("timestamp", self.timestamp)?;
        payload.serialize_field("data", self.data)?;
        payload.end()
    }
}
