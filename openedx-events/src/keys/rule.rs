//! The characters of a part: [`Rule`].

use super::error::Problem;
use super::part::Part;
use super::word::{is_digit, is_word};

/// The length of a MongoDB `ObjectId` in hex.
const VERSION_DIGITS: usize = 24;

/// The characters that a part may contain. Except where noted, at least one is required.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Word characters and `- ~ . :`
    Id,
    /// Like [`Id`](Rule::Id), and `%`
    IdOrPercent,
    /// Word characters and `. % -`
    OldStyle,
    /// Like [`OldStyle`](Rule::OldStyle), but may be empty
    OldStyleOrEmpty,
    /// Any text
    Anything,
    /// Word characters and `. -`, then optionally a line feed, because upstream's pattern ends in `$`
    Slug,
    /// Like [`Slug`](Rule::Slug), but ASCII
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
