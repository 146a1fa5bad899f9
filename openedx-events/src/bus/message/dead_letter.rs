//! Messages that could not be delivered: [`DeadLetter`].

use std::fmt;

use super::{Header, Message};
use crate::isoformat::format_utc;
use crate::metadata::EventsMetadata;

/// Why a message is a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeadLetterReason {
    /// It is not a message of an event: headers or data that cannot be read.
    Undecodable,
    /// No signal of this program has its type.
    UnknownType,
    /// A receiver failed at every attempt, or said that trying again does not help.
    ReceiverFailed,
    /// The process that handled it died, several times.
    Crashed,
}

impl DeadLetterReason {
    /// The reason as it stands in the header `dlq_reason`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Undecodable => "undecodable",
            Self::UnknownType => "unknown_type",
            Self::ReceiverFailed => "receiver_failed",
            Self::Crashed => "crashed",
        }
    }
}

impl fmt::Display for DeadLetterReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is known of a message that could not be delivered. It goes to the topic's
/// [dead letters](crate::bus::Topic::dead_letters): the headers and the payload as they were, and headers that begin with
/// `dlq_`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeadLetter {
    /// Why.
    pub reason: DeadLetterReason,
    /// What failed: each receiver that did, or else one failure without a receiver.
    pub failures: Vec<ReceiverFailure>,
}

/// What made a message a dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceiverFailure {
    /// The path of the receiver that failed, if one did.
    pub receiver: Option<String>,
    /// The error with all its causes.
    pub error: String,
    /// How many times the receiver was run, or the message begun.
    pub attempts: u32,
}

impl ReceiverFailure {
    /// A failure without a receiver.
    pub fn new(error: impl Into<String>) -> Self {
        Self { receiver: None, error: error.into(), attempts: 1 }
    }

    /// The failure as that of a receiver.
    #[must_use]
    pub fn of_receiver(self, path: impl Into<String>) -> Self {
        Self { receiver: Some(path.into()), ..self }
    }

    /// The failure after so many attempts.
    #[must_use]
    pub fn after(self, attempts: u32) -> Self {
        Self { attempts, ..self }
    }
}

impl DeadLetter {
    /// A letter for this reason.
    pub fn new(reason: DeadLetterReason, error: impl Into<String>) -> Self {
        Self { reason, failures: vec![ReceiverFailure::new(error)] }
    }

    /// The letter of a message that receivers have failed to handle.
    pub fn of_receivers(failures: Vec<ReceiverFailure>) -> Self {
        Self { reason: DeadLetterReason::ReceiverFailed, failures }
    }

    /// The message of the letter: what the message of `entry` was, and what became of it in `group`. Each failure has its
    /// `dlq_error`, `dlq_attempts` and `dlq_receiver`, in this order.
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
