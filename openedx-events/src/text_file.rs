//! Text files as editors and shells write them: [`read`].

use std::fs;
use std::io;
use std::path::Path;

/// At the start of UTF-8, as some editors on Windows write it.
pub(crate) const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Reads a file, without its byte order mark.
///
/// # Errors
///
/// Those of the file, and [`InvalidData`](io::ErrorKind::InvalidData) if it is not UTF-8.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    let bytes = fs::read(path)?;
    refuse_utf16(&bytes)?;
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let position = error.utf8_error().valid_up_to() + 1;
        io::Error::new(io::ErrorKind::InvalidData, format!("not UTF-8: invalid byte at position {position}"))
    })?;
    if text.starts_with(BYTE_ORDER_MARK) {
        text.drain(..BYTE_ORDER_MARK.len());
    }
    Ok(text)
}

/// The text without a byte order mark, for callers that have read the file themselves.
pub(crate) fn without_mark(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// Refuses a text that begins as UTF-16 does, with its remedy. Without it each line would be one that is not UTF-8.
pub(crate) fn refuse_utf16(start: &[u8]) -> io::Result<()> {
    if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        let what = "it is UTF-16: save it as UTF-8, in PowerShell with `-Encoding utf8`";
        return Err(io::Error::new(io::ErrorKind::InvalidData, what));
    }
    Ok(())
}
