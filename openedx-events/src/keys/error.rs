//! The error of parsing a key: [`InvalidKeyError`].

use std::error::Error;
use std::fmt::{self, Display, Formatter};

use super::part::Part;
use crate::chain::debug_like_display;

/// Maximum length of the text in a message, in characters.
const SHOWN: usize = 80;

/// A text is not a valid key of the requested type.
///
/// The message has the type, the text (escaped, and truncated if long) and the reason. `Debug` prints the same text as
/// `Display`.
///
/// edx-opaque-keys 4.0.1 raises an exception of this name for the same texts.
///
/// # Examples
///
/// ```
/// use openedx_events::keys::CourseKey;
///
/// let error = "course-v1:edX+DemoX".parse::<CourseKey>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`course-v1:edX+DemoX` is not a CourseKey: the run is missing; expected `course-v1:org+course+run`"
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct InvalidKeyError(Box<Details>);

#[derive(Clone, PartialEq, Eq)]
struct Details {
    key_type: &'static str,
    shown: String,
    refusal: Refusal,
}

impl InvalidKeyError {
    pub(super) fn new(key_type: &'static str, text: &str, refusal: Refusal) -> Self {
        Self(Box::new(Details { key_type, shown: shown(text), refusal }))
    }

    /// The name of the requested type, such as `CourseKey`.
    pub fn key_type(&self) -> &'static str {
        self.0.key_type
    }
}

impl Display for InvalidKeyError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Details { key_type, shown, refusal: Refusal { problem, expected } } = &*self.0;
        write!(f, "`{shown}` is not a {key_type}: {problem}; expected `{expected}`")
    }
}

debug_like_display!(InvalidKeyError);

impl Error for InvalidKeyError {}

/// What is wrong, and the expected form of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) problem: Problem,
    pub(super) expected: &'static str,
}

impl Refusal {
    pub(super) fn new(problem: Problem, expected: &'static str) -> Self {
        Self { problem, expected }
    }
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    UnknownNamespace,
    Missing(Part),
    Character(Part, char),
    VersionLength,
    /// A piece that does not belong there. Only its beginning is kept.
    Unexpected(String),
    /// An inner key or an aside type is not escaped correctly.
    Escape,
    /// There is no `::` with an aside type.
    AsideType,
    /// The inner key of an `aside-usage-v1` key could not be parsed back.
    InnerEnd,
    TooLong,
}

impl Problem {
    pub(super) fn unexpected(piece: &str) -> Self {
        Self::Unexpected(shown(piece))
    }
}

impl Display for Problem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownNamespace => f.write_str("unknown namespace"),
            Self::Missing(part) => write!(f, "the {} is missing", part.name()),
            Self::Character(part, character) => {
                write!(f, "the {} must not contain {character:?}", part.name())
            }
            Self::VersionLength => f.write_str("the version is not 24 hex digits"),
            Self::Unexpected(piece) => write!(f, "unexpected `{piece}`"),
            Self::Escape => f.write_str("`$` or `:` is not escaped as required in an aside key"),
            Self::AsideType => f.write_str("`::` and an aside type are missing"),
            Self::InnerEnd => f.write_str("the inner usage key ends in `:` or contains `::`"),
            Self::TooLong => f.write_str("it is longer than 4 GiB"),
        }
    }
}

/// The beginning of the text, escaped for one line.
fn shown(text: &str) -> String {
    let mut characters = text.chars();
    let mut shown: String = characters.by_ref().take(SHOWN).flat_map(char::escape_debug).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}
