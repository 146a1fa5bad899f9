//! Reading Avro's primitives.

use std::fmt;
use std::str;

use super::MAX_DEPTH;
use super::budget;
use super::error::{DecodeError, Problem};

/// Reads the values of a record, in order, from its Avro encoding.
///
/// Nothing more can be read after an error.
#[derive(Clone, Debug)]
pub struct Decoder<'a> {
    rest: &'a [u8],
    len: usize,
    depth: u32,
    /// The memory that was taken from the budget, in units of [`budget::UNIT`].
    taken: u32,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, len: bytes.len(), depth: 0, taken: 0 }
    }

    /// Returns the number of bytes read so far.
    #[inline]
    pub fn offset(&self) -> usize {
        self.len - self.rest.len()
    }

    /// Reads a `boolean`.
    ///
    /// # Errors
    ///
    /// Returns an error if the data end, or if the byte is neither 0 nor 1.
    #[inline]
    pub fn read_boolean(&mut self) -> Result<bool, DecodeError> {
        match self.rest {
            [byte @ (0 | 1), rest @ ..] => {
                self.rest = rest;
                Ok(*byte == 1)
            }
            [] => Err(self.at_end("a boolean")),
            [byte, ..] => Err(self.error(Problem::Boolean(*byte))),
        }
    }

    /// Reads a `long`.
    ///
    /// # Errors
    ///
    /// Returns an error if the data end, or if the number is longer than 64 bits or ten bytes.
    #[inline]
    pub fn read_long(&mut self) -> Result<i64, DecodeError> {
        match self.rest {
            [byte @ 0..0x80, rest @ ..] => {
                self.rest = rest;
                Ok(unzigzag(u64::from(*byte)))
            }
            _ => self.read_varint(),
        }
    }

    #[inline(never)]
    fn read_varint(&mut self) -> Result<i64, DecodeError> {
        let mut number = 0;
        for (index, &byte) in self.rest.iter().enumerate() {
            let digit = u64::from(byte & 0x7f);
            // The tenth byte has room for one bit.
            if index == 9 && byte > 1 {
                return Err(self.error(Problem::LongTooLong));
            }
            number |= digit << (7 * index);
            if byte < 0x80 {
                self.rest = &self.rest[index + 1..];
                return Ok(unzigzag(number));
            }
        }
        Err(self.at_end("a long"))
    }

    /// Reads a `double`.
    ///
    /// # Errors
    ///
    /// Returns an error if the data end.
    #[inline]
    pub fn read_double(&mut self) -> Result<f64, DecodeError> {
        match self.rest.split_first_chunk() {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(f64::from_le_bytes(*bytes))
            }
            None => Err(self.at_end("a double")),
        }
    }

    /// Reads a `string` without copying it.
    ///
    /// # Errors
    ///
    /// Returns an error if the length is negative or exceeds the data, or if the bytes are not valid UTF-8.
    #[inline]
    pub fn read_str(&mut self) -> Result<&'a str, DecodeError> {
        let before = self.rest;
        let bytes = self.read_bytes()?;
        str::from_utf8(bytes).map_err(|_| self.error_at(before, Problem::Utf8))
    }

    /// Reads `bytes` without copying them.
    ///
    /// # Errors
    ///
    /// Returns an error if the length is negative or exceeds the data.
    #[inline]
    pub fn read_bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let before = self.rest;
        let len = self.read_long()?;
        match usize::try_from(len).ok().and_then(|len| self.rest.split_at_checked(len)) {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(bytes)
            }
            None => Err(self.error_at(before, Problem::Length { len, left: self.rest.len() })),
        }
    }

    /// Reads this many bytes.
    #[cfg(feature = "writer-schema")]
    pub(super) fn read_fixed(&mut self, len: usize) -> Result<&'a [u8], DecodeError> {
        match self.rest.split_at_checked(len) {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(bytes)
            }
            None => Err(self.at_end("more bytes")),
        }
    }

    /// Reads a `float`.
    #[cfg(feature = "writer-schema")]
    pub(super) fn read_float(&mut self) -> Result<f32, DecodeError> {
        match self.rest.split_first_chunk() {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(f32::from_le_bytes(*bytes))
            }
            None => Err(self.at_end("a float")),
        }
    }

    /// Returns the length of the whole input.
    #[cfg(feature = "writer-schema")]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Returns an error at the current position.
    #[cfg(feature = "writer-schema")]
    #[cold]
    pub(super) fn problem(&self, problem: Problem) -> DecodeError {
        self.error(problem)
    }

    /// Reads the branch of a union of `null` and another type. Returns whether the value is not null.
    #[inline]
    pub(super) fn read_branch(&mut self) -> Result<bool, DecodeError> {
        let before = self.rest;
        match self.read_long()? {
            0 => Ok(false),
            1 => Ok(true),
            branch => Err(self.error_at(before, Problem::Branch(branch))),
        }
    }

    /// Skips a text if it is empty. Returns whether it was.
    #[inline]
    pub(super) fn skip_empty_text(&mut self) -> bool {
        match self.rest {
            [0, rest @ ..] => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Reads the number of items in the next block of a list or map, each at least `min_len` bytes long; 0 at the end.
    #[inline]
    pub(super) fn read_count(&mut self, min_len: usize) -> Result<usize, DecodeError> {
        let before = self.rest;
        let mut count = self.read_long()?;
        if count < 0 {
            // The size of the block in bytes, for readers that want to skip it.
            self.read_long()?;
            count = count.checked_neg().unwrap_or(i64::MAX);
        }
        match usize::try_from(count) {
            Ok(count) if count <= self.rest.len() / min_len.max(1) => Ok(count),
            _ => Err(self.error_at(before, Problem::Count { count, left: self.rest.len() })),
        }
    }

    /// Reads the number of items in the next block of a list whose items may take no bytes; 0 at the end.
    #[cfg(feature = "writer-schema")]
    pub(super) fn read_any_count(&mut self) -> Result<usize, DecodeError> {
        let count = self.read_long()?;
        if count < 0 {
            self.read_long()?;
        }
        Ok(usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX))
    }

    /// Takes this many bytes of memory from the budget, which is one for the whole input. `before` marks the position of
    /// the value that needs them.
    ///
    /// # Errors
    ///
    /// Returns an error if the budget is exceeded.
    #[cold]
    pub(super) fn take_memory(&mut self, before: &[u8], memory: usize) -> Result<(), DecodeError> {
        let units = |memory: usize| u32::try_from(memory.div_ceil(budget::UNIT)).unwrap_or(u32::MAX);
        let max = units(budget::allowed(self.len));
        match self.taken.checked_add(units(memory)).filter(|taken| *taken <= max) {
            Some(taken) => {
                self.taken = taken;
                Ok(())
            }
            None => Err(self.error_at(before, Problem::Memory { len: self.len })),
        }
    }

    /// Enters a record and leaves it afterwards.
    #[inline]
    pub(super) fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        self.enter()?;
        let value = read(self)?;
        self.leave();
        Ok(value)
    }

    #[inline]
    pub(super) fn enter(&mut self) -> Result<(), DecodeError> {
        if self.depth == MAX_DEPTH {
            return Err(self.error(Problem::TooDeep));
        }
        self.depth += 1;
        Ok(())
    }

    #[inline]
    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Checks that nothing is left.
    #[inline]
    pub(super) fn finish(&self) -> Result<(), DecodeError> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.error(Problem::Left(self.rest.len()))) }
    }

    /// Reads a `string` and parses it. `expected` describes a valid text, such as `a UUID`.
    ///
    /// # Errors
    ///
    /// Returns an error if [`read_str`](Self::read_str) or `parse` fails. The message of `parse` is shown unless the
    /// value is personal data.
    #[inline]
    pub fn read_parsed<T, E: fmt::Display>(
        &mut self,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, DecodeError> {
        let before = self.rest;
        let text = self.read_str()?;
        parse(text).map_err(|error| self.invalid_at(before, expected, &error))
    }

    /// Reads a `long` and converts it. `expected` describes a valid number, such as `a number of 8 bits`.
    ///
    /// # Errors
    ///
    /// Returns an error if [`read_long`](Self::read_long) or `convert` fails. The message of `convert` is shown unless
    /// the value is personal data.
    #[inline]
    pub fn read_converted<T, E: fmt::Display>(
        &mut self,
        expected: &'static str,
        convert: impl FnOnce(i64) -> Result<T, E>,
    ) -> Result<T, DecodeError> {
        let before = self.rest;
        let number = self.read_long()?;
        convert(number).map_err(|error| self.invalid_at(before, expected, &error))
    }

    /// Returns the error for a value that was read but is invalid. `expected` describes a valid one.
    #[cold]
    pub(super) fn invalid_at(
        &self,
        before: &[u8],
        expected: &'static str,
        error: &dyn fmt::Display,
    ) -> DecodeError {
        self.error_at(before, Problem::Invalid { expected, reason: error.to_string() })
    }

    /// Returns the unread bytes, which mark the position of an error found later.
    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    #[cold]
    fn at_end(&self, expected: &'static str) -> DecodeError {
        self.error(Problem::End { expected })
    }

    #[cold]
    fn error(&self, problem: Problem) -> DecodeError {
        DecodeError::new(self.offset(), problem)
    }

    /// Returns an error in the value that began at `before`.
    #[cold]
    fn error_at(&self, before: &[u8], problem: Problem) -> DecodeError {
        DecodeError::new(self.len - before.len(), problem)
    }
}

#[inline]
fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}
