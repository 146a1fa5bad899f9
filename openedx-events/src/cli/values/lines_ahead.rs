//! Whether a line can be read without waiting.

use std::io::{BufReader, Read};

/// Whether the buffer holds a complete line that is not blank.
pub(super) fn has_line<R: Read>(input: &BufReader<R>) -> bool {
    let buffer = input.buffer();
    let end = buffer.iter().rposition(|byte| *byte == b'\n').unwrap_or_default();
    buffer[..end].iter().any(|byte| !byte.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_its_end_does_not_count() {
        for (text, expected) in
            [("", false), ("a", false), ("a\n", true), ("\n\n", false), ("\n a\nb", true), (" \nb", false)]
        {
            let mut input = BufReader::new(text.as_bytes());
            std::io::BufRead::fill_buf(&mut input).expect("the buffer is filled");
            assert_eq!(has_line(&input), expected, "{text:?}");
        }
    }
}
