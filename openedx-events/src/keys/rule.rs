//! What a part may hold.

use super::error::Problem;
use super::part::Part;
use super::word::{is_digit, is_word};

/// The length of a MongoDB `ObjectId` in hex.
const VERSION_DIGITS: usize = 24;

/// Which characters a part may hold. Without another word, at least one is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Word characters and `- ~ . :`
    Id,
    /// As [`Id`](Rule::Id), and `%`
    IdOrPercent,
    /// Word characters and `. % -`
    OldStyle,
    /// As [`OldStyle`](Rule::OldStyle), and nothing at all
    OldStyleOrEmpty,
    /// Any text
    Anything,
    /// Word characters and `. -`, then perhaps one line feed: upstream's pattern ends in `$`
    Slug,
    /// As [`Slug`](Rule::Slug), of ASCII characters
    AsciiSlug,
    /// 24 hex digits in lower case
    LowerHex,
    /// 24 hex digits
    Hex,
    /// Decimal digits of any script
    Digits,
}

impl Rule {
    pub(super) fn check(self, part: Part, text: &str) -> Result<(), Problem> {
        let body = self.body(text);
        if body.is_empty() && self != Self::OldStyleOrEmpty {
            return Err(Problem::Missing(part));
        }
        match body.chars().find(|&character| !self.admits(character)) {
            Some(character) => Err(Problem::Character(part, character)),
            None if self.is_hex() && body.len() != VERSION_DIGITS => Err(Problem::VersionLength),
            None => Ok(()),
        }
    }

    fn body(self, text: &str) -> &str {
        match self {
            Self::Slug | Self::AsciiSlug => text.strip_suffix('\n').unwrap_or(text),
            _ => text,
        }
    }

    fn is_hex(self) -> bool {
        matches!(self, Self::LowerHex | Self::Hex)
    }

    fn admits(self, character: char) -> bool {
        match self {
            Self::Id => is_word(character) || matches!(character, '-' | '~' | '.' | ':'),
            Self::IdOrPercent => character == '%' || Self::Id.admits(character),
            Self::OldStyle | Self::OldStyleOrEmpty => {
                is_word(character) || matches!(character, '.' | '%' | '-')
            }
            Self::Anything => true,
            Self::Slug => is_word(character) || matches!(character, '.' | '-'),
            Self::AsciiSlug => character.is_ascii() && Self::Slug.admits(character),
            Self::LowerHex => matches!(character, '0'..='9' | 'a'..='f'),
            Self::Hex => character.is_ascii_hexdigit(),
            Self::Digits => is_digit(character),
        }
    }
}
