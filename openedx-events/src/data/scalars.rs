//! Field types that hold one value.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, FixedOffset, Utc};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{self, Serialize, Serializer};
use uuid::Uuid;

use super::{EventField, FieldType, PersonalData, float, uuid_text};
use crate::isoformat::{self, IsoDateTime};
use crate::keys::for_each_key;

/// Types that use their own serde form.
macro_rules! by_serde {
    ($($field_type:ident: $($type:ty)*;)*) => {
        $($(impl EventField for $type {
            const TYPE: FieldType = FieldType::$field_type;

            fn serialize<S: Serializer>(&self, serializer: S, _: PersonalData) -> Result<S::Ok, S::Error> {
                Serialize::serialize(self, serializer)
            }

            fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Deserialize::deserialize(deserializer)
            }
        })*)*
    };
}

by_serde! {
    Boolean: bool;
    Long: i8 i16 i32 i64 u16 u32;
    String: String;
}

impl EventField for f64 {
    const TYPE: FieldType = FieldType::Double;

    fn serialize<S: Serializer>(&self, serializer: S, _: PersonalData) -> Result<S::Ok, S::Error> {
        float::serialize(*self, serializer)
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        float::deserialize(deserializer)
    }
}

/// Encoded as a double.
impl EventField for f32 {
    const TYPE: FieldType = FieldType::Double;

    fn serialize<S: Serializer>(&self, serializer: S, _: PersonalData) -> Result<S::Ok, S::Error> {
        float::serialize((*self).into(), serializer)
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "the number may have been written with few digits, for people"
    )]
    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        float::deserialize(deserializer).map(|float| float as Self)
    }
}

/// Bytes are base64 text, as in the `data_base64` of CloudEvents.
impl EventField for Vec<u8> {
    const TYPE: FieldType = FieldType::Bytes;

    fn serialize<S: Serializer>(&self, serializer: S, _: PersonalData) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(self))
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, "bytes as base64 text", |text| BASE64.decode(text))
    }
}

impl EventField for Uuid {
    const TYPE: FieldType = FieldType::Uuid;

    fn serialize<S: Serializer>(&self, serializer: S, _: PersonalData) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, "a UUID", uuid_text::parse)
    }
}

impl EventField for DateTime<Utc> {
    const TYPE: FieldType = FieldType::DateTime;

    fn serialize<S: Serializer>(&self, serializer: S, _: PersonalData) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&isoformat::format_utc(*self).map_err(ser::Error::custom)?)
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, DATETIME, |text| text.parse().and_then(IsoDateTime::to_utc))
    }
}

/// Keeps its UTC offset. A datetime without an offset is read as UTC.
impl EventField for DateTime<FixedOffset> {
    const TYPE: FieldType = FieldType::DateTime;

    fn serialize<S: Serializer>(&self, serializer: S, _: PersonalData) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&isoformat::format_fixed(*self).map_err(ser::Error::custom)?)
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, DATETIME, |text| text.parse().and_then(IsoDateTime::to_fixed_offset))
    }
}

pub(crate) const DATETIME: &str = "an ISO 8601 datetime such as 2026-01-31T12:00:00+00:00";

macro_rules! keys {
    ($($key:ident)*) => {
        $(impl EventField for crate::keys::$key {
            const TYPE: FieldType = FieldType::Key(stringify!($key));

            fn serialize<S: Serializer>(&self, serializer: S, _: PersonalData) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }

            fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                text(deserializer, stringify!($key), str::parse)
            }
        })*
    };
}

for_each_key! { keys }

/// Reads a text and parses it, without copying it if the format can lend it.
fn text<'de, D, T, E>(
    deserializer: D,
    expected: &'static str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    E: fmt::Display,
{
    let text = deserializer.deserialize_str(TextVisitor { expected, text: PhantomData })?;
    parse(&text).map_err(de::Error::custom)
}

struct TextVisitor<'de> {
    expected: &'static str,
    text: PhantomData<&'de str>,
}

impl<'de> Visitor<'de> for TextVisitor<'de> {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text))
    }
}
