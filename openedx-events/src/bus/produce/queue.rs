//! The messages of a topic that wait to be published: [`Queue`].

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::overflow::Overflow;
use super::spill::{Spill, Spilled};
use crate::bus::contract::error::BusError;
use crate::bus::message::Message;
use crate::sync;

/// The messages of a topic that wait to be published, in the order in which they were sent.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// Told when there is something to publish, or no more will come.
    filled: Condvar,
    /// Told when something has been published.
    emptied: Condvar,
    limits: Limits,
    /// Where messages go that there is no room for.
    spill: Option<Spill>,
}

/// How much may wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) messages: usize,
    pub(super) bytes: usize,
}

#[derive(Debug, Default)]
struct State {
    /// Without those that are being published.
    messages: VecDeque<Message>,
    /// Who waits until each is published, those that are being published first.
    waiting: VecDeque<Option<oneshot::Sender<()>>>,
    /// With those that are being published.
    bytes: usize,
    /// How many are being published.
    in_flight: usize,
    /// How many messages are in the spill. While there are any all go there, so that they keep their order.
    spilled: usize,
    is_closed: bool,
}

impl State {
    /// How many are not published yet, but for those in the spill.
    fn queued(&self) -> usize {
        self.messages.len() + self.in_flight
    }
}

/// A queue has no room.
#[derive(Debug)]
pub(super) enum NoRoom {
    Full,
    /// The producer has been shut down.
    Closed,
    /// The spill has failed.
    NotSpilled(BusError),
}

/// What is to be published next.
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

    /// Puts a message at the end. `told` is told when it is published, or on the disk; it is dropped if it never is.
    pub(super) fn push(
        &self,
        message: Message,
        told: Option<oneshot::Sender<()>>,
        overflow: &Overflow,
    ) -> Result<(), NoRoom> {
        let size = message.size();
        let mut state = self.state();
        let deadline = match overflow {
            Overflow::Block(max) => Some(Instant::now() + *max),
            Overflow::Fail | Overflow::Spill(_) => None,
        };
        loop {
            if state.is_closed {
                return Err(NoRoom::Closed);
            }
            // One that is larger than the limit may pass alone, or it would never.
            let has_room = state.queued() < self.limits.messages
                && (state.bytes + size <= self.limits.bytes || state.queued() == 0);
            if has_room && state.spilled == 0 {
                break;
            }
            if let Some(spill) = &self.spill {
                // Under the lock, so that the order is that of the sendings.
                spill.put(message).map_err(|error| NoRoom::NotSpilled(error.error))?;
                state.spilled += 1;
                drop(state);
                self.filled.notify_one();
                tell(told);
                return Ok(());
            }
            let left = deadline
                .map_or(Duration::ZERO, |deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Err(NoRoom::Full);
            }
            state = sync::wait_timeout(&self.emptied, state, left);
        }
        state.bytes += size;
        state.messages.push_back(message);
        state.waiting.push_back(told);
        let is_first = state.messages.len() == 1;
        drop(state);
        if is_first {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// The next messages to publish, at most `max`; they count as not published until they are [done](Self::done), which must
    /// follow. Waits for some; `None` when there are none and no more will come.
    ///
    /// What is in the queue comes before what is in the spill, as it was sent before, but for what a process that has died
    /// left there.
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
                // What was counted is not there: somebody has taken it.
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

    /// Takes back what [`next`](Self::next) gave, of which the first messages are published. The others are the next again.
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
            tell(state.waiting.pop_front().flatten());
        }
        state.in_flight = 0;
        for message in batch.into_iter().skip(published).rev() {
            state.messages.push_front(message);
        }
        drop(state);
        self.emptied.notify_all();
    }

    /// Takes no more messages.
    pub(super) fn close(&self) {
        self.state().is_closed = true;
        self.filled.notify_all();
        self.emptied.notify_all();
    }

    /// Lets nobody wait any longer: what is not published may never be.
    pub(super) fn give_up(&self) {
        self.state().waiting.clear();
    }

    /// Whether it was closed.
    pub(super) fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    /// Waits until the queue is closed, at most so long.
    pub(super) fn wait_closed(&self, max: Duration) {
        let deadline = Instant::now() + max;
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

    /// How many messages are in the spill.
    pub(super) fn spilled(&self) -> usize {
        self.state().spilled
    }

    /// Waits until all is published, at most until the deadline. How many messages are not.
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

/// Nobody may wait any more.
fn tell(told: Option<oneshot::Sender<()>>) {
    if let Some(told) = told {
        let _ = told.send(());
    }
}
