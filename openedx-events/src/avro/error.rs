//! What can be wrong with bytes, and with values that should become bytes.

use std::fmt;

use super::fingerprint::Fingerprint;
use super::locate::Place;

/// Why bytes are not the record that was asked for: the path of the field, the reason and the offset.
///
/// A value that is personal data is never part of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    path: String,
    is_personal: bool,
    offset: usize,
    problem: Problem,
    /// The schema that the data were written with, if they were brought from it to ours: offsets are those of ours then.
    writer: Option<Fingerprint>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    End {
        expected: &'static str,
    },
    Boolean(u8),
    LongTooLong,
    Length {
        len: i64,
        left: usize,
    },
    Utf8,
    Branch(i64),
    Count {
        count: i64,
        left: usize,
    },
    TooDeep,
    Left(usize),
    Invalid {
        expected: &'static str,
        reason: String,
    },
    NoForm(&'static str),
    #[cfg(feature = "writer-schema")]
    Unresolved(String),
}

impl DecodeError {
    #[cold]
    pub(super) fn new(offset: usize, problem: Problem) -> Self {
        Self(Box::new(Inner { path: String::new(), is_personal: false, offset, problem, writer: None }))
    }

    /// The event has no form on the wire, for this reason.
    #[cold]
    pub(super) fn no_form(reason: &'static str) -> Self {
        Self::new(0, Problem::NoForm(reason))
    }

    /// The data cannot be brought from the writer's schema to ours.
    #[cfg(feature = "writer-schema")]
    pub(super) fn unresolved(writer: Fingerprint, reason: String) -> Self {
        Self::new(0, Problem::Unresolved(reason)).after_resolution(writer)
    }

    /// The data were brought from the writer's schema to ours.
    #[cfg(feature = "writer-schema")]
    pub(super) fn after_resolution(mut self, writer: Fingerprint) -> Self {
        self.0.writer = Some(writer);
        self
    }

    pub(super) fn locate(mut self, Place { path, is_personal }: Place) -> Self {
        self.0.path = path;
        self.0.is_personal = is_personal;
        self
    }

    /// The path of the value from the event down, such as `enrollment.user.id` or `configuration.contexts[2].title`;
    /// empty for the event itself. It ends at a list or map that is personal data.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// Where the value begins, in bytes from the beginning of the data. `None` of an event that has no form on the wire, and
    /// of a value that was written with another schema, which may stand anywhere in what its writer wrote.
    pub fn offset(&self) -> Option<usize> {
        match (&self.0.writer, &self.0.problem) {
            (Some(_), _) | (_, Problem::NoForm(_)) => None,
            (None, _) => Some(self.0.offset),
        }
    }

    /// The offset in the data by our schema.
    pub(super) fn at(&self) -> usize {
        self.0.offset
    }

    /// What is wrong there, without the place.
    pub fn reason(&self) -> String {
        match &self.0.problem {
            Problem::End { expected } => format!("expected {expected}, but the data end here"),
            Problem::Boolean(byte) => format!("a boolean is the byte 0 or 1, not {byte}"),
            Problem::LongTooLong => "a number of more than 64 bits".to_owned(),
            Problem::Length { len, .. } if *len < 0 => format!("a length cannot be {len}"),
            Problem::Length { len, left } => {
                format!("a length of {len} {} with {left} left", plural(*len == 1, "byte"))
            }
            Problem::Utf8 => "the text is not UTF-8".to_owned(),
            Problem::Branch(branch) => format!("an optional value is branch 0 or 1, not {branch}"),
            Problem::Count { count, left } => {
                format!(
                    "{count} {} cannot stand in the {left} {} left",
                    plural(*count == 1, "item"),
                    plural(*left == 1, "byte")
                )
            }
            Problem::TooDeep => format!("records more than {} deep", super::MAX_DEPTH),
            Problem::Left(left) => {
                format!("{left} {} left over behind the event", plural(*left == 1, "byte"))
            }
            Problem::Invalid { expected, .. } if self.0.is_personal => {
                format!("expected {expected}; the value is not shown, as it is personal data")
            }
            Problem::Invalid { expected, reason } => format!("expected {expected}: {reason}"),
            Problem::NoForm(reason) => format!("the event cannot go on the event bus: {reason}"),
            #[cfg(feature = "writer-schema")]
            Problem::Unresolved(reason) => reason.clone(),
        }
    }
}

/// The word, in the plural unless there is one.
fn plural(is_one: bool, word: &str) -> String {
    if is_one { word.to_owned() } else { format!("{word}s") }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.path.is_empty() {
            write!(f, "`{}`: ", self.0.path)?;
        }
        write!(f, "{}", self.reason())?;
        if let Some(offset) = self.offset() {
            write!(f, ", at byte {offset}")?;
        }
        if let Some(writer) = self.0.writer {
            write!(f, ", in data of the schema {writer}")?;
        }
        Ok(())
    }
}

impl std::error::Error for DecodeError {}

/// Why an event cannot be written: the path of the field and the reason.
///
/// A value that is personal data is never part of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodeError(Box<Refusal>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Refusal {
    path: String,
    is_personal: bool,
    cause: Cause,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Cause {
    Invalid(String),
    TooDeep,
    NoForm(&'static str),
}

impl EncodeError {
    #[cold]
    fn new(cause: Cause) -> Self {
        Self(Box::new(Refusal { path: String::new(), is_personal: false, cause }))
    }

    #[cold]
    pub(crate) fn invalid(reason: impl fmt::Display) -> Self {
        Self::new(Cause::Invalid(reason.to_string()))
    }

    #[cold]
    pub(super) fn too_deep() -> Self {
        Self::new(Cause::TooDeep)
    }

    /// The event has no form on the wire, for this reason.
    #[cold]
    pub(super) fn no_form(reason: &'static str) -> Self {
        Self::new(Cause::NoForm(reason))
    }

    pub(super) fn locate(mut self, Place { path, is_personal }: Place) -> Self {
        self.0.path = path;
        self.0.is_personal = is_personal;
        self
    }

    /// The path of the value from the event down, such as `enrollment.creation_date`; empty for the event itself. It
    /// ends at a list or map that is personal data.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// What is wrong there.
    pub fn reason(&self) -> String {
        match &self.0.cause {
            Cause::Invalid(_) if self.0.is_personal => {
                "the value has no form on the wire; it is not shown, as it is personal data".to_owned()
            }
            Cause::Invalid(reason) => reason.clone(),
            Cause::TooDeep => format!("records more than {} deep", super::MAX_DEPTH),
            Cause::NoForm(reason) => format!("the event cannot go on the event bus: {reason}"),
        }
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.path.is_empty() {
            write!(f, "`{}`: ", self.0.path)?;
        }
        f.write_str(&self.reason())
    }
}

impl std::error::Error for EncodeError {}
