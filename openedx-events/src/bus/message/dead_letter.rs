//! Messages that cannot be processed: [`DeadLetter`].

use std::fmt;

use super::{Header, Message};
use crate::isoformat::format_utc;
use crate::metadata::EventsMetadata;

/// Why a message is a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeadLetterReason {
    /// The headers or the data cannot be read.
    Undecodable,
    /// The program has no signal for the event type.
    UnknownType,
    /// A receiver failed at every attempt, or with an error that a retry does not help.
    ReceiverFailed,
    /// The process crashed several times while it handled the message.
    Crashed,
    /// A receiver did not work for longer than the `outage_limit` of the consumer.
    Outage,
}

impl DeadLetterReason {
    /// The reason as text, as in the header `dlq_reason`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Undecodable => "undecodable",
            Self::UnknownType => "unknown_type",
            Self::ReceiverFailed => "receiver_failed",
            Self::Crashed => "crashed",
            Self::Outage => "outage",
        }
    }
}

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
/// | `dlq_error` | for each failure: the error with its causes |
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
/// # Ok::<(), openedx_events::bus::HeaderError>(())
/// ```
#[derive(Clone, Debug)]
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
        let now = format_utc(EventsMetadata::new("").time());
        let mut message = original.clone();
        message.headers.extend([
            Header::new("dlq_version", "1"),
            Header::new("dlq_reason", self.reason.as_str()),
            Header::new("dlq_group", group.to_owned()),
            Header::new("dlq_entry", entry.to_owned()),
            Header::new("dlq_time", now.map(|now| now.as_str().to_owned()).unwrap_or_default()),
        ]);
        for ReceiverFailure { receiver, error, attempts } in &self.failures {
            message.headers.push(Header::new("dlq_error", error.clone()));
            message.headers.push(Header::new("dlq_attempts", attempts.to_string()));
            message.headers.extend(receiver.clone().map(|path| Header::new("dlq_receiver", path)));
        }
        message
    }
}
