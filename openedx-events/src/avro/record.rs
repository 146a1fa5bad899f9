//! Encoding and decoding of records and events.

use super::decoder::Decoder;
use super::encoder::Encoder;
use super::error::{DecodeError, EncodeError};
use super::locate::locate;
use crate::data::EventData;

/// A record with an Avro form.
///
/// Implemented by `#[derive(EventData)]` and `#[signal]`, unless marked `in_process`. Do not implement it by hand: what
/// the macros generate may change with any release.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot go on the event bus",
    label = "this type has no form on the wire",
    note = "its declaration says `in_process`, or does not derive `EventData`"
)]
pub trait AvroData: EventData {
    /// Minimum encoded length of a value in bytes: the sum over its fields.
    const MIN_LEN: usize;

    #[doc(hidden)]
    fn nests() -> bool;

    /// Returns an estimate of the encoded length of the fields, rather too high than too low.
    fn len_hint(&self) -> usize;

    /// Writes the fields in order.
    ///
    /// # Errors
    ///
    /// Returns an error if a value has no Avro form.
    fn encode_fields(&self, out: &mut Encoder<'_>) -> Result<(), EncodeError>;

    /// Reads the fields in order.
    ///
    /// # Errors
    ///
    /// Returns an error if the bytes are not a valid encoding of the fields.
    fn decode_fields(input: &mut Decoder<'_>) -> Result<Self, DecodeError>;
}

/// Appends the Avro encoding of an event or a record to `out`.
///
/// Allocates once if `out` is new, and not at all if it has enough capacity. After an error `out` is unchanged.
///
/// # Errors
///
/// Returns an error with the path of the field if a value has no Avro form, such as a datetime after the year 9999.
#[inline]
pub fn encode<T: AvroData>(event: &T, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    // A reused buffer usually has room for the next event, and grows if it does not.
    if out.capacity() - out.len() < ROOM {
        out.reserve(event.len_hint());
    }
    let start = out.len();
    match encode_record(event, &mut Encoder::new(out)) {
        Ok(()) => Ok(()),
        Err(error) => Err(undone::<T>(error, out, start)),
    }
}

/// Truncates `out` to its former length. What was written ends where the invalid value should begin.
#[cold]
fn undone<T: AvroData>(error: EncodeError, out: &mut Vec<u8>, start: usize) -> EncodeError {
    let error = error.locate(locate(T::RECORD, &out[start..], out.len() - start));
    out.truncate(start);
    error
}

/// With this much room left in a buffer, the length of the event is not estimated.
const ROOM: usize = 256;

/// Encodes an event or a record into a new buffer. Allocates once.
///
/// # Errors
///
/// Returns the errors of [`encode`].
#[inline]
pub fn to_vec<T: AvroData>(event: &T) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::new();
    encode(event, &mut out)?;
    Ok(out)
}

/// Decodes an event or a record that was written with the schema of `T`. Nothing may follow it.
///
/// # Errors
///
/// Returns an error with the path of the field and the offset if the bytes are not such a record.
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

/// [`AvroField::encode`](super::AvroField::encode) for a record. Called by generated code.
///
/// # Errors
///
/// Returns an error if a field fails, or if records are nested too deep.
#[inline]
pub fn encode_record<T: AvroData>(record: &T, out: &mut Encoder<'_>) -> Result<(), EncodeError> {
    if T::nests() { out.nested(|out| record.encode_fields(out)) } else { record.encode_fields(out) }
}

/// [`AvroField::decode`](super::AvroField::decode) for a record. Called by generated code.
///
/// # Errors
///
/// Returns an error if a field fails, or if records are nested too deep.
#[inline]
pub fn decode_record<T: AvroData>(input: &mut Decoder<'_>) -> Result<T, DecodeError> {
    if T::nests() { input.nested(T::decode_fields) } else { T::decode_fields(input) }
}
