//! The traits of records and fields: [`EventData`] and [`EventField`].

use serde::de::{Deserializer, MapAccess};
use serde::ser::{SerializeStruct, Serializer};

use super::{FieldReader, FieldType, FieldWriter, Record, json};

/// Whether personal data are redacted when a value is written.
///
/// Logs, `Debug` and the command line use [`Redact`](Self::Redact); the event bus, and programs that need the
/// complete event, use [`Keep`](Self::Keep).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonalData {
    /// Writes all fields unchanged.
    Keep,
    /// Writes the text `<redacted>` in place of a field marked `#[event_data(pii)]`.
    Redact,
}

/// A record: a struct with named fields, each of them an [`EventField`].
///
/// Implemented by `#[derive(EventData)]`, together with [`EventField`], so that records can be nested. `#[signal]`
/// implements it for the event itself.
///
/// # Examples
///
/// ```
/// use openedx_events::EventData;
///
/// /// What is known about a parcel.
/// #[derive(Clone, PartialEq, EventData)]
/// pub struct ParcelData {
///     pub weight: f64,
///     /// Whose parcel it is.
///     #[event_data(pii)]
///     pub addressee: String,
/// }
///
/// let names: Vec<_> = ParcelData::RECORD.fields.iter().map(|field| field.name).collect();
/// assert_eq!(names, ["weight", "addressee"]);
///
/// // The type holds personal data, so `EventData` gives it a `Debug` that redacts.
/// let parcel = ParcelData { weight: 1.5, addressee: "Ada".into() };
/// assert_eq!(format!("{parcel:?}"), r#"ParcelData { weight: 1.5, addressee: "<redacted>" }"#);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a record of event data",
    label = "this type does not derive `EventData`",
    note = "put `#[derive(EventData)]` on the struct"
)]
pub trait EventData: Send + Sync + Sized + 'static {
    /// The name, the description and the fields, in declaration order, which is also the order of the encoding.
    const RECORD: &'static Record;

    /// The names of the fields in [`RECORD`](Self::RECORD), in its order. serde passes them to formats, and
    /// `#[serde(flatten)]` takes the members with these names alone.
    const NAMES: &'static [&'static str];

    /// Writes every field to `fields`, in the order of [`RECORD`](Self::RECORD).
    ///
    /// # Errors
    ///
    /// Returns an error if the serializer behind `fields` fails.
    fn write<S: SerializeStruct>(&self, fields: &mut FieldWriter<S>) -> Result<(), S::Error>;

    /// Reads the record from the members of `fields`.
    ///
    /// # Errors
    ///
    /// Returns an error if a member is unknown, duplicate or missing, or if its type is wrong.
    fn read<'de, A: MapAccess<'de>>(fields: &mut FieldReader<A>) -> Result<Self, A::Error>;
}

/// A type that can be the type of a field.
///
/// Implemented for `bool`, `i8` to `i64`, `u16` and `u32`, `f32` and `f64`, `String`, `Vec<u8>` (bytes),
/// [`BinaryFile`](crate::data::BinaryFile), `Option<T>`, `Vec<T>`, [`Map<String, T>`](crate::data::Map),
/// `BTreeMap<String, T>` and `HashMap<String, T>`, `Uuid`, `DateTime<Utc>` and `DateTime<FixedOffset>`, the [opaque
/// keys](crate::keys), and what derives [`EventData`]: structs, and enums without data.
///
/// This trait defines the JSON form of the type. [`AvroField`](crate::avro::AvroField) defines its form on the event
/// bus.
///
/// # Examples
///
/// A newtype delegates to the type that it wraps:
///
/// ```
/// use openedx_events::data::FieldType;
/// use openedx_events::{EventField, PersonalData};
/// use openedx_events::serde::{Deserializer, Serializer};
///
/// #[derive(Debug, PartialEq)]
/// struct Percent(i64);
///
/// impl EventField for Percent {
///     const TYPE: FieldType = <i64 as EventField>::TYPE;
///
///     fn serialize<S: Serializer>(&self, serializer: S, personal: PersonalData) -> Result<S::Ok, S::Error> {
///         self.0.serialize(serializer, personal)
///     }
///
///     fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
///         <i64 as EventField>::deserialize(deserializer).map(Percent)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of an event",
    label = "not a type that events carry",
    note = "whole numbers: `i8` to `i64`, `u16` or `u32`; a byte: `i16`; bytes: `Vec<u8>`; text: an owned `String`",
    note = "a box, a shared pointer or a cell: the value itself; a record in itself: a `Vec` of it",
    note = "maps: `BTreeMap<String, T>` or `HashMap<String, T>`, as Avro maps have text for keys",
    note = "an event cannot be a field: declare a record with its fields, and hold that in both",
    note = "a struct or enum of yours: `#[derive(EventData)]`; any other type of yours: implement `EventField` and \
            `AvroField`"
)]
pub trait EventField: Send + Sync + Sized + 'static {
    /// The description of the type, from which schemas are built and which `describe` shows.
    const TYPE: FieldType;

    /// Writes the value in its JSON form.
    ///
    /// # Errors
    ///
    /// Returns an error if the serializer fails, or if the value has no JSON form, such as a datetime after the year
    /// 9999.
    fn serialize<S: Serializer>(&self, serializer: S, personal: PersonalData) -> Result<S::Ok, S::Error>;

    /// Reads the value from its JSON form.
    ///
    /// # Errors
    ///
    /// Returns an error if the value does not have this type.
    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    /// Returns the value of a missing field: `Some(None)` for an `Option`, `None` for all other types.
    fn missing() -> Option<Self> {
        None
    }

    // Called by generated code through the trait, so that rustc reports a type that is not a field only once.

    #[doc(hidden)]
    fn default_json(value: &Self) -> Option<serde_json::Value> {
        json::to_value(value)
    }

    #[doc(hidden)]
    fn write_field<S: SerializeStruct>(
        &self,
        fields: &mut FieldWriter<S>,
        name: &'static str,
    ) -> Result<(), S::Error> {
        fields.field(name, self)
    }

    #[doc(hidden)]
    fn write_personal_field<S: SerializeStruct>(
        &self,
        fields: &mut FieldWriter<S>,
        name: &'static str,
    ) -> Result<(), S::Error> {
        fields.personal(name, self)
    }

    #[doc(hidden)]
    fn read_field<'de, A: MapAccess<'de>>(
        fields: &mut FieldReader<A>,
        slot: &mut Option<Self>,
    ) -> Result<(), A::Error> {
        fields.value(slot)
    }

    #[doc(hidden)]
    fn required_field<'de, A: MapAccess<'de>>(
        fields: &FieldReader<A>,
        index: usize,
        slot: Option<Self>,
    ) -> Result<Self, A::Error> {
        fields.required(index, slot)
    }
}
