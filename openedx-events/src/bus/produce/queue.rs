//! The messages of a topic that wait to be published: [`Queue`].

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::overflow::Overflow;
use super::spill::{Spill, Spilled};
use crate::bus::contract::BusError;
use crate::bus::message::Message;
use crate::bus::retry::deadline;
use crate::sync;

/// The messages of a topic that wait to be published, in the order in which they were sent.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// Notified when there is something to publish, or the queue is closed.
    filled: Condvar,
    /// Notified when something has been published, or the queue is closed.
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

#[derive(Debug, Default)]
struct State {
    /// Without those that are being published.
    messages: VecDeque<Message>,
    /// For each message the send that waits for it, if one does; those that are being published first.
    waiting: VecDeque<Option<oneshot::Sender<()>>>,
    /// With those that are being published.
    bytes: usize,
    /// The number of messages that are being published.
    in_flight: usize,
    /// The number of messages in the spill. While there are any, all new ones go there, to keep the order.
    spilled: usize,
    is_closed: bool,
}

impl State {
    /// The number of messages that are not published yet, without those in the spill.
    fn queued(&self) -> usize {
        self.messages.len() + self.in_flight
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
    Queued(Vec<Message>),
    Spilled(Spilled),
}

impl Queue {
    pub(super) fn new(limits: Limits, spill: Option<Spill>) -> Self {
        let spilled = spill.as_ref().map_or(0, Spill::left_behind);
        let state = Mutex::new(State { spilled, ..State::default() });
        Self { state, filled: Condvar::new(), emptied: Condvar::new(), limits, spill }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        sync::lock(&self.state)
    }

    /// Appends a message. `published` is notified when the message is published, or on the disk; it is dropped if neither
    /// ever happens.
    pub(super) fn push(
        &self,
        message: Message,
        published: Option<oneshot::Sender<()>>,
        overflow: &Overflow,
    ) -> Result<(), PushError> {
        let size = message.size();
        let mut state = self.state();
        let deadline = match overflow {
            Overflow::Block(max) => Some(deadline::after(*max)),
            Overflow::Fail | Overflow::Spill(_) => None,
        };
        loop {
            if state.is_closed {
                return Err(PushError::Closed);
            }
            // A message larger than the limit passes alone, or it never would.
            let has_room = state.queued() < self.limits.messages
                && (state.bytes + size <= self.limits.bytes || state.queued() == 0);
            if has_room && state.spilled == 0 {
                break;
            }
            if let Some(spill) = &self.spill {
                // Under the lock, so that the order is that of the sends.
                spill.put(message).map_err(|error| PushError::Spill(error.error))?;
                state.spilled += 1;
                drop(state);
                self.filled.notify_one();
                notify(published);
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
    /// in the spill are the exception.
    pub(super) fn next(&self, max: usize) -> Option<Result<Next, BusError>> {
        let mut state = self.state();
        loop {
            if !state.messages.is_empty() {
                let count = state.messages.len().min(max);
                let batch: Vec<_> = state.messages.drain(..count).collect();
                state.in_flight = batch.len();
                return Some(Ok(Next::Queued(batch)));
            }
            if let Some(spill) = self.spill.as_ref().filter(|_| state.spilled > 0) {
                drop(state);
                let spilled = match spill.next(max) {
                    Ok(spilled) => spilled,
                    Err(error) => return Some(Err(error)),
                };
                if !spilled.deliveries.is_empty() {
                    return Some(Ok(Next::Spilled(spilled)));
                }
                // Another process has taken what was counted.
                state = self.state();
                state.spilled = 0;
                self.emptied.notify_all();
                continue;
            }
            if state.is_closed {
                return None;
            }
            state = sync::wait(&self.filled, state);
        }
    }

    /// Takes back the messages that [`next`](Self::next) returned. The first `published` of them are published; the others
    /// will be returned again.
    pub(super) fn done(&self, next: Next, published: usize) -> Result<(), BusError> {
        match (next, &self.spill) {
            (Next::Queued(batch), _) => self.take_back(batch, published),
            (Next::Spilled(spilled), Some(spill)) => {
                spill.published(&spilled, published)?;
                let mut state = self.state();
                state.spilled = state.spilled.saturating_sub(published);
                drop(state);
                self.emptied.notify_all();
            }
            (Next::Spilled(_), None) => {}
        }
        Ok(())
    }

    fn take_back(&self, batch: Vec<Message>, published: usize) {
        let bytes: usize = batch.iter().take(published).map(Message::size).sum();
        let mut state = self.state();
        state.bytes -= bytes;
        for _ in 0..published {
            notify(state.waiting.pop_front().flatten());
        }
        state.in_flight = 0;
        for message in batch.into_iter().skip(published).rev() {
            state.messages.push_front(message);
        }
        drop(state);
        self.emptied.notify_all();
    }

    /// Accepts no more messages.
    pub(super) fn close(&self) {
        self.state().is_closed = true;
        self.filled.notify_all();
        self.emptied.notify_all();
    }

    /// Ends all waiting sends with an error: their messages may never be published.
    pub(super) fn stop_waiting(&self) {
        self.state().waiting.clear();
    }

    /// Whether the queue was closed.
    pub(super) fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    /// Waits until the queue is closed, at most for `max`.
    pub(super) fn wait_closed(&self, max: Duration) {
        let deadline = deadline::after(max);
        let mut state = self.state();
        while !state.is_closed {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = sync::wait_timeout(&self.filled, state, left);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.state().queued()
    }

    /// The number of messages in the spill.
    pub(super) fn spilled(&self) -> usize {
        self.state().spilled
    }

    /// Waits until everything is published, at most until the deadline. Returns the number of messages that are not.
    pub(super) fn flush(&self, deadline: Instant) -> usize {
        let mut state = self.state();
        while state.queued() > 0 || state.spilled > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = sync::wait_timeout(&self.emptied, state, left);
        }
        state.queued() + state.spilled
    }
}

fn notify(published: Option<oneshot::Sender<()>>) {
    if let Some(published) = published {
        // The send may have been dropped.
        let _ = published.send(());
    }
}
