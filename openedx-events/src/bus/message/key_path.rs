//! The path of the field that holds the key of an event: [`KeyPath`].

use std::fmt;

use serde_json::Value;

use crate::chain::debug_like_display;
use crate::data::{FieldType, PersonalData, Record};
use crate::signal::any::AnySignal;
use crate::signal::event::AnyEvent;
use crate::suggest::nearest;

/// The path of the field that holds the key of an event, such as `enrollment.course.course_key`.
///
/// Names of fields, separated by dots, lead through the records of the event to a field that can be a key:
///
/// | field | can be a key |
/// |---|---|
/// | text, whole number, UUID, time, opaque key, enum | yes |
/// | any of these in an `Option` | yes; an event where it is null has no key |
/// | boolean, float, bytes, file, list, map, record | no |
///
/// ```
/// use openedx_events::EventData;
/// use openedx_events::bus::KeyPath;
/// use openedx_events::signal;
///
/// #[derive(Clone, Debug, PartialEq, EventData)]
/// pub struct ParcelData {
///     pub street: String,
///     pub weight: f64,
/// }
///
/// #[signal("org.example.post.parcel.delivered.v1")]
/// pub struct ParcelDelivered {
///     pub parcel: ParcelData,
/// }
///
/// let path = KeyPath::new(&PARCEL_DELIVERED, "parcel.street")?;
/// let event = ParcelDelivered { parcel: ParcelData { street: "Elm Street".into(), weight: 0.5 } };
/// assert_eq!(path.of(&event).as_deref(), Some("Elm Street"));
///
/// let error = KeyPath::new(&PARCEL_DELIVERED, "parcel.weight").unwrap_err();
/// assert!(error.to_string().starts_with("`parcel.weight` cannot be the key of `org.example.post.parcel.delivered.v1`"));
/// # Ok::<(), openedx_events::bus::InvalidKeyPath>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPath {
    path: String,
    /// It is the key that the event declares, which needs no search.
    is_declared: bool,
}

impl KeyPath {
    /// The path of a field of the signal's event.
    ///
    /// # Errors
    ///
    /// There is no such field, or it cannot be a key. The error names those that can.
    pub fn new(signal: &dyn AnySignal, path: &str) -> Result<Self, InvalidKeyPath> {
        if signal.info().key_field == Some(path) {
            return Ok(Self { path: path.to_owned(), is_declared: true });
        }
        let mut paths = Vec::new();
        collect(signal.record(), "", &mut Vec::new(), &mut paths);
        if paths.iter().any(|each| each == path) {
            return Ok(Self { path: path.to_owned(), is_declared: false });
        }
        Err(InvalidKeyPath { path: path.to_owned(), event_type: signal.event_type(), paths })
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.path
    }

    /// The key of an event; `None` if a value on the path is null.
    pub fn of(&self, event: &dyn AnyEvent) -> Option<String> {
        if self.is_declared {
            return event.key().map(std::borrow::Cow::into_owned);
        }
        let json: Value = serde_json::from_str(&event.to_json(PersonalData::Keep).ok()?).ok()?;
        let value = self.path.split('.').try_fold(&json, |value, step| value.get(step))?;
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

/// Collects the paths of all fields that can be keys.
fn collect(record: &Record, before: &str, inside: &mut Vec<&'static Record>, paths: &mut Vec<String>) {
    for field in record.fields {
        let path = format!("{before}{}", field.name);
        match not_null(field.field_type) {
            FieldType::Record(inner) => {
                let inner = inner();
                // A record inside its own type has the same fields again.
                if !inside.iter().any(|each| std::ptr::eq(*each, inner)) {
                    inside.push(inner);
                    collect(inner, &format!("{path}."), inside, paths);
                    inside.pop();
                }
            }
            FieldType::String
            | FieldType::Long
            | FieldType::Uuid
            | FieldType::DateTime
            | FieldType::Key(_)
            | FieldType::Enum(_) => paths.push(path),
            // Not text that names something, or not one value.
            FieldType::Boolean
            | FieldType::Double
            | FieldType::Bytes
            | FieldType::File
            | FieldType::List(_)
            | FieldType::Map(_)
            | FieldType::Optional(_) => {}
        }
    }
}

/// The type of a value that is not null.
fn not_null(field_type: FieldType) -> FieldType {
    match field_type {
        FieldType::Optional(inner) => not_null(*inner),
        other => other,
    }
}

/// The path does not lead to a field that can be a key.
#[derive(Clone, PartialEq, Eq)]
pub struct InvalidKeyPath {
    path: String,
    event_type: &'static str,
    paths: Vec<String>,
}

impl fmt::Display for InvalidKeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` cannot be the key of `{}`", self.path.escape_debug(), self.event_type)?;
        let near = nearest(&self.path, self.paths.iter().map(String::as_str));
        if near.is_empty() {
            write!(f, "; use one of: {}", self.paths.join(", "))
        } else {
            f.write_str(&near)
        }
    }
}

debug_like_display!(InvalidKeyPath);

impl std::error::Error for InvalidKeyPath {}
