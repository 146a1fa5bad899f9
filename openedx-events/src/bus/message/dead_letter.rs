//! Messages that cannot be processed: [`DeadLetter`].

use std::fmt;
use std::num::ParseIntError;
use std::str::{self, FromStr};

use chrono::DateTime;

use super::{Header, HeaderError, Message};
use crate::chain::debug_like_display;
use crate::isoformat::format_utc;
use crate::metadata::now_micros;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// Why a message is a dead letter.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum DeadLetterReason {
            $($(#[$doc])* $name,)+
        }

        impl DeadLetterReason {
            const ALL: &[Self] = &[$(Self::$name),+];

            /// The reason as text, as in the header `dlq_reason`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

reasons! {
    /// The headers or the data cannot be read.
    Undecodable = "undecodable",
    /// The program has no signal for the event type.
    UnknownType = "unknown_type",
    /// A receiver failed at every attempt, or with an error that a retry does not help.
    ReceiverFailed = "receiver_failed",
    /// The process crashed several times while it handled the message.
    Crashed = "crashed",
    /// A receiver did not work for longer than the `outage_limit` of the consumer.
    Outage = "outage",
    /// An operator gave a receiver up for what was parked for it.
    Operator = "operator",
    /// The bus does not take the message, for example because it is larger than the server's limit. Only in
    /// [spill files](crate::bus::Overflow::Spill).
    Unpublishable = "unpublishable",
}

impl FromStr for DeadLetterReason {
    type Err = UnknownReason;

    fn from_str(text: &str) -> Result<Self, UnknownReason> {
        Self::ALL.iter().copied().find(|reason| reason.as_str() == text).ok_or(UnknownReason)
    }
}

/// The text is not a [`DeadLetterReason`] of this release.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UnknownReason;

impl fmt::Display for UnknownReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a reason for a dead letter that this release knows")
    }
}

debug_like_display!(UnknownReason);

impl std::error::Error for UnknownReason {}

impl fmt::Display for DeadLetterReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a message cannot be processed.
///
/// The message goes to the topic's [dead letters](crate::bus::Topic::dead_letters): its headers and its payload unchanged,
/// followed by these headers:
///
/// | header | value |
/// |---|---|
/// | `dlq_version` | the version of this format, `1` |
/// | `dlq_reason` | the [reason](DeadLetterReason::as_str) |
/// | `dlq_group` | the consumer group |
/// | `dlq_entry` | the id of the entry in its topic |
/// | `dlq_time` | the time when it became a dead letter, UTC |
/// | `dlq_error` | for each failure: the error with its causes, at most 16 KiB of it |
/// | `dlq_attempts` | for each failure: the number of attempts |
/// | `dlq_receiver` | for each failure of a receiver: its path |
///
/// ```
/// use openedx_events::bus::{DeadLetter, DeadLetterReason, Header, Message, ReceiverFailure, headers};
///
/// let original = Message { headers: vec![Header::new(headers::TYPE, "org.example.a.b.c.v1")], payload: None };
/// let failure = ReceiverFailure::new("no such course").of_receiver("my_service::enroll").after(5);
/// let dead_letter = DeadLetter::of_receivers(vec![failure]);
/// assert_eq!(dead_letter.reason, DeadLetterReason::ReceiverFailed);
///
/// let message = dead_letter.message(&original, "my-service", "1719249852000-0");
/// assert_eq!(message.event_type()?, "org.example.a.b.c.v1");
/// assert_eq!(message.header("dlq_reason"), Some(&b"receiver_failed"[..]));
/// assert_eq!(message.header("dlq_attempts"), Some(&b"5"[..]));
///
/// assert_eq!(DeadLetter::read(&message)?, dead_letter);
/// assert_eq!(DeadLetter::original(&message), original);
/// # Ok::<(), openedx_events::bus::HeaderError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// The reason.
    pub reason: DeadLetterReason,
    /// One failure for each receiver that failed, or one without a receiver.
    pub failures: Vec<ReceiverFailure>,
}

/// A failure that made a message a dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceiverFailure {
    /// The path of the receiver; `None` if no receiver failed.
    pub receiver: Option<String>,
    /// The error with all its causes.
    pub error: String,
    /// The number of times that the receiver ran, or that processing began.
    pub attempts: u32,
}

impl ReceiverFailure {
    /// A failure without a receiver, after one attempt.
    pub fn new(error: impl Into<String>) -> Self {
        Self { receiver: None, error: error.into(), attempts: 1 }
    }

    /// Sets [`receiver`](Self::receiver).
    #[must_use]
    pub fn of_receiver(self, path: impl Into<String>) -> Self {
        Self { receiver: Some(path.into()), ..self }
    }

    /// Sets [`attempts`](Self::attempts).
    #[must_use]
    pub fn after(self, attempts: u32) -> Self {
        Self { attempts, ..self }
    }
}

impl DeadLetter {
    /// A dead letter with one failure, which is not that of a receiver.
    pub fn new(reason: DeadLetterReason, error: impl Into<String>) -> Self {
        Self { reason, failures: vec![ReceiverFailure::new(error)] }
    }

    /// A dead letter whose receivers failed.
    pub fn of_receivers(failures: Vec<ReceiverFailure>) -> Self {
        Self { reason: DeadLetterReason::ReceiverFailed, failures }
    }

    /// The message for the topic of dead letters. `original` is the message of `entry`, which `group` could not process.
    /// Each failure adds `dlq_error`, `dlq_attempts` and `dlq_receiver`, in this order.
    pub fn message(&self, original: &Message, group: &str, entry: &str) -> Message {
        let now = format_utc(DateTime::from_timestamp_micros(now_micros()).unwrap_or_default());
        let mut message = original.clone();
        message.headers.extend([
            Header::new(VERSION, "1"),
            Header::new(REASON, self.reason.as_str()),
            Header::new(GROUP, group.to_owned()),
            Header::new(ENTRY, entry.to_owned()),
            Header::new(TIME, now.map(|now| now.as_str().to_owned()).unwrap_or_default()),
        ]);
        for ReceiverFailure { receiver, error, attempts } in &self.failures {
            message.headers.push(Header::new(ERROR, shortened(error, MAX_ERROR)));
            message.headers.push(Header::new(ATTEMPTS, attempts.to_string()));
            message.headers.extend(receiver.clone().map(|path| Header::new(RECEIVER, path)));
        }
        message
    }

    /// Reads what [`message`](Self::message) has added to the original.
    ///
    /// # Errors
    ///
    /// The message is not a dead letter, or has a header that this release cannot read.
    pub fn read(message: &Message) -> Result<Self, HeaderError> {
        let start = start(message).ok_or_else(|| HeaderError::missing(VERSION))?;
        let mut reason = None;
        let mut failures: Vec<ReceiverFailure> = Vec::new();
        for header in &message.headers[start..] {
            let text =
                |name| str::from_utf8(&header.value).map_err(|error| HeaderError::invalid(name, error));
            match &*header.name {
                name if name == REASON.as_bytes() => {
                    let parsed = text(REASON)?.parse();
                    reason =
                        Some(parsed.map_err(|error: UnknownReason| HeaderError::invalid(REASON, error))?);
                }
                name if name == ERROR.as_bytes() => failures.push(ReceiverFailure::new(text(ERROR)?)),
                name if name == ATTEMPTS.as_bytes() => {
                    let failure = failures.last_mut().ok_or_else(|| HeaderError::missing(ERROR))?;
                    let parsed = text(ATTEMPTS)?.parse();
                    failure.attempts =
                        parsed.map_err(|error: ParseIntError| HeaderError::invalid(ATTEMPTS, error))?;
                }
                name if name == RECEIVER.as_bytes() => {
                    let failure = failures.last_mut().ok_or_else(|| HeaderError::missing(ERROR))?;
                    failure.receiver = Some(text(RECEIVER)?.to_owned());
                }
                _ => {}
            }
        }
        Ok(Self { reason: reason.ok_or_else(|| HeaderError::missing(REASON))?, failures })
    }

    /// The message as it was before [`message`](Self::message) has added to it. A message that is not a dead letter is
    /// returned as it is.
    pub fn original(message: &Message) -> Message {
        let end = start(message).unwrap_or(message.headers.len());
        Message { headers: message.headers[..end].to_vec(), payload: message.payload.clone() }
    }
}

const VERSION: &str = "dlq_version";
const REASON: &str = "dlq_reason";
/// The header with the group that could not process the original.
pub(crate) const GROUP: &str = "dlq_group";
/// The header with the entry of the original in its topic.
pub(crate) const ENTRY: &str = "dlq_entry";
/// The header with the time at which it became a dead letter.
pub(crate) const TIME: &str = "dlq_time";
const ERROR: &str = "dlq_error";
const ATTEMPTS: &str = "dlq_attempts";
const RECEIVER: &str = "dlq_receiver";

/// The index of the first header that was added. The original may have been a dead letter itself.
fn start(message: &Message) -> Option<usize> {
    message.headers.iter().rposition(|header| *header.name == *VERSION.as_bytes())
}

/// The maximum length of an error in a header, in bytes. An error can quote its event, and a dead letter that the bus does
/// not take would hold up its topic.
const MAX_ERROR: usize = 16 * 1024;

/// The text, or its beginning with a note if it is longer than this many bytes.
pub(in crate::bus) fn shortened(error: &str, max: usize) -> String {
    if error.len() <= max {
        return error.to_owned();
    }
    let note = format!("… ({} bytes in all)", error.len());
    let mut end = max.saturating_sub(note.len());
    while !error.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{note}", &error[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::message::headers::TYPE;

    fn original() -> Message {
        Message { headers: vec![Header::new(TYPE, "org.example.a.b.c.v1")], payload: Some(vec![0, 255]) }
    }

    #[test]
    fn every_reason_is_read_as_it_was_written() {
        let original = Message { headers: Vec::new(), payload: None };
        for reason in DeadLetterReason::ALL {
            let letter = DeadLetter::new(*reason, "why");
            let read = DeadLetter::read(&letter.message(&original, "group", "1"));
            assert_eq!(read.ok(), Some(letter), "{reason}");
        }
    }

    #[test]
    fn a_dead_letter_is_read_as_it_was_written() {
        let failures = vec![
            ReceiverFailure::new("no such course").of_receiver("a::b").after(5),
            ReceiverFailure::new("").of_receiver("a::c").after(u32::MAX),
            ReceiverFailure::new("several\nlines").after(0),
        ];
        for letter in [
            DeadLetter::of_receivers(failures),
            DeadLetter::of_receivers(Vec::new()),
            DeadLetter::new(DeadLetterReason::Unpublishable, "too large"),
        ] {
            let message = letter.message(&original(), "group", "1-0");
            assert_eq!(DeadLetter::read(&message), Ok(letter.clone()));
            assert_eq!(DeadLetter::original(&message), original());
            // The last one counts.
            let again = letter.message(&message, "other", "2-0");
            assert_eq!(DeadLetter::read(&again), Ok(letter));
            assert_eq!(DeadLetter::original(&again), message);
        }
    }

    #[test]
    fn what_is_not_a_dead_letter_says_so() {
        assert_eq!(DeadLetter::original(&original()), original());
        let error = |headers: &[(&'static str, &'static str)]| {
            let mut message = original();
            message.headers.extend(headers.iter().map(|(name, value)| Header::new(name, *value)));
            DeadLetter::read(&message).expect_err("no dead letter").to_string()
        };
        let version = (VERSION, "1");
        assert_eq!(error(&[]), "the header `dlq_version` is missing");
        assert_eq!(error(&[(REASON, "crashed"), version]), "the header `dlq_reason` is missing");
        let unknown = error(&[version, (REASON, "bored")]);
        assert!(unknown.starts_with("the header `dlq_reason` is invalid: not a reason"), "{unknown}");
        assert_eq!(error(&[version, (ATTEMPTS, "1")]), "the header `dlq_error` is missing");
        let many = error(&[version, (ERROR, ""), (ATTEMPTS, "many")]);
        assert!(many.starts_with("the header `dlq_attempts` is invalid"), "{many}");
    }

    #[test]
    fn a_long_error_is_shortened() {
        let written = |error: &str| {
            let message = DeadLetter::new(DeadLetterReason::Crashed, error).message(&original(), "", "");
            String::from_utf8(message.header(ERROR).expect("an error").to_vec()).expect("UTF-8")
        };
        let fits = "é".repeat(MAX_ERROR / 2);
        assert_eq!(written(&fits), fits);
        let short = written(&format!("{fits}x"));
        assert!(short.ends_with("é… (16385 bytes in all)"), "{short}");
        assert!(short.len() <= MAX_ERROR && short.len() > MAX_ERROR - 4);
    }
}
