//! The form that openedx-events-2-zapier posts: [`write`].
//!
//! In Python, the data classes become nested dicts, whose keys are joined by `_`, and `requests` writes the values with `str()`. So
//! texts and keys are as they are, `True`, `80.0` and `2026-01-31 09:30:00+00:00` as Python prints them, an absent value has no field,
//! and a list has a field for each of its items.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use serde_json::value::RawValue;

use crate::data::{FieldType, Record};
use crate::raw_members::RawMembers;
use crate::receiver::BoxError;
use crate::signal::event::AnyEvent;
use crate::{EventsMetadata, PersonalData};

/// Writes the event, and its metadata behind the prefix `event_metadata`.
pub(super) fn write(
    event: &dyn AnyEvent,
    metadata: &EventsMetadata,
    personal: PersonalData,
) -> Result<String, BoxError> {
    let mut form = FormWriter { out: String::new(), personal };
    form.record("", event.record(), &event.to_json(personal)?)?;
    form.record("event_metadata", EventsMetadata::record(), &metadata.to_json())?;
    Ok(form.out)
}

struct FormWriter {
    out: String,
    personal: PersonalData,
}

impl FormWriter {
    /// The fields of a record in their order.
    fn record(&mut self, prefix: &str, record: &Record, json: &str) -> Result<(), BoxError> {
        let members: RawMembers<'_> = serde_json::from_str(json)?;
        for (name, value) in members.0 {
            let Some(field) = record.fields.iter().find(|field| field.name == name) else { continue };
            let name = joined(prefix, &name);
            if field.personal && self.personal == PersonalData::Redact {
                // The text in the place of whatever it was.
                self.value(&name, &FieldType::String, value)?;
            } else {
                self.value(&name, &field.field_type, value)?;
            }
        }
        Ok(())
    }

    fn value(&mut self, name: &str, field_type: &FieldType, value: &RawValue) -> Result<(), BoxError> {
        let json = value.get();
        match field_type {
            FieldType::Optional(_) if json == "null" => {}
            FieldType::Optional(inner) => self.value(name, inner, value)?,
            FieldType::Record(record) => self.record(name, record(), json)?,
            FieldType::Map(inner) => {
                let members: RawMembers<'_> = serde_json::from_str(json)?;
                for (key, value) in members.0 {
                    self.value(&joined(name, &key), inner, value)?;
                }
            }
            FieldType::List(inner) => {
                let items: Vec<&RawValue> = serde_json::from_str(json)?;
                for item in items.into_iter().filter(|item| item.get() != "null") {
                    self.item(name, inner, item)?;
                }
            }
            FieldType::Boolean => self.pair(name, if json == "true" { b"True" } else { b"False" }),
            FieldType::Long => self.pair(name, json.as_bytes()),
            FieldType::Double => self.pair(name, python_float(json)?.as_bytes()),
            FieldType::DateTime => {
                // `str()` of a datetime is its ISO form with a space.
                let text: String = serde_json::from_str(json)?;
                self.pair(name, text.replacen('T', " ", 1).as_bytes());
            }
            FieldType::Bytes | FieldType::File => {
                let text: String = serde_json::from_str(json)?;
                self.pair(name, &BASE64.decode(text)?);
            }
            FieldType::String | FieldType::Uuid | FieldType::Key(_) | FieldType::Enum(_) => {
                let text: String = serde_json::from_str(json)?;
                self.pair(name, text.as_bytes());
            }
        }
        Ok(())
    }

    /// An item of a list. Python posts only the keys of a dict in a list; here it is JSON.
    fn item(&mut self, name: &str, field_type: &FieldType, value: &RawValue) -> Result<(), BoxError> {
        match field_type {
            FieldType::Optional(inner) => self.item(name, inner, value)?,
            FieldType::Record(_) | FieldType::Map(_) | FieldType::List(_) => {
                self.pair(name, value.get().as_bytes());
            }
            scalar => self.value(name, scalar, value)?,
        }
        Ok(())
    }

    /// Adds a field, percent-encoded with `+` for a space.
    fn pair(&mut self, name: &str, value: &[u8]) {
        if !self.out.is_empty() {
            self.out.push('&');
        }
        encode(&mut self.out, name.as_bytes());
        self.out.push('=');
        encode(&mut self.out, value);
    }
}

fn joined(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}_{name}") }
}

/// As Python's `quote_plus` writes it.
fn encode(out: &mut String, bytes: &[u8]) {
    out.extend(percent_encode(bytes, IN_FORMS).map(|part| part.replace(' ', "+")));
}

/// What is encoded, beside all that is not ASCII. A space is left for `+`.
const IN_FORMS: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~').remove(b' ');

/// A float as Python's `str()` writes it, from our JSON.
fn python_float(json: &str) -> Result<String, BoxError> {
    let Ok(float) = json.parse::<f64>() else {
        // `{"$float": "nan"}`
        let members: RawMembers<'_> = serde_json::from_str(json)?;
        let name = members.0.first().map(|(_, value)| value.get().trim_matches('"').to_owned());
        return name.ok_or_else(|| "not a float".into());
    };
    let scientific = format!("{float:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse()?;
    Ok(if (-4..16).contains(&exponent) {
        format!("{float:?}")
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The right sides are what CPython prints.
    #[test]
    fn floats_are_written_as_python_does() {
        for (json, expected) in [
            ("80.0", "80.0"),
            ("0.75", "0.75"),
            ("-0.0", "-0.0"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("1e-7", "1e-07"),
            ("123456789012345.6", "123456789012345.6"),
            ("9999999999999998.0", "9999999999999998.0"),
            ("1e16", "1e+16"),
            ("1.5e300", "1.5e+300"),
            ("5e-324", "5e-324"),
            (r#"{"$float":"-inf"}"#, "-inf"),
        ] {
            assert_eq!(python_float(json).expect("a float"), expected, "{json}");
        }
    }
}
