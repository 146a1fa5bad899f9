//! Floats in JSON, which cannot represent those that are not finite as numbers.

use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::ser::{SerializeMap as _, Serializer};

/// The only member of the object that represents a float that is not finite.
const MEMBER: &str = "$float";

/// Writes a number, or `{"$float": "nan"}`, `{"$float": "inf"}`, `{"$float": "-inf"}`, for which `serde_json` would
/// write `null`.
pub(super) fn serialize<S: Serializer>(float: f64, serializer: S) -> Result<S::Ok, S::Error> {
    if float.is_finite() || !serializer.is_human_readable() {
        return serializer.serialize_f64(float);
    }
    let mut map = serializer.serialize_map(Some(1))?;
    let name = if float.is_nan() {
        "nan"
    } else if float > 0.0 {
        "inf"
    } else {
        "-inf"
    };
    map.serialize_entry(MEMBER, name)?;
    map.end()
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    if deserializer.is_human_readable() {
        deserializer.deserialize_any(FloatVisitor)
    } else {
        deserializer.deserialize_f64(FloatVisitor)
    }
}

struct FloatVisitor;

impl<'de> Visitor<'de> for FloatVisitor {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_f64<E: de::Error>(self, float: f64) -> Result<f64, E> {
        Ok(float)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "an integer in place of a float is rounded to the nearest float"
    )]
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<f64, E> {
        Ok(number as f64)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "an integer in place of a float is rounded to the nearest float"
    )]
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<f64, E> {
        Ok(number as f64)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<f64, A::Error> {
        let float = match map.next_entry::<String, String>()? {
            Some((member, name)) if member == MEMBER => match name.as_str() {
                "nan" => Some(f64::NAN),
                "inf" => Some(f64::INFINITY),
                "-inf" => Some(f64::NEG_INFINITY),
                _ => None,
            },
            _ => None,
        };
        match (float, map.next_key::<String>()?) {
            (Some(float), None) => Ok(float),
            _ => Err(de::Error::custom(r#"expected a number, or {"$float": "nan"}, "inf" or "-inf""#)),
        }
    }
}
