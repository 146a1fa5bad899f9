//! Publishes the messages of a queue: [`Sender`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::queue::{Next, Queue};
use crate::avro::Fingerprint;
use crate::bus::contract::{Backend, BusError, Producer};
use crate::bus::message::headers::{ID, TYPE};
use crate::bus::message::topic::Topic;
use crate::bus::retry::backoff::Backoff;

/// The maximum number of messages in one call of the backend.
const BATCH: usize = 1000;
/// Between two attempts.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(5));
/// A producer that was idle for this time may reconnect unnoticed, to a server that has lost the schemas, so they are stored
/// again. Shorter than the idle time after which any backend reconnects.
const IDLE: Duration = Duration::from_secs(1);

/// The counters behind a [`ProducerReport`](super::ProducerReport).
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) published: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) failed_attempts: AtomicU64,
}

/// Publishes the messages in the queue of a topic, on its own thread.
pub(super) struct Sender {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) topic: Topic,
    pub(super) queue: Arc<Queue>,
    /// The schemas of the messages, for readers that do not know them.
    pub(super) schemas: Vec<(Fingerprint, &'static str)>,
    pub(super) counts: Arc<Counts>,
    pub(super) is_failing: Arc<AtomicBool>,
    /// The time to flush is over: what is left is abandoned.
    pub(super) is_cancelled: Arc<AtomicBool>,
    pub(super) audit: bool,
}

/// A producer, and when it was used last.
struct OpenProducer {
    producer: Box<dyn Producer>,
    last_used: Instant,
}

impl Sender {
    /// Publishes until the queue is closed and empty, or the time to flush is over. Failures are retried.
    pub(super) fn run(self) {
        let mut open = None;
        let mut backoff = BACKOFF;
        while let Some(next) = self.queue.next(BATCH) {
            let sent = next.and_then(|next| {
                let (stored, sent) = self.publish(&mut open, &next);
                self.queue.done(next, stored).and(sent)
            });
            let Err(error) = sent else {
                backoff.reset();
                // What is on the disk is for the next start.
                if self.is_cancelled.load(Ordering::Relaxed) {
                    return;
                }
                continue;
            };
            // A server that was lost may return without the schemas.
            open = None;
            self.is_failing.store(true, Ordering::Relaxed);
            self.counts.failed_attempts.fetch_add(1, Ordering::Relaxed);
            let waiting = self.queue.len() + self.queue.spilled();
            tracing::error!(topic = %self.topic, %error, waiting, "could not publish events; retrying");
            if self.is_cancelled.load(Ordering::Relaxed) {
                return;
            }
            self.pause(backoff.next_delay());
        }
    }

    /// Publishes a batch. Returns the number of messages that are stored, from the first on.
    fn publish(&self, open: &mut Option<OpenProducer>, next: &Next) -> (usize, Result<(), BusError>) {
        let spilled: Vec<_>;
        let messages = match next {
            Next::Queued(messages) => messages,
            Next::Spilled(batch) => {
                spilled = batch.deliveries.iter().map(|delivery| delivery.message.clone()).collect();
                &spilled
            }
        };
        let open = match self.ready(open) {
            Ok(open) => open,
            Err(error) => return (0, Err(error)),
        };
        let sent = open.producer.publish(&self.topic, messages);
        open.last_used = Instant::now();
        let stored = sent.as_ref().map_or_else(|error| error.stored.min(messages.len()), |()| messages.len());
        self.counts.published.fetch_add(stored as u64, Ordering::Relaxed);
        if self.audit {
            messages[..stored].iter().for_each(|message| self.log(message));
        }
        // Before waiting sends are notified, so that they see a producer that is ready.
        if sent.is_ok() && self.is_failing.swap(false, Ordering::Relaxed) {
            tracing::info!(topic = %self.topic, "publishing works again");
        }
        (stored, sent.map_err(|error| error.error))
    }

    /// Returns a producer, after the schemas are stored.
    fn ready<'a>(&self, open: &'a mut Option<OpenProducer>) -> Result<&'a mut OpenProducer, BusError> {
        if open.as_ref().is_none_or(|open| open.last_used.elapsed() > IDLE) {
            self.backend.store_schemas(&self.topic, &self.schemas)?;
        }
        match open {
            Some(open) => Ok(open),
            None => {
                Ok(open
                    .insert(OpenProducer { producer: self.backend.producer()?, last_used: Instant::now() }))
            }
        }
    }

    /// Waits before the next attempt. During a shutdown only briefly, so that its time is enough for several attempts.
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
