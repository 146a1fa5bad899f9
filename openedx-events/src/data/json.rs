//! The JSON form of a record, over any serde format: writing with [`FieldWriter`], reading with [`FieldReader`].
//!
//! The traits are separate from serde's, so that they do not conflict with a user's `#[derive(Serialize)]` on the same
//! type.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::debug::DebugView;
use super::json_error::JsonError;
use super::{EventData, EventField, PersonalData, record};
use crate::suggest::nearest;

/// The text that replaces a redacted value.
const REDACTED: &str = "<redacted>";

/// Writes the fields of a record, in order.
#[derive(Debug)]
pub struct FieldWriter<S> {
    inner: S,
    personal: PersonalData,
}

impl<S: SerializeStruct> FieldWriter<S> {
    /// Writes a field.
    ///
    /// # Errors
    ///
    /// Returns an error if the serializer fails.
    pub fn field<T: EventField>(&mut self, name: &'static str, value: &T) -> Result<(), S::Error> {
        self.inner.serialize_field(name, &Value { value, personal: self.personal })
    }

    /// Writes a field that holds personal data.
    ///
    /// # Errors
    ///
    /// Returns an error if the serializer fails.
    pub fn personal<T: EventField>(&mut self, name: &'static str, value: &T) -> Result<(), S::Error> {
        match self.personal {
            PersonalData::Keep => self.field(name, value),
            PersonalData::Redact => self.inner.serialize_field(name, REDACTED),
        }
    }
}

/// Reads the members of a record. Fields are identified by their index in [`Record::fields`](record::Record::fields).
///
/// Unknown and repeated members are errors: nothing that was sent is dropped silently.
#[derive(Debug)]
pub struct FieldReader<A> {
    map: A,
    record: &'static record::Record,
    current: usize,
}

impl<'de, A: MapAccess<'de>> FieldReader<A> {
    /// Reads the name of the next member and returns the index of its field, or `None` at the end.
    ///
    /// # Errors
    ///
    /// Returns an error if the record has no field with this name.
    pub fn next_field(&mut self) -> Result<Option<usize>, A::Error> {
        let index = self.map.next_key_seed(Name(self.record))?;
        self.current = index.unwrap_or_default();
        Ok(index)
    }

    /// Reads the value of the current member into its slot.
    ///
    /// # Errors
    ///
    /// Returns an error if the value has another type, or if the slot is already filled.
    pub fn value<T: EventField>(&mut self, slot: &mut Option<T>) -> Result<(), A::Error> {
        if slot.is_some() {
            let name = self.record.fields[self.current].name;
            return Err(de::Error::duplicate_field(name));
        }
        *slot = Some(self.map.next_value_seed(Seed(PhantomData))?);
        Ok(())
    }

    /// Returns the value of a field. A missing `Option` is `None`.
    ///
    /// # Errors
    ///
    /// Returns an error if a field that is not an `Option` is missing.
    pub fn required<T: EventField>(&self, index: usize, slot: Option<T>) -> Result<T, A::Error> {
        slot.or_else(T::missing).ok_or_else(|| de::Error::missing_field(self.record.fields[index].name))
    }
}

/// Reads the name of a field and returns its index.
struct Name(&'static record::Record);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the name of a field of {}", self.0.name)
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<usize, E> {
        self.0.fields.iter().position(|field| field.name == name).ok_or_else(|| {
            let names = self.0.fields.iter().map(|field| field.name);
            de::Error::custom(format_args!(
                "{} has no field `{}`{}",
                self.0.name,
                name.escape_debug(),
                nearest(name, names)
            ))
        })
    }
}

/// Reads one value through [`EventField::deserialize`].
pub(super) struct Seed<T>(pub(super) PhantomData<T>);

impl<'de, T: EventField> DeserializeSeed<'de> for Seed<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::deserialize(deserializer)
    }
}

/// A field's value as a serde `Serialize`.
pub(super) struct Value<'a, T> {
    pub(super) value: &'a T,
    pub(super) personal: PersonalData,
}

impl<T: EventField> Serialize for Value<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer, self.personal)
    }
}

/// A record as a serde `Serialize`.
struct Record<'a, T> {
    value: &'a T,
    personal: PersonalData,
}

impl<T: EventData> Serialize for Record<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let inner = serializer.serialize_struct(T::RECORD.name, T::RECORD.fields.len())?;
        let mut fields = FieldWriter { inner, personal: self.personal };
        self.value.write(&mut fields)?;
        fields.inner.end()
    }
}

/// `Debug` for a record, with personal data redacted. Called by generated code.
///
/// # Errors
///
/// Returns an error if the formatter fails.
pub fn fmt_redacted<T: EventData>(value: &T, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    fmt::Debug::fmt(&DebugView(&Record { value, personal: PersonalData::Redact }), f)
}

/// [`EventField::serialize`] for a record.
///
/// # Errors
///
/// Returns an error if the serializer fails.
pub fn serialize_record<T: EventData, S: Serializer>(
    value: &T,
    serializer: S,
    personal: PersonalData,
) -> Result<S::Ok, S::Error> {
    Record { value, personal }.serialize(serializer)
}

/// [`EventField::deserialize`] for a record.
///
/// # Errors
///
/// Returns an error if the input is not such a record.
pub fn deserialize_record<'de, T: EventData, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    // `Name` checks the names, but `#[serde(flatten)]` takes only the members that are named here.
    deserializer.deserialize_struct(T::RECORD.name, T::NAMES, RecordVisitor(PhantomData))
}

struct RecordVisitor<T>(PhantomData<T>);

impl<'de, T: EventData> Visitor<'de> for RecordVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with the fields of {}", T::RECORD.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::read(&mut FieldReader { map, record: T::RECORD, current: 0 })
    }
}

/// Reads a record from a JSON text. Nothing may follow it.
pub(crate) fn from_json<T: EventData>(text: &str) -> Result<T, JsonError> {
    let mut track = serde_path_to_error::Track::new();
    let mut json = serde_json::Deserializer::from_str(text);
    deserialize_record(serde_path_to_error::Deserializer::new(&mut json, &mut track))
        .and_then(|record| json.end().map(|()| record))
        .map_err(|error| JsonError::new(T::RECORD, &track.path(), &error))
}

/// Writes a record as one line of JSON.
///
/// # Errors
///
/// Returns an error if a value has no JSON form, such as a datetime after the year 9999.
pub(crate) fn to_json<T: EventData>(value: &T, personal: PersonalData) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Record { value, personal })
}

/// Converts a field's value to JSON without redaction; `None` if it has no JSON form.
pub(super) fn to_value<T: EventField>(value: &T) -> Option<serde_json::Value> {
    serde_json::to_value(Value { value, personal: PersonalData::Keep }).ok()
}

/// [`EventField::deserialize`] for an enum; `find` returns the variant for a text.
///
/// # Errors
///
/// Returns an error if the text matches no variant.
pub fn deserialize_variant<'de, T, D: Deserializer<'de>>(
    deserializer: D,
    names: &'static record::Enumeration,
    find: fn(&str) -> Option<T>,
) -> Result<T, D::Error> {
    deserializer.deserialize_str(Variant { names, find })
}

struct Variant<T> {
    names: &'static record::Enumeration,
    find: fn(&str) -> Option<T>,
}

impl<T> Visitor<'_> for Variant<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {}: {}", self.names.name, self.names.variants.join(", "))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.find)(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}
