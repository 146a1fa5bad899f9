//! Publishing what is in a queue: [`Sender`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::queue::{Next, Queue};
use crate::avro::Fingerprint;
use crate::bus::contract::error::BusError;
use crate::bus::contract::{Backend, Producer};
use crate::bus::message::headers::{ID, TYPE};
use crate::bus::message::topic::Topic;
use crate::bus::retry::backoff::Backoff;

/// How many messages are published at once.
const BATCH: usize = 1000;
/// Between two attempts.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(5));
/// Behind a rest of this length the schemas are kept again: a producer that was not used may connect again in silence, to a
/// server that has lost them. Shorter than any rest behind which ours does.
const REST: Duration = Duration::from_secs(1);

/// The numbers of a [`ProducerReport`](super::ProducerReport) while they change.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) published: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) failed_attempts: AtomicU64,
}

/// Publishes what is in the queue of a topic, on a thread of its own.
pub(super) struct Sender {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) topic: Topic,
    pub(super) queue: Arc<Queue>,
    /// What the messages are written with, for readers that do not know it.
    pub(super) schemas: Vec<(Fingerprint, &'static str)>,
    pub(super) counts: Arc<Counts>,
    pub(super) is_failing: Arc<AtomicBool>,
    /// To give up what is left: the time to flush is over.
    pub(super) is_over: Arc<AtomicBool>,
    pub(super) audit: bool,
}

/// A producer in use.
struct Used {
    producer: Box<dyn Producer>,
    last: Instant,
}

impl Sender {
    /// Publishes until the queue is closed and empty, or the time is over. What fails is tried again.
    pub(super) fn run(self) {
        let mut used = None;
        let mut backoff = BACKOFF;
        while let Some(next) = self.queue.next(BATCH) {
            let sent = next.and_then(|next| {
                let (stored, sent) = self.publish(&mut used, &next);
                self.queue.done(next, stored).and(sent)
            });
            let Err(error) = sent else {
                backoff.reset();
                // What is still on the disk is for the next start.
                if self.is_over.load(Ordering::Relaxed) {
                    return;
                }
                continue;
            };
            // A server that was lost may have come back without the schemas.
            used = None;
            self.is_failing.store(true, Ordering::Relaxed);
            self.counts.failed_attempts.fetch_add(1, Ordering::Relaxed);
            let waiting = self.queue.len() + self.queue.spilled();
            tracing::error!(topic = %self.topic, %error, waiting, "could not publish events; trying again");
            if self.is_over.load(Ordering::Relaxed) {
                return;
            }
            self.pause(backoff.next_delay());
        }
    }

    /// Publishes a batch. How many of its first messages are.
    fn publish(&self, used: &mut Option<Used>, next: &Next) -> (usize, Result<(), BusError>) {
        let spilled: Vec<_>;
        let messages = match next {
            Next::Queued(messages) => messages,
            Next::Spilled(batch) => {
                spilled = batch.deliveries.iter().map(|delivery| delivery.message.clone()).collect();
                &spilled
            }
        };
        let used = match self.ready(used) {
            Ok(used) => used,
            Err(error) => return (0, Err(error)),
        };
        let sent = used.producer.publish(&self.topic, messages);
        used.last = Instant::now();
        let stored = sent.as_ref().map_or_else(|error| error.stored.min(messages.len()), |()| messages.len());
        self.counts.published.fetch_add(stored as u64, Ordering::Relaxed);
        if self.audit {
            messages[..stored].iter().for_each(|message| self.log(message));
        }
        // Before anybody is told of what is published, who then sees that it works again.
        if sent.is_ok() && self.is_failing.swap(false, Ordering::Relaxed) {
            tracing::info!(topic = %self.topic, "events are published again");
        }
        (stored, sent.map_err(|error| error.error))
    }

    /// A producer, and the schemas of what it is about to publish are kept.
    fn ready<'a>(&self, used: &'a mut Option<Used>) -> Result<&'a mut Used, BusError> {
        if used.as_ref().is_none_or(|used| used.last.elapsed() > REST) {
            self.backend.store_schemas(&self.topic, &self.schemas)?;
        }
        match used {
            Some(used) => Ok(used),
            None => Ok(used.insert(Used { producer: self.backend.producer()?, last: Instant::now() })),
        }
    }

    /// Short enough that a shutdown has its attempts.
    fn pause(&self, pause: Duration) {
        if self.queue.is_closed() {
            std::thread::sleep(pause.min(Duration::from_millis(100)));
        } else {
            self.queue.wait_closed(pause);
        }
    }

    fn log(&self, message: &crate::bus::Message) {
        let text = |name| message.header(name).map(String::from_utf8_lossy).unwrap_or_default();
        tracing::info!(topic = %self.topic, event_type = %text(TYPE), event_id = %text(ID), "event published");
    }
}
