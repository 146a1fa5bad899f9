//! What a record and a field have to be able to do: [`EventData`] and [`EventField`].

use serde::de::{Deserializer, MapAccess};
use serde::ser::{SerializeStruct, Serializer};

use super::{FieldReader, FieldType, FieldWriter, Record, json};

/// What becomes of personal data when a value is written out.
///
/// Logs, `Debug` and the command line use [`Redact`](Self::Redact); the wire and a program that asks for the
/// whole event use [`Keep`](Self::Keep).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonalData {
    /// Every field is written as it is.
    Keep,
    /// A field marked `#[event_data(pii)]` is written as the text `<redacted>`.
    Redact,
}

/// A record: a struct with named fields, each of them an [`EventField`].
///
/// `#[derive(EventData)]` implements it, and [`EventField`] with it, so that records nest. `#[signal]` implements
/// it for the event itself.
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
    /// Name, description and fields, in the order of declaration, which is the order on the wire.
    const RECORD: &'static Record;

    /// Hands every field to `fields`, in the order of [`RECORD`](Self::RECORD).
    ///
    /// # Errors
    ///
    /// Whatever the serializer behind `fields` refuses.
    fn write<S: SerializeStruct>(&self, fields: &mut FieldWriter<S>) -> Result<(), S::Error>;

    /// Builds the record from the members that `fields` yields.
    ///
    /// # Errors
    ///
    /// A member that is unknown, given twice, missing, or not of its field's type.
    fn read<'de, A: MapAccess<'de>>(fields: &mut FieldReader<A>) -> Result<Self, A::Error>;
}

/// A type that can be the type of a field.
///
/// Implemented for `bool`, `i8` to `i64`, `u16` and `u32`, `f32` and `f64`, `String`, `Vec<u8>` (bytes),
/// [`BinaryFile`](crate::data::BinaryFile), `Option<T>`, `Vec<T>`, [`Map<String, T>`](crate::data::Map), `BTreeMap<String, T>` and `HashMap<String, T>`, `Uuid`,
/// `DateTime<Utc>` and `DateTime<FixedOffset>`, the [opaque keys](crate::keys), and what derives [`EventData`]:
/// structs, and enums without data.
///
/// This is the type's JSON; its form on the event bus is that of [`AvroField`](crate::avro::AvroField).
///
/// # Examples
///
/// A newtype of your own goes by what it wraps:
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
    note = "whole numbers: `i64` or smaller, as Avro has no unsigned 64-bit number",
    note = "text: an owned `String`; shared pointers such as `Rc<T>` and `Arc<T>`: the value itself",
    note = "maps: `BTreeMap<String, T>` or `HashMap<String, T>`, as Avro maps have text for keys",
    note = "a struct or enum of yours: `#[derive(EventData)]`; any other type of yours: implement `EventField` and \
            `AvroField`"
)]
pub trait EventField: Send + Sync + Sized + 'static {
    /// The type as data: what `describe` shows and what schemas are made from.
    const TYPE: FieldType;

    /// Writes the value in its JSON form.
    ///
    /// # Errors
    ///
    /// Whatever the serializer refuses, and a value that has no JSON form (a datetime after the year 9999).
    fn serialize<S: Serializer>(&self, serializer: S, personal: PersonalData) -> Result<S::Ok, S::Error>;

    /// Reads the value from its JSON form.
    ///
    /// # Errors
    ///
    /// A value that is not of this type.
    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    /// The value of a field that was left out: `None` for an `Option`, nothing for everything else.
    fn missing() -> Option<Self> {
        None
    }

    // What generated code calls, by the trait's name: a type that is no field is then told of once.

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
