//! The path of the field that is an event's key: [`KeyPath`].

use std::fmt;

use serde_json::Value;

use crate::data::{FieldType, PersonalData, Record};
use crate::signal::any::AnySignal;
use crate::signal::event::AnyEvent;
use crate::suggest::nearest;

/// The path of a field of an event whose value is the event's key, such as `enrollment.course.course_key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPath {
    path: String,
    /// It is the one that the event declares, which needs no looking for.
    is_declared: bool,
}

impl KeyPath {
    /// The path, if it is one of this signal's event.
    ///
    /// # Errors
    ///
    /// A path that leads nowhere or to something that cannot be a key, with those that can.
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

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.path
    }

    /// The key of an event; `None` if a value on the way is null.
    pub fn of(&self, event: &dyn AnyEvent) -> Option<String> {
        if self.is_declared {
            return event.key().map(std::borrow::Cow::into_owned);
        }
        let json: Value = serde_json::from_str(&event.to_json(PersonalData::Keep).ok()?).ok()?;
        let value = self.path.split('.').try_fold(&json, |value, step| value.get(step))?;
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

/// The paths of all fields that can be keys.
fn collect(record: &Record, before: &str, inside: &mut Vec<&'static Record>, paths: &mut Vec<String>) {
    for field in record.fields {
        let path = format!("{before}{}", field.name);
        match of_value(field.field_type) {
            FieldType::Record(inner) => {
                let inner = inner();
                // A record inside its own kind has the same fields once more.
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
            _ => {}
        }
    }
}

/// What a value is where it is not null.
fn of_value(field_type: FieldType) -> FieldType {
    match field_type {
        FieldType::Optional(inner) => of_value(*inner),
        other => other,
    }
}

/// A path that is not that of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidKeyPath {
    path: String,
    event_type: &'static str,
    paths: Vec<String>,
}

impl fmt::Display for InvalidKeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` cannot be the key of `{}`", self.path.escape_debug(), self.event_type)?;
        let near = nearest(&self.path, self.paths.iter().map(String::as_str));
        if near.is_empty() { write!(f, "; these can: {}", self.paths.join(", ")) } else { f.write_str(&near) }
    }
}

impl std::error::Error for InvalidKeyPath {}
