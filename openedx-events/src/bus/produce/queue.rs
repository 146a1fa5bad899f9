//! The messages of a topic that wait to be published: [`Queue`].

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::overflow::Overflow;
use super::spill::{Spill, Spilled};
use crate::bus::contract::BusError;
use crate::bus::message::Message;
use crate::bus::retry::deadline;
use crate::{log_later, sync};

/// The messages of a topic that wait to be published, in the order in which they were sent.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// Notified when there is something to publish, or the queue is closed.
    filled: Condvar,
    /// Notified when something has been published, the queue is closed, or nobody publishes any more.
    emptied: Condvar,
    limits: Limits,
    /// Takes the messages that do not fit.
    spill: Option<Spill>,
}

/// The capacity of a queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) messages: usize,
    pub(super) bytes: usize,
}

/// Tells the send that waits for a message what became of it.
pub(super) type Waiting = oneshot::Sender<Result<(), String>>;

#[derive(Debug, Default)]
struct State {
    /// Without those that are being published.
    messages: VecDeque<Message>,
    /// For each message the send that waits for it, if one does; those that are being published first.
    waiting: VecDeque<Option<Waiting>>,
    /// With those that are being published.
    bytes: usize,
    /// The messages that are being published.
    in_flight: Arc<Vec<Message>>,
    /// The first message may never be published: its size does not count, so that others can show whether it is the cause.
    is_first_suspicious: bool,
    phase: Phase,
}

/// How far a queue is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// It accepts messages.
    #[default]
    Open,
    /// It accepts no more messages.
    Closed,
    /// What is not published yet will not be.
    Abandoned,
    /// Nobody publishes from it any more.
    Ended,
}

impl State {
    /// The number of messages that are not published yet, without those in the spill.
    fn queued(&self) -> usize {
        self.messages.len() + self.in_flight.len()
    }

    /// The messages that are not published yet, without those in the spill.
    fn unpublished(&self) -> impl Iterator<Item = &Message> {
        self.in_flight.iter().chain(&self.messages)
    }

    fn has_room(&self, size: usize, limits: Limits) -> bool {
        let (mut queued, mut bytes) = (self.queued(), self.bytes);
        if self.is_first_suspicious
            && let Some(first) = self.unpublished().next()
        {
            (queued, bytes) = (queued - 1, bytes - first.size());
        }
        // A message larger than the limit passes alone, or it never would.
        queued < limits.messages && (bytes + size <= limits.bytes || queued == 0)
    }

    fn is_closed(&self) -> bool {
        self.phase != Phase::Open
    }
}

/// A message was not put into a queue.
#[derive(Debug)]
pub(super) enum PushError {
    Full,
    /// The producer has been shut down.
    Closed,
    /// The spill has failed.
    Spill(BusError),
}

/// The messages to publish next.
pub(super) enum Next {
    Queued(Arc<Vec<Message>>),
    Spilled(Spilled),
}

impl Next {
    pub(super) fn messages(&self) -> Vec<&Message> {
        match self {
            Self::Queued(messages) => messages.iter().collect(),
            Self::Spilled(spilled) => spilled.deliveries.iter().map(|delivery| &delivery.message).collect(),
        }
    }
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is not published, and comes again.
    Left,
    Published,
    /// It will not be published, for this reason.
    Dropped(String),
}

impl Queue {
    pub(super) fn new(limits: Limits, spill: Option<Spill>) -> Self {
        Self { state: Mutex::default(), filled: Condvar::new(), emptied: Condvar::new(), limits, spill }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        sync::lock(&self.state)
    }

    pub(super) fn spill(&self) -> Option<&Spill> {
        self.spill.as_ref()
    }

    /// Appends a message. `published` is notified when the message is published, or on the disk; it is dropped if neither
    /// ever happens.
    pub(super) fn push(
        &self,
        message: Message,
        published: Option<Waiting>,
        overflow: &Overflow,
    ) -> Result<(), PushError> {
        let size = message.size();
        // The spill is written under the lock.
        let _behind = log_later::behind();
        let mut state = self.state();
        let deadline = match overflow {
            Overflow::Block(max) => Some(deadline::after(*max)),
            Overflow::Fail | Overflow::Spill(_) => None,
        };
        let spill = self.spill.as_ref().filter(|spill| spill.takes_events());
        loop {
            if state.is_closed() {
                return Err(PushError::Closed);
            }
            // While anything is in the spill, all new messages go there, to keep the order.
            if state.has_room(size, self.limits) && spill.is_none_or(|spill| spill.len() == 0) {
                break;
            }
            if let Some(spill) = spill {
                // Under the lock, so that the order is that of the sends.
                spill.put(&message).map_err(PushError::Spill)?;
                drop(state);
                self.filled.notify_one();
                notify(published, Ok(()));
                return Ok(());
            }
            let left = deadline
                .map_or(Duration::ZERO, |deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Err(PushError::Full);
            }
            state = sync::wait_timeout(&self.emptied, state, left);
        }
        state.bytes += size;
        state.messages.push_back(message);
        state.waiting.push_back(published);
        let is_first = state.messages.len() == 1;
        drop(state);
        if is_first {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Waits for messages, and returns the next ones to publish, at most `max`. They count as not published until
    /// [`done`](Self::done) is called, which must follow. Returns `None` if the queue is empty and closed.
    ///
    /// Messages in the queue come before those in the spill, as they were sent before them. Those that a dead process left
    /// in the spill are the exception, unless nothing is spilled any more.
    pub(super) fn next(&self, max: usize) -> Option<Result<Next, BusError>> {
        let mut state = self.state();
        loop {
            let is_spill_first =
                self.spill.as_ref().is_some_and(|spill| !spill.takes_events() && spill.len() > 0);
            if !state.messages.is_empty() && !is_spill_first {
                let count = state.messages.len().min(max);
                let batch = Arc::new(state.messages.drain(..count).collect());
                state.in_flight = Arc::clone(&batch);
                return Some(Ok(Next::Queued(batch)));
            }
            if self.spilled() > 0 {
                drop(state);
                match self.next_spilled(max).transpose() {
                    Some(spilled) => return Some(spilled),
                    // There was less than what was counted.
                    None => state = self.state(),
                }
                continue;
            }
            if state.is_closed() {
                return None;
            }
            state = sync::wait(&self.filled, state);
        }
    }

    /// The next messages of the spill, whatever is in the queue. [`done`](Self::done) must follow.
    pub(super) fn next_spilled(&self, max: usize) -> Result<Option<Next>, BusError> {
        let Some(spill) = &self.spill else { return Ok(None) };
        let spilled = spill.next(max)?;
        if spilled.is_none() {
            self.emptied.notify_all();
        }
        Ok(spilled.map(Next::Spilled))
    }

    /// Takes back messages that [`next`](Self::next) returned, and what became of each. Those that are left will be returned
    /// again.
    ///
    /// # Errors
    ///
    /// They are in a file that cannot be written now. They are returned, so that it can be tried again.
    pub(super) fn done(&self, next: Next, fate: impl Fn(usize) -> Fate) -> Result<(), (Next, BusError)> {
        match (next, &self.spill) {
            (Next::Queued(batch), _) => self.take_back(batch, fate),
            (Next::Spilled(spilled), Some(spill)) => {
                let rescued = match spill.done(&spilled, |index| fate(index) != Fate::Left) {
                    Ok(rescued) => rescued,
                    Err(error) => return Err((Next::Spilled(spilled), error)),
                };
                let mut state = self.state();
                for message in rescued.into_iter().rev() {
                    state.bytes += message.size();
                    state.messages.push_front(message);
                    state.waiting.push_front(None);
                }
                drop(state);
                self.emptied.notify_all();
            }
            (Next::Spilled(_), None) => {}
        }
        Ok(())
    }

    fn take_back(&self, batch: Arc<Vec<Message>>, fate: impl Fn(usize) -> Fate) {
        let mut state = self.state();
        state.in_flight = Arc::default();
        let batch = Arc::unwrap_or_clone(batch);
        let count = batch.len().min(state.waiting.len());
        let waiting: Vec<_> = state.waiting.drain(..count).collect();
        let (mut left, mut ended) = (Vec::new(), Vec::new());
        // No send waits any more after a shutdown.
        let waiting = waiting.into_iter().chain(std::iter::repeat_with(|| None));
        for ((index, message), waiting) in batch.into_iter().enumerate().zip(waiting) {
            let outcome = match fate(index) {
                Fate::Left => {
                    left.push((message, waiting));
                    continue;
                }
                Fate::Published => Ok(()),
                Fate::Dropped(reason) => Err(reason),
            };
            state.bytes -= message.size();
            ended.push((waiting, outcome));
        }
        if left.is_empty() {
            state.is_first_suspicious = false;
        }
        for (message, waiting) in left.into_iter().rev() {
            state.messages.push_front(message);
            state.waiting.push_front(waiting);
        }
        drop(state);
        self.emptied.notify_all();
        // Behind the lock: what is woken is foreign code.
        for (waiting, outcome) in ended {
            notify(waiting, outcome);
        }
    }

    /// Whether the first message may never be published. While it is so, its size does not count.
    pub(super) fn suspect_first(&self, is_suspicious: bool) {
        let mut state = self.state();
        if state.is_first_suspicious != is_suspicious {
            state.is_first_suspicious = is_suspicious;
            self.emptied.notify_all();
        }
    }

    /// Accepts no more messages.
    pub(super) fn close(&self) {
        self.enter(Phase::Closed);
    }

    /// Gives up what is not published yet, and ends all waiting sends with an error.
    pub(super) fn abandon(&self) {
        self.enter(Phase::Abandoned);
        // A waiting send keeps the queue alive that would end its waiting by being dropped.
        let waiting = std::mem::take(&mut self.state().waiting);
        // Behind the lock: what is woken is foreign code.
        drop(waiting);
    }

    /// Nobody publishes from the queue any more.
    pub(super) fn end(&self) {
        self.enter(Phase::Ended);
    }

    fn enter(&self, phase: Phase) {
        let mut state = self.state();
        state.phase = state.phase.max(phase);
        drop(state);
        self.filled.notify_all();
        self.emptied.notify_all();
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.state().phase >= Phase::Abandoned
    }

    /// Waits for this time, or until the queue is abandoned. Returns whether it is still open.
    pub(super) fn pause(&self, time: Duration) -> bool {
        let until = deadline::after(time);
        let mut state = self.state();
        while state.phase < Phase::Abandoned {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = sync::wait_timeout(&self.filled, state, left);
        }
        state.phase == Phase::Open
    }

    pub(super) fn len(&self) -> usize {
        self.state().queued()
    }

    /// The number of messages in the spill.
    pub(super) fn spilled(&self) -> usize {
        self.spill.as_ref().map_or(0, Spill::len)
    }

    /// Calls `each` with the messages that are not published and not in the spill.
    pub(super) fn unpublished<T>(&self, each: impl FnMut(&Message) -> T) -> Vec<T> {
        self.state().unpublished().map(each).collect()
    }

    /// Waits until everything is published or given up, at most until the deadline. Returns the number of messages that are
    /// not published.
    pub(super) fn flush(&self, deadline: Instant) -> usize {
        self.wait_until(deadline, |state| {
            (state.queued() == 0 && self.spilled() == 0) || state.phase >= Phase::Abandoned
        });
        self.len() + self.spilled()
    }

    /// Waits until nobody publishes from the queue any more, at most until the deadline. Returns whether that is so.
    pub(super) fn wait_ended(&self, deadline: Instant) -> bool {
        self.wait_until(deadline, |state| state.phase >= Phase::Ended)
    }

    fn wait_until(&self, deadline: Instant, condition: impl Fn(&State) -> bool) -> bool {
        let mut state = self.state();
        while !condition(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = sync::wait_timeout(&self.emptied, state, left);
        }
        true
    }
}

fn notify(waiting: Option<Waiting>, outcome: Result<(), String>) {
    if let Some(waiting) = waiting {
        // The send may have been dropped.
        let _ = waiting.send(outcome);
    }
}
