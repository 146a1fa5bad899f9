//! Dead letters as entries to consume: [`Letters`].

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::bus::{
    Admin, Backend, Batch, BusError, Consumer, DeadLetter, Delivery, EntryId, EntryWrite, ErrorKind, Message,
    Rerun, Subscription, Topic, dead_letter,
};
use crate::cli::bus::shown;
use crate::sync;

/// The dead letters that are run again. A clone refers to the same ones.
#[derive(Clone)]
pub(in crate::cli::bus) struct Letters(Arc<Shared>);

struct Shared {
    backend: Arc<dyn Backend>,
    topic: Topic,
    state: Mutex<State>,
    /// Notified when a read must stop waiting.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Those that were not read yet.
    left: VecDeque<EntryId>,
    /// Those that were read and not dealt with.
    read: HashMap<EntryId, Read>,
    replayed: Replayed,
    /// What was read last was handed to the workers, and there is no more.
    is_drained: bool,
    is_woken: bool,
    deadline: Option<Instant>,
}

/// A dead letter that was read.
struct Read {
    message: Message,
    /// What it says; `None` if that cannot be read.
    letter: Option<DeadLetter>,
}

/// What has become of dead letters.
#[derive(Clone, Default)]
pub(in crate::cli::bus) struct Replayed {
    /// Their receivers have succeeded, and they are removed.
    pub(in crate::cli::bus) done: u64,
    /// Receivers have failed again, with these errors.
    pub(in crate::cli::bus) failed: Vec<(EntryId, DeadLetter)>,
    /// They did not exist any more.
    pub(in crate::cli::bus) gone: u64,
}

impl Letters {
    /// These dead letters of a topic.
    pub(in crate::cli::bus) fn new(backend: Arc<dyn Backend>, topic: Topic, ids: Vec<EntryId>) -> Self {
        let state = State { left: ids.into(), ..State::default() };
        Self(Arc::new(Shared { backend, topic, state: Mutex::new(state), changed: Condvar::new() }))
    }

    pub(in crate::cli::bus) fn replayed(&self) -> Replayed {
        sync::lock(&self.0.state).replayed.clone()
    }

    fn admin(&self) -> Result<&dyn Admin, BusError> {
        let none = || BusError::new(ErrorKind::Unsupported, "this bus offers nothing to operators");
        self.0.backend.admin().ok_or_else(none)
    }

    /// Takes the next dead letters.
    fn next(&self, max: usize) -> Result<Vec<Delivery>, BusError> {
        let ids: Vec<_> = {
            let state = sync::lock(&self.0.state);
            state.left.iter().take(max).cloned().collect()
        };
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let entries = self.admin()?.entries(&self.0.topic.dead_letters(), &ids)?;
        let mut state = sync::lock(&self.0.state);
        let mut deliveries = Vec::with_capacity(entries.len());
        for delivery in entries {
            state.left.pop_front();
            let Some(Delivery { entry, message, .. }) = delivery else {
                state.replayed.gone += 1;
                continue;
            };
            deliveries.push(Delivery::new(entry.clone(), DeadLetter::original(&message)));
            let letter = DeadLetter::read(&message).ok();
            state.read.insert(entry, Read { message, letter });
        }
        Ok(deliveries)
    }

    /// Removes what is done.
    fn remove(&self, done: &[EntryId]) -> Result<(), BusError> {
        let new: Vec<_> = {
            let state = sync::lock(&self.0.state);
            done.iter().filter(|entry| state.read.contains_key(*entry)).cloned().collect()
        };
        if new.is_empty() {
            return Ok(());
        }
        self.admin()?.remove(&self.0.topic.dead_letters(), &new)?;
        let mut state = sync::lock(&self.0.state);
        for entry in &new {
            if state.read.remove(entry).is_some() {
                state.replayed.done += 1;
            }
        }
        Ok(())
    }
}

impl Rerun for Letters {
    fn consumer(&self, _: &Arc<dyn Backend>, _: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        Ok(Box::new(self.clone()))
    }

    /// Those that failed. A dead letter that names none is for all.
    fn is_chosen(&self, entry: &EntryId, path: &str) -> bool {
        let state = sync::lock(&self.0.state);
        let Some(letter) = state.read.get(entry).and_then(|read| read.letter.as_ref()) else { return true };
        let mut receivers =
            letter.failures.iter().filter_map(|failure| failure.receiver.as_deref()).peekable();
        receivers.peek().is_none() || receivers.any(|receiver| receiver == path)
    }

    fn is_read(&self) -> bool {
        sync::lock(&self.0.state).is_drained
    }
}

impl Consumer for Letters {
    fn read(&self, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        self.remove(done)?;
        let deliveries = self.next(max)?;
        if !deliveries.is_empty() {
            return Ok(Batch { deliveries, ..Batch::default() });
        }
        let end = Instant::now() + wait;
        let mut state = sync::lock(&self.0.state);
        // Whoever reads again has handed on what was read before.
        state.is_drained = state.left.is_empty();
        loop {
            let end = state.deadline.map_or(end, |deadline| deadline.min(end));
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || std::mem::take(&mut state.is_woken) {
                return Ok(Batch::default());
            }
            state = sync::wait_timeout(&self.0.changed, state, left);
        }
    }

    fn wake(&self) {
        sync::lock(&self.0.state).is_woken = true;
        self.0.changed.notify_all();
    }

    fn acknowledge(&self, done: &[EntryId]) -> Result<(), BusError> {
        self.remove(done)
    }

    /// The dead letter stays. If other receivers than before have failed, another one takes its place: those that
    /// succeeded must not run again.
    fn dead_letter(
        &self,
        delivery: &Delivery,
        letter: &DeadLetter,
    ) -> Result<EntryWrite<Option<u64>>, BusError> {
        let entry = &delivery.entry;
        let replacement = {
            let state = sync::lock(&self.0.state);
            state.read.get(entry).and_then(|read| replacement(read, letter))
        };
        if let Some(message) = replacement {
            let dead_letters = self.0.topic.dead_letters();
            self.0.backend.producer()?.publish(&dead_letters, &[message]).map_err(|error| error.error)?;
            self.admin()?.remove(&dead_letters, std::slice::from_ref(entry))?;
        }
        let mut state = sync::lock(&self.0.state);
        state.read.remove(entry);
        state.replayed.failed.push((entry.clone(), letter.clone()));
        Ok(EntryWrite::Done(None))
    }

    fn renew(&self, _: &[EntryId]) -> Result<Vec<EntryId>, BusError> {
        Ok(Vec::new())
    }

    fn claim(&self, _: usize) -> Result<Batch, BusError> {
        Ok(Batch::default())
    }

    fn release(&self, _: &[EntryId]) -> Result<(), BusError> {
        Ok(())
    }

    fn count_attempt(&self, _: &EntryId) -> Result<EntryWrite<u32>, BusError> {
        Ok(EntryWrite::Done(1))
    }

    fn attempt_returned(&self, _: &EntryId) -> Result<EntryWrite<()>, BusError> {
        Ok(EntryWrite::Done(()))
    }

    fn processed(&self, texts: &[String]) -> Result<Vec<bool>, BusError> {
        // It was not processed, or there would be no dead letter.
        Ok(vec![false; texts.len()])
    }

    fn mark_processed(&self, _: &str) -> Result<(), BusError> {
        Ok(())
    }

    fn stop_by(&self, deadline: Instant) {
        let mut state = sync::lock(&self.0.state);
        let earliest = state.deadline.map_or(deadline, |before| before.min(deadline));
        state.deadline = Some(earliest);
        self.0.changed.notify_all();
    }
}

/// The message that takes the place of a dead letter of which only some receivers have failed again.
fn replacement(read: &Read, letter: &DeadLetter) -> Option<Message> {
    let before = read.letter.as_ref()?;
    let failed: Vec<_> = letter.failures.iter().filter_map(|failure| failure.receiver.as_deref()).collect();
    let is_again = |path: &str| failed.contains(&path);
    let mut receivers = before.failures.iter().filter_map(|failure| failure.receiver.as_deref()).peekable();
    if failed.is_empty() || (receivers.peek().is_some() && receivers.all(is_again)) {
        return None;
    }
    let text = |header| shown::text(&read.message, header).unwrap_or_default();
    let original = DeadLetter::original(&read.message);
    Some(letter.message(&original, &text(dead_letter::GROUP), &text(dead_letter::ENTRY)))
}
