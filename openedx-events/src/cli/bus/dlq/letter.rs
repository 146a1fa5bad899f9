//! A stored dead letter: [`Letter`].

use std::borrow::Cow;

use crate::bus::{
    DeadLetter, DeadLetterReason, Delivery, EntryId, Message, ReceiverFailure, dead_letter, headers,
};
use crate::cli::bus::shown;

/// A dead letter in its topic.
pub(super) struct Letter {
    pub(super) entry: EntryId,
    /// With the headers that make it a dead letter.
    pub(super) message: Message,
    /// What these say; `None` if they cannot be read.
    pub(super) content: Option<DeadLetter>,
}

impl Letter {
    pub(super) fn of(delivery: Delivery) -> Self {
        let content = DeadLetter::read(&delivery.message).ok();
        Self { entry: delivery.entry, message: delivery.message, content }
    }

    fn header(&self, name: &str) -> Option<String> {
        shown::text(&self.message, name).map(Cow::into_owned)
    }

    pub(super) fn group(&self) -> String {
        self.header(dead_letter::GROUP).unwrap_or_default()
    }

    /// The entry that it was in its topic.
    pub(super) fn original_entry(&self) -> String {
        self.header(dead_letter::ENTRY).unwrap_or_default()
    }

    /// When it became a dead letter.
    pub(super) fn time(&self) -> String {
        self.header(dead_letter::TIME).unwrap_or_default()
    }

    pub(super) fn event_type(&self) -> Option<String> {
        self.header(headers::TYPE)
    }

    pub(super) fn event_id(&self) -> Option<String> {
        self.header(headers::ID)
    }

    /// The reason as text.
    pub(super) fn reason(&self) -> &'static str {
        self.content.as_ref().map_or("unreadable", |letter| DeadLetterReason::as_str(letter.reason))
    }

    pub(super) fn failures(&self) -> &[ReceiverFailure] {
        self.content.as_ref().map_or(&[], |letter| &letter.failures)
    }

    /// The receivers that failed.
    pub(super) fn receivers(&self) -> impl Iterator<Item = &str> {
        self.failures().iter().filter_map(|failure| failure.receiver.as_deref())
    }
}
