//! Publishes the messages of a queue: [`Sender`].

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::health::Health;
use super::pace::{BATCH, Pace, Step};
use super::queue::{Fate, Next, Queue};
use crate::avro::Fingerprint;
use crate::bus::contract::{Backend, BusError, ErrorKind, Producer};
use crate::bus::message::Message;
use crate::bus::message::dead_letter::{DeadLetter, DeadLetterReason, ReceiverFailure};
use crate::bus::message::headers::{ID, TYPE};
use crate::bus::message::topic::Topic;
use crate::bus::observe::{Observers, PlaceId, ProducedTopic, PublishedBatch};
use crate::bus::retry::backoff::Backoff;
use crate::bus::retry::log_interval::LogInterval;
use crate::bus::retry::recovery::Recovery;
use crate::bus::spans;
use crate::unheard;

/// A producer that was idle for this time may reconnect unnoticed, to a server that has lost the schemas, so they are stored
/// again. Shorter than the idle time after which any backend reconnects.
const IDLE: Duration = Duration::from_secs(1);

/// The counters behind a [`ProducerReport`](super::ProducerReport).
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) published: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) failed_attempts: AtomicU64,
    pub(super) set_aside: AtomicU64,
    pub(super) lost: AtomicU64,
}

/// Publishes the messages in the queue of a topic, on its own thread.
pub(super) struct Sender {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) topic: Topic,
    pub(super) queue: Arc<Queue>,
    /// The schemas of the messages, for readers that do not know them.
    pub(super) schemas: Vec<(Fingerprint, &'static str)>,
    pub(super) counts: Arc<Counts>,
    pub(super) health: Arc<Health>,
    pub(super) recovery: Arc<Recovery>,
    pub(super) observers: Observers,
    pub(super) place: PlaceId,
    pub(super) audit: bool,
}

/// A producer that is ready to publish.
struct OpenProducer {
    producer: Box<dyn Producer>,
    last_used: Instant,
    /// The schemas that were stored beside those of the sender.
    schemas: HashSet<Fingerprint>,
}

/// What became of the messages of one attempt.
struct Attempt {
    /// The number of messages that are stored, from the first on.
    stored: usize,
    /// The number of messages that were sent. 0 if the bus could not be reached before.
    sent: usize,
    result: Result<(), BusError>,
}

impl Attempt {
    /// The messages were not sent.
    fn none(error: BusError) -> Self {
        Self { stored: 0, sent: 0, result: Err(error) }
    }

    /// Whether the messages may be the cause, rather than the state of the bus.
    fn blames_messages(&self) -> bool {
        // A bus that is busy says that it is not because of the message.
        self.sent > 0 && self.result.as_ref().is_err_and(|error| error.kind() != ErrorKind::Busy)
    }
}

/// Says that the thread has ended, however it does.
struct Ended<'q>(&'q Queue);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Sender {
    /// Publishes until the queue is closed and empty, or the time to flush is over. Failures are retried.
    pub(super) fn run(self) {
        let _ended = Ended(&self.queue);
        let mut open = None;
        let mut backoff = Backoff::RECONNECT;
        let mut pace = Pace::new();
        let mut outage = LogInterval::default();
        loop {
            let step = pace.step();
            let max = if let Step::Publish(max) = step { max } else { BATCH };
            let Some(next) = self.queue.next(max) else { return };
            let result = next.and_then(|next| match step {
                Step::Publish(_) => self.publish_next(&mut open, &mut pace, next),
                Step::Examine => self.examine(&mut open, &mut pace, next),
            });
            // What is on the disk is for the next start.
            let is_abandoned = self.queue.is_abandoned();
            match result {
                Ok(()) => {
                    backoff.reset();
                    outage = LogInterval::default();
                }
                Err(error) => {
                    self.failed(&error, &mut outage);
                    // A server that was lost may return without the schemas.
                    open = None;
                    // A message is examined at once, so that the bus has no time to recover before.
                    let is_examined_next = pace.step() == Step::Examine && step != Step::Examine;
                    if !is_abandoned && !is_examined_next {
                        self.back_off(backoff.next_delay());
                    }
                }
            }
            if is_abandoned {
                return;
            }
        }
    }

    /// Logs the first attempt of an outage that fails, each other error, and otherwise at growing intervals.
    fn failed(&self, error: &BusError, outage: &mut LogInterval) {
        let text = error.to_string();
        let before = self.health.error();
        let is_new = before != text;
        self.health.failed(text);
        if before.is_empty() {
            self.observers.tell(|observer| observer.bus_lost(&self.topic, error));
        }
        self.counts.failed_attempts.fetch_add(1, Ordering::Relaxed);
        if !outage.is_due() && !is_new {
            return;
        }
        let waiting = self.queue.len() + self.queue.spilled();
        tracing::error!(topic = %self.topic, %error, waiting, "could not publish events; retrying");
        unheard::failure(format_args!(
            "could not publish events to the topic {}; retrying: {error}",
            self.topic
        ));
    }

    fn publish_next(
        &self,
        open: &mut Option<OpenProducer>,
        pace: &mut Pace,
        next: Next,
    ) -> Result<(), BusError> {
        let attempt = self.publish(open, &next, 0, usize::MAX);
        if attempt.result.is_ok() {
            pace.succeeded();
        } else if attempt.result.as_ref().is_err_and(|error| error.kind() == ErrorKind::TooLarge) {
            // The bus knows which one it does not take.
            pace.examined();
        } else if attempt.stored > 0 {
            // The message that failed was not the first one.
            pace.failed(BATCH);
        } else if attempt.blames_messages() {
            pace.failed(attempt.sent);
        }
        // Before the message is handed back, as others may then come in.
        self.queue.suspect_first(matches!(next, Next::Queued(_)) && pace.is_suspicious());
        let stored = attempt.stored;
        let fate = |index| if index < stored { Fate::Published } else { Fate::Left };
        if let Err(error) = &attempt.result
            && error.kind() == ErrorKind::TooLarge
        {
            return self.drop_message(next, stored, 1, &error.to_string(), fate);
        }
        self.settle(next, fate);
        attempt.result
    }

    /// Finds out whether the first message is why publishing fails: it is if another one is published, and this one is not
    /// even then. It is dropped, so that it does not hold up the others.
    fn examine(&self, open: &mut Option<OpenProducer>, pace: &mut Pace, next: Next) -> Result<(), BusError> {
        let attempts = pace.attempts();
        let error = self.health.error();
        let key = next.messages().first().and_then(|message| message.key()).map(<[u8]>::to_vec);
        let found = other(&next.messages(), 1, key.as_deref());
        let tried = match (&found, &next) {
            (Some(other), _) => Ok(Some((self.publish(open, &next, other.index, 1), other.is_independent))),
            (None, Next::Queued(_)) => self.publish_spilled(open, key.as_deref()),
            (None, Next::Spilled(_)) => Ok(None),
        };
        let (attempt, is_independent) = match tried {
            Ok(Some(tried)) => tried,
            // There is no other one: as long as it is alone, it holds up nobody.
            Ok(None) => return self.publish_next(open, pace, next),
            Err(error) => (Attempt::none(error), false),
        };
        if let Err(error) = attempt.result {
            // If the bus could not even be reached, that was perhaps the first message as well. But one that must not be
            // published any more when another one was has to be sure.
            if attempt.sent > 0 || !is_independent {
                pace.examined();
            }
            self.settle(next, |_| Fate::Left);
            return Err(error);
        }
        pace.examined();
        let others = |index| {
            if found.as_ref().is_some_and(|other| other.index == index) {
                Fate::Published
            } else {
                Fate::Left
            }
        };
        let mut error = error;
        if is_independent {
            let attempt = self.publish(open, &next, 0, 1);
            let is_blamed = attempt.blames_messages();
            match attempt.result {
                Err(last) if is_blamed => error = last.to_string(),
                result => {
                    let first = if result.is_ok() { Fate::Published } else { Fate::Left };
                    self.settle(next, |index| if index == 0 { first.clone() } else { others(index) });
                    return result;
                }
            }
        }
        *open = None;
        self.drop_message(next, 0, attempts + u32::from(is_independent), &error, others)
    }

    /// Publishes another message of the spill than the one with this key, if there is any. Returns whether it is independent
    /// of that one.
    fn publish_spilled(
        &self,
        open: &mut Option<OpenProducer>,
        key: Option<&[u8]>,
    ) -> Result<Option<(Attempt, bool)>, BusError> {
        let Some(spilled) = self.queue.next_spilled(BATCH)? else { return Ok(None) };
        let found = other(&spilled.messages(), 0, key);
        let attempt =
            found.as_ref().map(|other| (self.publish(open, &spilled, other.index, 1), other.is_independent));
        let published = found.filter(|_| attempt.as_ref().is_some_and(|(attempt, _)| attempt.result.is_ok()));
        let is_published = |index| published.as_ref().is_some_and(|other| other.index == index);
        self.settle(spilled, |index| if is_published(index) { Fate::Published } else { Fate::Left });
        Ok(attempt)
    }

    /// Hands messages back to the queue. If their file cannot be written now, it is tried until it can: meanwhile they must
    /// not be published again.
    fn settle(&self, next: Next, fate: impl Fn(usize) -> Fate) {
        let mut next = next;
        let mut backoff = Backoff::RECONNECT;
        while let Err((left, error)) = self.queue.done(next, &fate) {
            self.health.failed(error.to_string());
            let waiting = self.queue.spilled();
            tracing::error!(
                topic = %self.topic, %error, waiting,
                "cannot record which spilled events are published; retrying"
            );
            if self.queue.is_abandoned() {
                return;
            }
            self.back_off(backoff.next_delay());
            next = left;
        }
    }

    /// Waits before the next attempt: for this time, or until another topic has reached the bus. Once the queue is closed only
    /// briefly, so that the time of a shutdown is enough for several attempts.
    fn back_off(&self, delay: Duration) {
        self.recovery.back_off(delay, |pause| self.queue.pause(pause));
    }

    /// Puts a message aside if there is a spill file, and otherwise counts it as lost. `fate` is that of the others.
    ///
    /// # Errors
    ///
    /// It is in a spill file and cannot be put aside there now; it comes again.
    fn drop_message(
        &self,
        next: Next,
        dropped: usize,
        attempts: u32,
        error: &str,
        fate: impl Fn(usize) -> Fate,
    ) -> Result<(), BusError> {
        let result = self.put_aside(&next, dropped, attempts, error);
        let of_dropped = match &result {
            Ok(reason) => Fate::Dropped(reason.clone()),
            Err(_) => Fate::Left,
        };
        self.settle(next, |index| if index == dropped { of_dropped.clone() } else { fate(index) });
        result.map(drop)
    }

    /// Returns what is to be told to the send that waits for the message.
    fn put_aside(&self, next: &Next, index: usize, attempts: u32, error: &str) -> Result<String, BusError> {
        let messages = next.messages();
        let Some(message) = messages.get(index) else { return Ok(String::new()) };
        let failure = ReceiverFailure::new(error).after(attempts);
        let dead_letter = DeadLetter { reason: DeadLetterReason::Unpublishable, failures: vec![failure] };
        let is_kept = match (self.queue.spill(), next) {
            (Some(spill), Next::Spilled(spilled)) => {
                spill.move_aside(spilled, index, &dead_letter).map(|()| true)?
            }
            (Some(spill), Next::Queued(_)) if spill.takes_events() => {
                let kept = spill.put_aside(message, &dead_letter).inspect_err(|error| {
                    tracing::error!(topic = %self.topic, %error, "cannot put an event aside in the spill file");
                });
                kept.is_ok()
            }
            (Some(_) | None, _) => false,
        };
        let (what, count) = if is_kept {
            ("put aside in the spill file", &self.counts.set_aside)
        } else {
            ("lost", &self.counts.lost)
        };
        count.fetch_add(1, Ordering::Relaxed);
        let (event_type, event_id) = (text(message, TYPE), text(message, ID));
        tracing::error!(
            topic = %self.topic, %event_type, %event_id, bytes = message.size(), attempts, error,
            "the bus does not take this event, while it takes others; it is {what}"
        );
        Ok(format!("the bus does not take the event, which is {what}: {error}"))
    }

    /// Publishes messages of these, from the one with this index on. Those that are stored count as published.
    fn publish(&self, open: &mut Option<OpenProducer>, next: &Next, from: usize, max: usize) -> Attempt {
        self.health.begin();
        let attempt = self.try_publish(open, next, from, max);
        self.health.end();
        attempt
    }

    fn try_publish(&self, open: &mut Option<OpenProducer>, next: &Next, from: usize, max: usize) -> Attempt {
        let owned: Vec<_>;
        let messages = match next {
            Next::Queued(messages) => messages.as_slice(),
            Next::Spilled(spilled) => {
                owned = spilled.deliveries.iter().map(|delivery| delivery.message.clone()).collect();
                &owned
            }
        };
        let messages = messages.get(from..).unwrap_or_default();
        let messages = &messages[..messages.len().min(max)];
        let open = match self.ready(open, next) {
            Ok(open) => open,
            Err(error) => return Attempt::none(error),
        };
        let span = spans::publish(&*self.backend, &self.topic, messages.len());
        let began = Instant::now();
        let result = span.in_scope(|| open.producer.publish(&self.topic, messages));
        if let Err(error) = &result {
            spans::not_published(&span, &error.error);
        }
        open.last_used = Instant::now();
        let duration = open.last_used.saturating_duration_since(began);
        let stored =
            result.as_ref().map_or_else(|error| error.stored.min(messages.len()), |()| messages.len());
        self.counts.published.fetch_add(stored as u64, Ordering::Relaxed);
        self.tell_published(&PublishedBatch {
            stored,
            failed: messages.len() - stored,
            duration,
            error: result.as_ref().err().map(|error| error.error.kind()),
        });
        if self.audit {
            messages[..stored].iter().for_each(|message| self.log(message));
        }
        // Before waiting sends are notified, so that they see a producer that is ready.
        if result.is_ok() && self.health.succeeded() {
            self.recovery.announce();
            self.observers.tell(|observer| observer.bus_recovered(&self.topic));
            tracing::info!(topic = %self.topic, "publishing works again");
        }
        Attempt { stored, sent: messages.len(), result: result.map_err(|error| error.error) }
    }

    fn tell_published(&self, batch: &PublishedBatch) {
        if !self.observers.are_there() {
            return;
        }
        let to = ProducedTopic { system: self.backend.system(), topic: &self.topic, id: self.place };
        let (queued, spilled) = (self.queue.len(), self.queue.spilled());
        self.observers.tell(|observer| {
            observer.published(&to, batch);
            observer.queued(&to, queued, spilled);
        });
    }

    /// Returns a producer, after the schemas are stored.
    fn ready<'a>(
        &self,
        open: &'a mut Option<OpenProducer>,
        next: &Next,
    ) -> Result<&'a mut OpenProducer, BusError> {
        if open.as_ref().is_none_or(|open| open.last_used.elapsed() > IDLE) {
            self.backend.store_schemas(&self.topic, &self.schemas)?;
            if let Some(open) = open {
                open.schemas.clear();
            }
        }
        let open = if let Some(open) = open {
            open
        } else {
            let producer = self.backend.producer()?;
            open.insert(OpenProducer { producer, last_used: Instant::now(), schemas: HashSet::new() })
        };
        if matches!(next, Next::Spilled(_)) {
            self.store_spilled_schemas(open, next)?;
        }
        Ok(open)
    }

    /// An earlier release of the program may have spilled events with other schemas than those of this one.
    fn store_spilled_schemas(&self, open: &mut OpenProducer, next: &Next) -> Result<(), BusError> {
        let Some(spill) = self.queue.spill() else { return Ok(()) };
        for message in next.messages() {
            // A consumer finds out what is wrong with it.
            let Ok(Some(fingerprint)) = message.fingerprint() else { continue };
            let is_own = self.schemas.iter().any(|(own, _)| *own == fingerprint);
            if is_own || open.schemas.contains(&fingerprint) {
                continue;
            }
            if let Some(schema) = spill.schema(fingerprint)? {
                self.backend.store_schemas(&self.topic, &[(fingerprint, &schema)])?;
            }
            open.schemas.insert(fingerprint);
        }
        Ok(())
    }

    fn log(&self, message: &Message) {
        let (event_type, event_id) = (text(message, TYPE), text(message, ID));
        tracing::info!(topic = %self.topic, %event_type, %event_id, "event published");
    }
}

/// The value of a header for the log.
pub(super) fn text<'m>(message: &'m Message, name: &str) -> std::borrow::Cow<'m, str> {
    message.header(name).map(String::from_utf8_lossy).unwrap_or_default()
}

/// A message that can be published before the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Other {
    index: usize,
    /// Whether the first one may be published after it: they do not have the same key.
    is_independent: bool,
}

/// The smallest of these messages, from an index on, that can be published before one with this key.
fn other(messages: &[&Message], from: usize, key: Option<&[u8]>) -> Option<Other> {
    let mut keys = HashSet::new();
    let candidates = messages.iter().enumerate().skip(from).filter_map(|(index, message)| {
        let own = message.key();
        // No message of the same key may be before it, but for the first one.
        let is_next = own.is_none_or(|own| keys.insert(own));
        is_next.then_some((own.is_some() && own == key, message.size(), index))
    });
    candidates.min().map(|(is_dependent, _, index)| Other { index, is_independent: !is_dependent })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::message::Header;
    use crate::bus::message::headers::PARTITION_KEY;

    fn message(key: &'static str, size: usize) -> Message {
        Message { headers: vec![Header::new(PARTITION_KEY, key)], payload: Some(vec![0; size]) }
    }

    fn other_of(messages: &[Message]) -> Option<(usize, bool)> {
        let messages: Vec<_> = messages.iter().collect();
        let key = messages.first().and_then(|message| message.key());
        other(&messages, 1, key).map(|other| (other.index, other.is_independent))
    }

    #[test]
    fn another_message_is_small_and_overtakes_none_of_its_key() {
        let large = message("a", 1000);
        assert_eq!(other_of(std::slice::from_ref(&large)), None);
        let (b, small_b) = (message("b", 100), message("b", 1));
        assert_eq!(other_of(&[large.clone(), b.clone(), small_b.clone()]), Some((1, true)));
        assert_eq!(other_of(&[large.clone(), b.clone(), small_b, message("c", 50)]), Some((3, true)));
        assert_eq!(other_of(&[large.clone(), b, message("", 50)]), Some((2, true)));
        // One of the same key only if there is no other.
        assert_eq!(other_of(&[large.clone(), message("a", 1), message("c", 999)]), Some((2, true)));
        assert_eq!(other_of(&[large, message("a", 10), message("a", 1)]), Some((1, false)));
    }
}
