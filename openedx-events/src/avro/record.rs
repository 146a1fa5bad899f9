//! Records and events as bytes.

use super::decoder::Decoder;
use super::encoder::Encoder;
use super::error::{DecodeError, EncodeError};
use super::locate::locate;
use crate::data::EventData;

/// A record with a form on the wire.
///
/// `#[derive(EventData)]` and `#[signal]` implement it, unless they are told `in_process`. Not for implementing by hand:
/// what the macros emit may change with any release.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot go on the event bus",
    label = "this type has no form on the wire",
    note = "its declaration says `in_process`, or does not derive `EventData`"
)]
pub trait AvroData: EventData {
    /// The least number of bytes that a value takes: those of the fields together.
    const MIN_LEN: usize;

    #[doc(hidden)]
    const NESTS: bool;

    /// About how many bytes the fields will take, better too many than too few.
    fn len_hint(&self) -> usize;

    /// Writes the fields in their order.
    ///
    /// # Errors
    ///
    /// A value that has no form on the wire.
    fn encode_fields(&self, out: &mut Encoder<'_>) -> Result<(), EncodeError>;

    /// Reads the fields in their order.
    ///
    /// # Errors
    ///
    /// Bytes that are not those of the fields.
    fn decode_fields(input: &mut Decoder<'_>) -> Result<Self, DecodeError>;
}

/// Appends the Avro encoding of an event, or of a record of its own, to `out`.
///
/// Into a buffer with room for it nothing is allocated, into a new one once. After an error `out` is as it was.
///
/// # Errors
///
/// A value that has no form on the wire, such as a datetime after the year 9999, by the path of its field.
#[inline]
pub fn encode<T: AvroData>(event: &T, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    // A buffer that has been used before has room for the next event, as a rule, and grows where it has not.
    if out.capacity() - out.len() < ROOM {
        out.reserve(event.len_hint());
    }
    let start = out.len();
    match encode_record(event, &mut Encoder::new(out)) {
        Ok(()) => Ok(()),
        Err(error) => Err(undone::<T>(error, out, start)),
    }
}

/// Takes away what was written, which ends where the value at fault should begin.
#[cold]
fn undone<T: AvroData>(error: EncodeError, out: &mut Vec<u8>, start: usize) -> EncodeError {
    let error = error.locate(locate(T::RECORD, &out[start..], out.len() - start));
    out.truncate(start);
    error
}

/// With so much room left in a buffer it is not asked how much an event needs.
const ROOM: usize = 256;

/// [`encode`] into a buffer of its own. Allocates once.
///
/// # Errors
///
/// Those of [`encode`].
#[inline]
pub fn to_vec<T: AvroData>(event: &T) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::new();
    encode(event, &mut out)?;
    Ok(out)
}

/// Reads an event, or a record of its own, from its Avro encoding by the schema of `T`, with nothing after it.
///
/// # Errors
///
/// Bytes that are not such a record, by the path of the field and the offset.
#[inline]
pub fn decode<T: AvroData>(bytes: &[u8]) -> Result<T, DecodeError> {
    let mut decoder = Decoder::new(bytes);
    match decode_record(&mut decoder) {
        Ok(event) => match decoder.finish() {
            Ok(()) => Ok(event),
            Err(error) => Err(error),
        },
        Err(error) => Err(located::<T>(error, bytes)),
    }
}

#[cold]
fn located<T: AvroData>(error: DecodeError, bytes: &[u8]) -> DecodeError {
    let place = locate(T::RECORD, bytes, error.at());
    error.locate(place)
}

/// [`AvroField::encode`](super::AvroField::encode) of a record. What the macros emit calls it.
///
/// # Errors
///
/// Those of the fields, and records that stand too deep inside each other.
#[inline]
pub fn encode_record<T: AvroData>(record: &T, out: &mut Encoder<'_>) -> Result<(), EncodeError> {
    if T::NESTS { out.nested(|out| record.encode_fields(out)) } else { record.encode_fields(out) }
}

/// [`AvroField::decode`](super::AvroField::decode) of a record. What the macros emit calls it.
///
/// # Errors
///
/// Those of the fields, and records that stand too deep inside each other.
#[inline]
pub fn decode_record<T: AvroData>(input: &mut Decoder<'_>) -> Result<T, DecodeError> {
    if T::NESTS { input.nested(T::decode_fields) } else { T::decode_fields(input) }
}
