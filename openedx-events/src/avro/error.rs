//! Errors of decoding and encoding.

use std::fmt;

use super::fingerprint::Fingerprint;
use super::locate::Place;
use crate::chain::debug_like_display;

/// The error of decoding a record: the path of the field, the reason and the offset.
///
/// The text never contains a value that is personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct DecodeError(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    path: String,
    is_personal: bool,
    offset: usize,
    problem: Problem,
    /// The writer's schema, if the data were resolved from it to ours. Offsets are then those in the resolved data.
    writer: Option<Fingerprint>,
}

#[derive(Clone, PartialEq, Eq)]
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
    /// Decoding would take more memory than data of this length may.
    Memory {
        len: usize,
    },
    TooDeep,
    /// Values of a writer's schema that take no bytes, more than data of this length may have.
    #[cfg(feature = "writer-schema")]
    Empty {
        max: usize,
        len: usize,
    },
    /// Lists, maps, unions and records of a writer's schema in each other.
    #[cfg(feature = "writer-schema")]
    TooDeepValues(u32),
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

    /// The event has no Avro form, for this reason.
    #[cold]
    pub(super) fn no_form(reason: &'static str) -> Self {
        Self::new(0, Problem::NoForm(reason))
    }

    /// The data cannot be resolved from the writer's schema to ours.
    #[cfg(feature = "writer-schema")]
    pub(super) fn unresolved(writer: Fingerprint, reason: String) -> Self {
        Self::new(0, Problem::Unresolved(reason)).after_resolution(writer)
    }

    /// Marks that the data were resolved from the writer's schema to ours.
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

    /// Returns the path of the value within the event, such as `enrollment.user.id` or
    /// `configuration.contexts[2].title`; empty for the event itself. It ends at a list or map that is personal data.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// Returns the offset of the value in the data, in bytes. `None` if the event has no Avro form, or if the value was
    /// written with another schema, so that its offset in the original data is not known.
    pub fn offset(&self) -> Option<usize> {
        match (&self.0.writer, &self.0.problem) {
            (Some(_), _) | (_, Problem::NoForm(_)) => None,
            (None, _) => Some(self.0.offset),
        }
    }

    /// Returns the offset in the data as encoded with our schema.
    pub(super) fn at(&self) -> usize {
        self.0.offset
    }

    /// Returns what is wrong, without the path and the offset.
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
                    "{count} {} cannot fit in the {left} {} left",
                    plural(*count == 1, "item"),
                    plural(*left == 1, "byte")
                )
            }
            Problem::Memory { len } => {
                let mebibytes = super::budget::allowed(*len) >> 20;
                format!(
                    "the items take more than {mebibytes} MiB of memory, which is what {len} {} may take: send fewer in \
                     one event",
                    plural(*len == 1, "byte")
                )
            }
            Problem::TooDeep => format!("records are nested more than {} deep", super::MAX_DEPTH),
            #[cfg(feature = "writer-schema")]
            Problem::Empty { max, len } => format!(
                "more than {max} values take no bytes, which is what {len} {} may have",
                plural(*len == 1, "byte")
            ),
            #[cfg(feature = "writer-schema")]
            Problem::TooDeepValues(max) => format!("values are nested more than {max} deep"),
            Problem::Left(left) => {
                format!("{left} {} left over after the event", plural(*left == 1, "byte"))
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

/// Returns the word, in the plural unless `is_one`.
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

debug_like_display!(DecodeError);

impl std::error::Error for DecodeError {}

/// The error of encoding an event: the path of the field and the reason.
///
/// The text never contains a value that is personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct EncodeError(Box<Refusal>);

#[derive(Clone, PartialEq, Eq)]
struct Refusal {
    path: String,
    is_personal: bool,
    cause: Cause,
}

#[derive(Clone, PartialEq, Eq)]
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

    /// The event has no Avro form, for this reason.
    #[cold]
    pub(super) fn no_form(reason: &'static str) -> Self {
        Self::new(Cause::NoForm(reason))
    }

    pub(super) fn locate(mut self, Place { path, is_personal }: Place) -> Self {
        self.0.path = path;
        self.0.is_personal = is_personal;
        self
    }

    /// Returns the path of the value within the event, such as `enrollment.creation_date`; empty for the event itself.
    /// It ends at a list or map that is personal data.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// Returns what is wrong.
    pub fn reason(&self) -> String {
        match &self.0.cause {
            Cause::Invalid(_) if self.0.is_personal => {
                "the value has no form on the wire; it is not shown, as it is personal data".to_owned()
            }
            Cause::Invalid(reason) => reason.clone(),
            Cause::TooDeep => format!("records are nested more than {} deep", super::MAX_DEPTH),
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

debug_like_display!(EncodeError);

impl std::error::Error for EncodeError {}
