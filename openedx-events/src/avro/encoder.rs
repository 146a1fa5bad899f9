//! Writing Avro's primitives.

use std::fmt;

use super::MAX_DEPTH;
use super::error::EncodeError;

/// Writes the values of a record, in order, in their Avro encoding.
#[derive(Debug)]
pub struct Encoder<'a> {
    bytes: &'a mut Vec<u8>,
    depth: u32,
}

impl<'a> Encoder<'a> {
    /// Appends to `bytes`.
    #[inline]
    pub(super) fn new(bytes: &'a mut Vec<u8>) -> Self {
        Self { bytes, depth: 0 }
    }

    /// Writes a `boolean`.
    #[inline]
    pub fn write_boolean(&mut self, value: bool) {
        self.bytes.push(u8::from(value));
    }

    /// Writes a `long`.
    #[inline]
    pub fn write_long(&mut self, value: i64) {
        let zigzag = zigzag(value);
        match u8::try_from(zigzag) {
            Ok(byte @ 0..0x80) => self.bytes.push(byte),
            _ => push_varint(self.bytes, zigzag),
        }
    }

    /// Writes a `double`.
    #[inline]
    pub fn write_double(&mut self, value: f64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// Writes a `string`.
    #[inline]
    pub fn write_str(&mut self, text: &str) {
        self.write_bytes(text.as_bytes());
    }

    /// Writes `bytes`.
    #[inline]
    pub fn write_bytes(&mut self, bytes: &[u8]) {
        self.write_len(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }

    /// Writes a `string` of fewer than 64 bytes. `push` appends it in place, without an intermediate allocation.
    ///
    /// # Errors
    ///
    /// Returns an error if `push` fails; it must then have appended nothing.
    #[inline]
    pub(super) fn write_short<E: fmt::Display>(
        &mut self,
        push: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), EncodeError> {
        let start = self.bytes.len();
        self.bytes.push(0);
        if let Err(error) = push(self.bytes) {
            self.bytes.truncate(start);
            return Err(EncodeError::invalid(error));
        }
        let len = self.bytes.len() - start - 1;
        debug_assert!(len < 64, "the length of a short text is one byte");
        self.bytes[start] = len.to_le_bytes()[0] << 1;
        Ok(())
    }

    /// Writes the length of a string, or the number of items in the only block of a list or map.
    #[inline]
    pub(super) fn write_len(&mut self, len: usize) {
        match u8::try_from(len) {
            // Twice the number is its encoding.
            Ok(len @ 0..0x40) => self.bytes.push(len << 1),
            // No allocation is longer than `isize::MAX`.
            _ => push_varint(self.bytes, u64::try_from(len).unwrap_or(u64::MAX) << 1),
        }
    }

    /// Enters a record and leaves it afterwards.
    #[inline]
    pub(super) fn nested<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<T, EncodeError>,
    ) -> Result<T, EncodeError> {
        if self.depth == MAX_DEPTH {
            return Err(EncodeError::too_deep());
        }
        self.depth += 1;
        let written = write(self);
        self.depth -= 1;
        written
    }

    /// Returns the error for a value that has no Avro form. The reason is not shown if the value is personal data.
    pub fn invalid(&self, reason: impl fmt::Display) -> EncodeError {
        EncodeError::invalid(reason)
    }
}

/// Appends a number of more than seven bits. Takes the buffer instead of the encoder, which can then stay in registers.
#[inline(never)]
fn push_varint(bytes: &mut Vec<u8>, mut rest: u64) {
    let mut digits = [0; LONGEST_LONG];
    let mut len = 0;
    for digit in &mut digits {
        len += 1;
        // The seven lowest bits.
        *digit = rest.to_le_bytes()[0] & 0x7f;
        rest >>= 7;
        if rest == 0 {
            break;
        }
        *digit |= 0x80;
    }
    bytes.extend_from_slice(&digits[..len]);
}

/// Maximum encoded length of a `long`.
const LONGEST_LONG: usize = 10;

#[inline]
fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// Returns the encoded length of a `long`.
#[inline]
pub(super) fn long_len(value: i64) -> usize {
    (zigzag(value) | 1).ilog2() as usize / 7 + 1
}

/// Returns an upper bound for the encoded length of a string.
#[inline]
pub fn text_len(len: usize) -> usize {
    len + if len < 64 { 1 } else { LONGEST_LONG }
}
