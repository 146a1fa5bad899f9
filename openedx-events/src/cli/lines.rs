//! The lines of a file of any size and content: [`Lines`].

use std::io::{self, BufRead, Read as _};
use std::str;

/// Far more than an event needs: by default brokers accept up to a megabyte.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Reads lines one at a time into the same buffer.
pub(super) struct Lines<'a, R: BufRead + ?Sized = dyn BufRead + 'a> {
    input: &'a mut R,
    buffer: Vec<u8>,
    number: u64,
}

/// A line that is not blank.
pub(super) struct Line<'a> {
    /// Counts from 1, including blank lines.
    pub(super) number: u64,
    /// The text, or why there is none.
    pub(super) text: Result<&'a str, String>,
}

impl<'a, R: BufRead + ?Sized> Lines<'a, R> {
    pub(super) fn new(input: &'a mut R) -> Self {
        Self { input, buffer: Vec::new(), number: 0 }
    }

    /// The input, to see what is buffered.
    #[cfg(feature = "bus")]
    pub(super) fn input(&self) -> &R {
        self.input
    }

    /// The next line that is not blank, `None` at the end.
    ///
    /// # Errors
    ///
    /// Returns the errors of the input.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        let is_whole = loop {
            let Some(is_whole) = self.read()? else { return Ok(None) };
            if !(is_whole && self.buffer.trim_ascii().is_empty()) {
                break is_whole;
            }
        };
        let text = match str::from_utf8(self.buffer.trim_ascii()) {
            _ if !is_whole => Err(format!("too long: a line may have at most {MAX_BYTES} bytes")),
            Ok(text) => Ok(text),
            Err(error) => {
                Err(format!("not UTF-8: invalid byte at position {} of the line", error.valid_up_to() + 1))
            }
        };
        Ok(Some(Line { number: self.number, text }))
    }

    /// Fills the buffer with a line. Returns `None` at the end of the input, otherwise whether the line fit.
    fn read(&mut self) -> io::Result<Option<bool>> {
        self.buffer.clear();
        let max = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        if (&mut *self.input).take(max).read_until(b'\n', &mut self.buffer)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        if self.number == 1 && self.buffer.starts_with(BYTE_ORDER_MARK) {
            self.buffer.drain(..BYTE_ORDER_MARK.len());
        }
        if self.buffer.len() <= MAX_BYTES || self.buffer.ends_with(b"\n") {
            return Ok(Some(true));
        }
        self.skip_rest()?;
        // Frees the memory, which no ordinary line needs.
        self.buffer = Vec::new();
        Ok(Some(false))
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

/// Some editors on Windows put it at the start of a file.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
