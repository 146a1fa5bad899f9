//! Why a text is not a key.

use std::error::Error;
use std::fmt::{self, Display, Formatter};

use super::part::Part;

/// How much of the text a message shows, in characters.
const SHOWN: usize = 80;

/// A text is not a key of the type asked for.
///
/// The message names the type, the text (escaped, and cut when long) and what is wrong with it:
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
///
/// edx-opaque-keys 4.0.1 raises an exception of this name for the same texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidKeyError(Box<Details>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Details {
    key_type: &'static str,
    shown: String,
    refusal: Refusal,
}

impl InvalidKeyError {
    pub(super) fn new(key_type: &'static str, text: &str, refusal: Refusal) -> Self {
        Self(Box::new(Details { key_type, shown: shown(text), refusal }))
    }

    /// The name of the type that the text was to be, such as `CourseKey`.
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

impl Error for InvalidKeyError {}

/// What is wrong, and how the text should look.
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
    /// A piece that has no place there. Only its beginning is kept.
    Unexpected(String),
    /// A key inside, or an aside type, that is not escaped as it must be.
    Escape,
    /// No `::` stands before an aside type.
    AsideType,
    /// The key inside an `aside-usage-v1` key would not be found again.
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
            Self::UnknownNamespace => f.write_str("it begins with no known namespace"),
            Self::Missing(part) => write!(f, "the {} is missing", part.name()),
            Self::Character(part, character) => write!(f, "the {} may not hold {character:?}", part.name()),
            Self::VersionLength => f.write_str("the version is not 24 hex digits"),
            Self::Unexpected(piece) => write!(f, "`{piece}` has no place where it stands"),
            Self::Escape => f.write_str("`$` or `:` is not escaped as an aside key escapes them"),
            Self::AsideType => f.write_str("`::` and an aside type are missing"),
            Self::InnerEnd => f.write_str("the usage key inside ends in `:` or holds `::`"),
            Self::TooLong => f.write_str("it is longer than 4 GiB"),
        }
    }
}

/// The beginning of the text, fit for one line.
fn shown(text: &str) -> String {
    let mut characters = text.chars();
    let mut shown: String = characters.by_ref().take(SHOWN).flat_map(char::escape_debug).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}
