//! A dead letter that a script writes: [`Letter`].

use crate::bus::backends::redis::entry;
use crate::bus::contract::Delivery;
use crate::bus::message::Message;
use crate::bus::message::dead_letter::DeadLetter;

/// A dead letter as arguments of a script.
pub(in crate::bus::backends::redis) struct Letter {
    message: Message,
    /// The number of its fields and values, as text.
    count: String,
}

impl Letter {
    pub(in crate::bus::backends::redis) fn of(delivery: &Delivery, letter: &DeadLetter, group: &str) -> Self {
        let message = letter.message(&delivery.message, group, delivery.entry.as_str());
        let count = entry::fields(&message).count().to_string();
        Self { message, count }
    }

    /// Adds the number of fields and values, and these.
    pub(in crate::bus::backends::redis) fn add<'a>(letter: Option<&'a Self>, arguments: &mut Vec<&'a [u8]>) {
        let Some(Self { message, count }) = letter else { return arguments.push(b"0") };
        arguments.push(count.as_bytes());
        arguments.extend(entry::fields(message));
    }
}
