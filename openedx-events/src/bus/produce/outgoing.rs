//! What a topic has yet to publish: [`Outgoing`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::health::Health;
use super::queue::Queue;
use super::sender;
use crate::bus::message::headers::{ID, TYPE};
use crate::bus::message::topic::Topic;
use crate::bus::observe::PlaceId;
use crate::bus::observe::live::{Level, Live};

/// The queue of a topic, and whether publishing from it works.
pub(super) struct Outgoing {
    pub(super) topic: Topic,
    pub(super) queue: Arc<Queue>,
    pub(super) health: Arc<Health>,
    pub(super) source: Source,
    pub(super) place: PlaceId,
}

/// Where the messages of a topic come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// From the signals of this program.
    Signals,
    /// From files of dead processes alone. What cannot be published stays there.
    LeftBehind,
}

/// How often a flush looks whether it is over.
const POLL: Duration = Duration::from_millis(50);
/// After this time of waiting it is logged what for, and each time it has doubled.
const NOTICE: Duration = Duration::from_secs(3);

impl Live for Outgoing {
    fn not_ready(&self) -> Vec<String> {
        if self.is_ready() {
            return Vec::new();
        }
        vec![format!("{}: events cannot be published: {}", self.topic, self.health.error())]
    }

    fn levels(&self) -> Vec<Level> {
        let (queued, spilled) = (self.queue.len() as u64, self.queue.spilled() as u64);
        vec![Level::Queued(self.topic.clone(), queued), Level::Spilled(self.topic.clone(), spilled)]
    }
}

impl Outgoing {
    /// Whether publishing works.
    pub(super) fn is_ready(&self) -> bool {
        self.source == Source::LeftBehind || !self.health.is_failing()
    }

    /// Waits until everything is published, at most until the deadline or until `is_over`, and logs what it waits for. Returns
    /// the number of messages that are not published.
    pub(super) fn flush(&self, deadline: Instant, is_over: &dyn Fn() -> bool) -> usize {
        let (started, mut notice) = (Instant::now(), NOTICE);
        loop {
            let now = Instant::now();
            let is_last = now >= deadline || self.queue.is_abandoned() || is_over();
            let left = self.queue.flush(if is_last { now } else { deadline.min(now + POLL) });
            if left == 0 || is_last {
                return left;
            }
            if started.elapsed() >= notice {
                let (topic, error) = (&self.topic, self.health.error());
                tracing::warn!(%topic, waiting = left, error, "waiting until events are published");
                notice = notice.saturating_mul(2);
            }
        }
    }

    /// Logs each message that is neither published nor on the disk, and returns their number.
    pub(super) fn log_unpublished(&self) -> usize {
        let messages = self.queue.unpublished(|message| {
            (sender::text(message, TYPE).into_owned(), sender::text(message, ID).into_owned())
        });
        for (event_type, event_id) in &messages {
            let topic = &self.topic;
            tracing::error!(%topic, event_type, event_id, "event not published before the shutdown");
        }
        messages.len()
    }
}
