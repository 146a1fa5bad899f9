//! Values that have an Avro form.

use serde::de::MapAccess;
use serde::ser::SerializeStruct;

use super::decoder::Decoder;
use super::encoder::Encoder;
use super::error::{DecodeError, EncodeError};
use crate::data::{EventField, FieldReader, FieldType, FieldWriter};

/// An [`EventField`] that can also be sent over the event bus.
///
/// Implemented for all types that implement `EventField` except [`BinaryFile`](crate::data::BinaryFile), and for types
/// that derive [`EventData`](macro@crate::EventData) without `in_process`.
///
/// # Examples
///
/// A newtype delegates to the type that it wraps:
///
/// ```
/// use openedx_events::avro::{AvroField, DecodeError, Decoder, EncodeError, Encoder};
/// # use openedx_events::data::FieldType;
/// # use openedx_events::{EventField, PersonalData};
/// # use openedx_events::serde::{Deserializer, Serializer};
///
/// struct Percent(i64);
/// #
/// # impl EventField for Percent {
/// #     const TYPE: FieldType = <i64 as EventField>::TYPE;
/// #     fn serialize<S: Serializer>(&self, serializer: S, personal: PersonalData) -> Result<S::Ok, S::Error> {
/// #         self.0.serialize(serializer, personal)
/// #     }
/// #     fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
/// #         <i64 as EventField>::deserialize(deserializer).map(Percent)
/// #     }
/// # }
///
/// impl AvroField for Percent {
///     const MIN_LEN: usize = <i64 as AvroField>::MIN_LEN;
///
///     fn encode(&self, out: &mut Encoder<'_>) -> Result<(), EncodeError> {
///         self.0.encode(out)
///     }
///
///     fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
///         input.read_converted("a percentage", |number| match number {
///             0..=100 => Ok(Percent(number)),
///             _ => Err(format!("{number} is not from 0 to 100")),
///         })
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
            `AvroField`",
    note = "a type that cannot leave the process, such as `BinaryFile`: mark the record `#[event_data(in_process)]` and \
            the event `#[signal(…, in_process = \"reason\")]`"
)]
pub trait AvroField: EventField {
    /// Minimum encoded length of a value in bytes; at least 1. Lets a list reject an item count that exceeds the data
    /// before it reads any item.
    const MIN_LEN: usize;

    /// Whether a value may nest others to any depth, as a list can. The depth of records is not counted if none of
    /// their fields can.
    // A function, as constants of records in each other are a cycle that rustc reports beside E0072.
    #[doc(hidden)]
    #[inline]
    fn nests() -> bool {
        true
    }

    /// Returns an estimate of the number of bytes that [`encode`](Self::encode) writes, rather too high than too low:
    /// the buffer is allocated with this capacity. Defaults to [`MIN_LEN`](Self::MIN_LEN).
    #[inline]
    fn len_hint(&self) -> usize {
        Self::MIN_LEN
    }

    /// Writes the value in the form given by [`TYPE`](EventField::TYPE).
    ///
    /// # Errors
    ///
    /// Returns an error, made with [`Encoder::invalid`], if the value has no such form.
    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), EncodeError>;

    /// Reads the value from the form given by [`TYPE`](EventField::TYPE).
    ///
    /// # Errors
    ///
    /// Returns an error if the bytes do not have this form, or if the value is not valid for the type.
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError>;

    // Called by generated code, as are those of `EventField`. All uses of a type that is not a field then lack the same
    // trait, and rustc reports it once.

    #[doc(hidden)]
    const FIELD: FieldType = <Self as EventField>::TYPE;

    #[doc(hidden)]
    fn default_json(value: &Self) -> Option<serde_json::Value> {
        EventField::default_json(value)
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
