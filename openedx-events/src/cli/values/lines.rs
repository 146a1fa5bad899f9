//! The lines of a file of any size and content: [`Lines`].

use std::io::{self, BufRead, Read as _};

use crate::text_file::{BYTE_ORDER_MARK, refuse_utf16};

/// Reads lines one at a time.
pub(super) struct Lines<'a, R: BufRead + ?Sized> {
    input: &'a mut R,
    /// The number of lines that were read.
    number: u64,
    has_ended: bool,
}

/// What was read.
pub(super) enum Line {
    /// A line, which was appended.
    Whole,
    /// A line of more than the maximum. Nothing was appended.
    TooLong,
    End,
}

impl<'a, R: BufRead + ?Sized> Lines<'a, R> {
    pub(super) fn new(input: &'a mut R) -> Self {
        Self { input, number: 0, has_ended: false }
    }

    /// The input, to see what is buffered.
    #[cfg(feature = "bus")]
    pub(super) fn input(&self) -> &R {
        self.input
    }

    /// Appends the next line with its end, without a byte order mark.
    ///
    /// # Errors
    ///
    /// Those of the input, and an error if it is UTF-16.
    pub(super) fn read(&mut self, max: usize, into: &mut Vec<u8>) -> io::Result<Line> {
        // At a terminal the end would have to be typed again.
        if self.has_ended {
            return Ok(Line::End);
        }
        let before = into.len();
        let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
        let read = (&mut *self.input).take(limit).read_until(b'\n', into)?;
        self.has_ended = read == 0;
        if self.has_ended {
            return Ok(Line::End);
        }
        self.number += 1;
        if self.number == 1 {
            refuse_utf16(&into[before..])?;
            if into[before..].starts_with(BYTE_ORDER_MARK.as_bytes()) {
                into.drain(before..before + BYTE_ORDER_MARK.len());
            }
        }
        if into.len() - before <= max || into.ends_with(b"\n") {
            return Ok(Line::Whole);
        }
        self.skip_rest()?;
        into.truncate(before);
        // Frees the memory, which no ordinary line needs.
        into.shrink_to(0);
        Ok(Line::TooLong)
    }

    fn skip_rest(&mut self) -> io::Result<()> {
        loop {
            let chunk = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                chunk => chunk?,
            };
            let (skipped, is_end) = match chunk.iter().position(|byte| *byte == b'\n') {
                Some(end) => (end + 1, true),
                None => (chunk.len(), chunk.is_empty()),
            };
            self.input.consume(skipped);
            if is_end {
                return Ok(());
            }
        }
    }
}
