//! UUIDs as text, in every spelling that Python accepts.

use std::fmt;

use unicode_general_category::{GeneralCategory, get_general_category};
use uuid::Uuid;

/// Reads a UUID as Python's `uuid.UUID(text)` does.
///
/// Services write 36 characters in lower case. Python accepts more, and an event that another service has sent must not
/// fail here: it removes `urn:`, `uuid:`, braces around the text and all hyphens, and parses the 32 remaining
/// characters as a number in base 16, with everything that its `int` allows.
pub(crate) fn parse(text: &str) -> Result<Uuid, InvalidUuid> {
    Uuid::try_parse(text).or_else(|_| as_python(text).map(Uuid::from_u128).ok_or(InvalidUuid))
}

fn as_python(text: &str) -> Option<u128> {
    let text = text.replace("urn:", "").replace("uuid:", "");
    let text = text.trim_matches(['{', '}']).replace('-', "");
    if text.chars().count() != 32 {
        return None;
    }
    let text: String = text.chars().map(ascii_digit).collect();
    let number = text.trim_matches(is_space);
    let number = number.strip_prefix('+').unwrap_or(number);
    let number = match number.strip_prefix("0x").or_else(|| number.strip_prefix("0X")) {
        Some(rest) => rest.strip_prefix('_').unwrap_or(rest),
        None => number,
    };
    // Single underscores are allowed between digits.
    if number.starts_with('_') || number.ends_with('_') || number.contains("__") {
        return None;
    }
    let digits = number.replace('_', "");
    // `from_str_radix` accepts a sign, but one was already removed.
    if digits.starts_with('+') { None } else { u128::from_str_radix(&digits, 16).ok() }
}

/// Converts a digit of any script to the ASCII digit with the same value. Returns other characters unchanged.
fn ascii_digit(character: char) -> char {
    if character.is_ascii() || !is_digit(character) {
        return character;
    }
    // In Unicode the ten digits of a script are contiguous, so the number of consecutive digits before one is its
    // value, plus ten for each script that ends directly before.
    let before =
        (0..u32::from(character)).rev().map_while(char::from_u32).take_while(|before| is_digit(*before));
    let value = before.count() % 10;
    u32::try_from(value).ok().and_then(|value| char::from_digit(value, 10)).unwrap_or(character)
}

fn is_digit(character: char) -> bool {
    get_general_category(character) == GeneralCategory::DecimalNumber
}

/// Python treats four control characters as whitespace.
fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}

/// The error returned when a text is not a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidUuid;

impl fmt::Display for InvalidUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a UUID has 32 hex digits, as in 67e55044-10b1-426f-9247-bb680e5fe0c8")
    }
}

impl std::error::Error for InvalidUuid {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The results of Python 3.12.
    #[test]
    fn spellings_of_python() {
        let read = |text| parse(text).map(|uuid| uuid.to_string()).ok();
        for (text, expected) in [
            ("a8098c1a-f86e-11da-bd1a-00112444be1e", "a8098c1a-f86e-11da-bd1a-00112444be1e"),
            ("A8098C1AF86E11DABD1A00112444BE1E", "a8098c1a-f86e-11da-bd1a-00112444be1e"),
            ("urn:uuid:{a8098c1a-f86e-11da-bd1a-00112444be1e}", "a8098c1a-f86e-11da-bd1a-00112444be1e"),
            ("0x098c1af86e11dabd1a00112444be1e", "00098c1a-f86e-11da-bd1a-00112444be1e"),
            ("0X_98c1af86e11dabd1a00112444be1e", "00098c1a-f86e-11da-bd1a-00112444be1e"),
            (" a8098c1af86e11dabd1a00112444be1", "0a8098c1-af86-e11d-abd1-a00112444be1"),
            ("+a8098c1af86e11dabd1a00112444be1", "0a8098c1-af86-e11d-abd1-a00112444be1"),
            ("a_098c1af86e11dabd1a00112444be1e", "0a098c1a-f86e-11da-bd1a-00112444be1e"),
            ("\u{ff11}8098c1af86e11dabd1a00112444be1e", "18098c1a-f86e-11da-bd1a-00112444be1e"),
            ("\u{1d7d9}8098c1af86e11dabd1a00112444be1e", "18098c1a-f86e-11da-bd1a-00112444be1e"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "00000000-0000-0000-0000-00000000000",
            "g8098c1a-f86e-11da-bd1a-00112444be1e",
            " a8098c1a-f86e-11da-bd1a-00112444be1e",
            "++8098c1af86e11dabd1a00112444be1",
            "a__98c1af86e11dabd1a00112444be1e",
            "_8098c1af86e11dabd1a00112444be1e",
            "+_098c1af86e11dabd1a00112444be1e",
            "0x0x8c1af86e11dabd1a00112444be1e",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
