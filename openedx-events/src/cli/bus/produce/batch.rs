//! Lines that are published together: [`Batch`].

use super::published::{Published, ToPublish};
use crate::avro::Fingerprint;
use crate::bus::Message;

const MAX_LINES: usize = 1000;
/// A batch may exceed this by one message.
pub(super) const MAX_BYTES: usize = 1024 * 1024;

#[derive(Default)]
pub(super) struct Batch {
    /// All lines, including those without an event.
    pub(super) lines: Vec<Published>,
    pub(super) messages: Vec<Message>,
    /// The schemas of the messages.
    pub(super) schemas: Vec<(Fingerprint, &'static str)>,
    /// The line of each message.
    places: Vec<usize>,
    bytes: usize,
}

impl Batch {
    pub(super) fn push(&mut self, (line, read): (Published, Option<ToPublish>)) {
        if let Some(ToPublish { message, schema }) = read {
            if let Some(schema) = schema.filter(|schema| !self.schemas.contains(schema)) {
                self.schemas.push(schema);
            }
            self.bytes += message.size();
            self.messages.push(message);
            self.places.push(self.lines.len());
        }
        self.lines.push(line);
    }

    pub(super) fn is_full(&self) -> bool {
        self.lines.len() >= MAX_LINES || self.bytes >= MAX_BYTES
    }

    /// Marks the first messages as stored, and the others as failed for this reason.
    pub(super) fn set_outcomes(&mut self, stored: usize, reason: &str) {
        for (message, line) in self.places.iter().enumerate() {
            let line = &mut self.lines[*line];
            if message < stored { line.set_stored() } else { line.set_failed(reason.to_owned()) }
        }
    }
}
