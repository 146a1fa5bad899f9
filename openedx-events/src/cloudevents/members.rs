//! The members of a CloudEvent's JSON, before they are interpreted.

use std::fmt;

use serde_json::value::RawValue;

use super::CloudEventError;
use crate::raw_members::{RawMembers, not_json};
use crate::suggest::nearest;

/// Maximum length of an unknown name in a message.
const SHOWN_CHARS: usize = 64;

/// The member with the data as JSON.
pub(super) const DATA: &str = "data";
/// The member with the data as base64.
pub(super) const DATA_BASE64: &str = "data_base64";

/// The known attributes, for "did you mean".
const KNOWN: [&str; 11] = [
    "specversion",
    "type",
    "id",
    "source",
    "time",
    "datacontenttype",
    "minorversion",
    "sourcehost",
    "sourcelib",
    "subject",
    "dataschema",
];

/// The value of an attribute, of one of the simple types that the JSON format of CloudEvents allows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Attribute {
    /// A string. URIs, times and bytes in base64 are strings, too.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// `true` or `false`.
    Boolean(bool),
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => number.fmt(f),
            Self::Boolean(value) => value.fmt(f),
        }
    }
}

/// All members: the attributes in the order of the text, and the data.
pub(super) struct Members<'a> {
    attributes: Vec<(String, Attribute)>,
    pub(super) data: Option<&'a RawValue>,
    /// The data in base64.
    pub(super) data_base64: Option<String>,
}

impl<'a> Members<'a> {
    /// Reads the members of a text whose first line has this number in its file.
    pub(super) fn read(text: &'a str, first_line: u64) -> Result<Self, CloudEventError> {
        match text.trim_start().as_bytes().first() {
            Some(b'{') => {}
            Some(b'[') => {
                return Err(CloudEventError::whole(
                    "expected one CloudEvent, found a list: take the events of a batch one at a time",
                ));
            }
            _ => return Err(CloudEventError::whole("expected a CloudEvent, which is a JSON object: `{…}`")),
        }
        // Values are not interpreted yet, so this fails only if the text is not JSON, and the message shows no value.
        let refused = |error| CloudEventError::whole(format!("not JSON: {}", not_json(&error, first_line)));
        Self::check(serde_json::from_str(text).map_err(refused)?)
    }

    fn check(raw: RawMembers<'a>) -> Result<Self, CloudEventError> {
        if let Some(name) = raw.repeated() {
            return Err(CloudEventError::at(shown(name), "given twice: remove one of the two"));
        }
        let mut members = Self { attributes: Vec::with_capacity(raw.0.len()), data: None, data_base64: None };
        for (name, value) in raw.0 {
            if name == DATA {
                members.data = Some(value);
            } else if name == DATA_BASE64 {
                members.data_base64 = base64_text(value)?;
            } else if let Some(value) = attribute(&name, value)? {
                members.attributes.push((name, value));
            }
        }
        Ok(members)
    }

    /// Removes an attribute.
    pub(super) fn take(&mut self, name: &str) -> Option<Attribute> {
        let place = self.attributes.iter().position(|(each, _)| each == name)?;
        Some(self.attributes.remove(place).1)
    }

    /// Removes an attribute that must be a string.
    pub(super) fn take_text(&mut self, name: &'static str) -> Result<Option<String>, CloudEventError> {
        match self.take(name) {
            None => Ok(None),
            Some(Attribute::Text(text)) => Ok(Some(text)),
            Some(other) => Err(CloudEventError::at(name, format!("expected a string, found `{other}`"))),
        }
    }

    /// Removes a required attribute.
    pub(super) fn require(&mut self, name: &'static str) -> Result<String, CloudEventError> {
        match self.take_text(name)? {
            Some(text) if !text.is_empty() => Ok(text),
            Some(_) => Err(CloudEventError::at(name, "must not be empty")),
            None => {
                let names = self.attributes.iter().map(|(name, _)| name.as_str());
                Err(CloudEventError::at(
                    name,
                    format!("missing: every CloudEvent must have it{}", nearest(name, names)),
                ))
            }
        }
    }

    /// The attributes that were not removed.
    pub(super) fn rest(self) -> Vec<(String, Attribute)> {
        self.attributes
    }
}

/// Reads `data_base64`, whose name is not that of an attribute. Returns `None` for `null`.
fn base64_text(value: &RawValue) -> Result<Option<String>, CloudEventError> {
    serde_json::from_str(value.get())
        .map_err(|_| CloudEventError::at(DATA_BASE64, "expected the data in base64, as a string"))
}

/// Reads an attribute. Returns `None` for `null`, which means that the attribute is missing.
fn attribute(name: &str, value: &RawValue) -> Result<Option<Attribute>, CloudEventError> {
    check_name(name)?;
    let unsuited = |what: &str| {
        CloudEventError::at(
            name,
            format!(
                "expected a string, a whole number or a boolean, found {what}; only `data` may hold other values"
            ),
        )
    };
    let value = match value.get() {
        "null" => return Ok(None),
        "true" => Attribute::Boolean(true),
        "false" => Attribute::Boolean(false),
        list if list.starts_with('[') => return Err(unsuited("a list")),
        object if object.starts_with('{') => return Err(unsuited("an object")),
        text if text.starts_with('"') => Attribute::Text(
            serde_json::from_str(text)
                .map_err(|_| CloudEventError::at(name, "not valid Unicode: half of a surrogate pair"))?,
        ),
        number => Attribute::Integer(
            number.parse().map_err(|_| unsuited("a number that is not whole or has more than 64 bits"))?,
        ),
    };
    Ok(Some(value))
}

fn check_name(name: &str) -> Result<(), CloudEventError> {
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
        return Err(CloudEventError::at(
            shown(name),
            format!("not a valid attribute name (lower-case letters and digits){}", likely(name)),
        ));
    }
    Ok(())
}

/// The attribute that was probably meant: the nearest one, or one that is part of the name, as `type` is of `event_type`.
fn likely(name: &str) -> String {
    let near = nearest(name, KNOWN.into_iter());
    if !near.is_empty() {
        return near;
    }
    let part = KNOWN.iter().find(|known| known.len() > 2 && name.contains(**known));
    part.map(|known| format!(", did you mean `{known}`?")).unwrap_or_default()
}

fn shown(name: &str) -> String {
    name.chars().take(SHOWN_CHARS).flat_map(char::escape_debug).collect()
}
