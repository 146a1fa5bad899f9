//! The JSON form of the metadata.

use chrono::{DateTime, Utc};
use serde::de::{Deserializer, Error as _};
use serde::ser::{Error as _, Serializer};
use uuid::Uuid;

use super::minor_version;
use crate::EventData;
use crate::data::{EventField, FieldType, PersonalData};
use crate::isoformat::{IsoDateTime, format_utc};

/// The members of the JSON form, in the order in which upstream writes them. Named as messages should name it. It has no
/// Avro form: on the event bus the metadata are headers.
#[derive(EventData)]
#[event_data(in_process)]
pub(super) struct EventsMetadata {
    event_type: String,
    id: Uuid,
    #[event_data(default)]
    minorversion: MinorVersion,
    source: String,
    sourcehost: String,
    time: Time,
    sourcelib: Vec<u32>,
}

impl From<super::EventsMetadata> for EventsMetadata {
    fn from(metadata: super::EventsMetadata) -> Self {
        Self {
            id: metadata.id,
            minorversion: MinorVersion(metadata.minorversion),
            time: Time(metadata.time()),
            event_type: metadata.event_type.into_owned(),
            source: metadata.source.into_owned(),
            sourcehost: metadata.sourcehost.into_owned(),
            sourcelib: metadata.sourcelib.into_owned(),
        }
    }
}

impl From<EventsMetadata> for super::EventsMetadata {
    fn from(members: EventsMetadata) -> Self {
        Self {
            id: members.id,
            event_type: members.event_type.into(),
            minorversion: members.minorversion.0,
            source: members.source.into(),
            sourcehost: members.sourcehost.into(),
            micros: members.time.0.timestamp_micros(),
            sourcelib: members.sourcelib.into(),
        }
    }
}

/// A minor version, which is never above [`minor_version::MAX`].
#[derive(Default)]
struct MinorVersion(u32);

impl EventField for MinorVersion {
    const TYPE: FieldType = FieldType::Long;

    fn serialize<S: Serializer>(&self, serializer: S, _: PersonalData) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.0)
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let version = <u32 as EventField>::deserialize(deserializer)?;
        minor_version::check(version).map(Self).map_err(D::Error::custom)
    }
}

/// A point in time. Unlike a datetime of a payload it must have an offset: the time of another service must not be
/// guessed, and Python's `EventsMetadata` refuses a naive time as well.
struct Time(DateTime<Utc>);

impl EventField for Time {
    const TYPE: FieldType = FieldType::DateTime;

    fn serialize<S: Serializer>(&self, serializer: S, _: PersonalData) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format_utc(self.0).map_err(S::Error::custom)?)
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text: String = serde::Deserialize::deserialize(deserializer)?;
        read_time(&text).map(Self).map_err(D::Error::custom)
    }
}

/// Why a time without an offset is refused. The advice is the whole time, as an offset cannot follow a date alone.
fn without_offset(text: &str, time: IsoDateTime) -> String {
    let as_utc = time.to_utc().and_then(format_utc);
    let advice = as_utc.map(|time| format!(": write UTC as `{}`", &*time)).unwrap_or_default();
    format!("the time `{text}` has no offset{advice}")
}

/// Reads a time in any form of RFC 3339, and everything that Python's `isoformat` writes, as UTC. A leap second becomes
/// the second after it.
pub(crate) fn read_time(text: &str) -> Result<DateTime<Utc>, String> {
    let error = match text.parse::<IsoDateTime>() {
        Ok(time) if time.utc_offset_microseconds().is_none() => {
            return Err(without_offset(text, time));
        }
        Ok(time) => return time.to_utc().map_err(|error| error.to_string()),
        Err(error) => error,
    };
    // Python does not read a lower-case `z`, nor `:60`.
    DateTime::parse_from_rfc3339(text)
        .ok()
        .and_then(|time| DateTime::from_timestamp_micros(time.timestamp_micros()))
        .filter(|time| format_utc(*time).is_ok())
        .ok_or_else(|| error.to_string())
}
