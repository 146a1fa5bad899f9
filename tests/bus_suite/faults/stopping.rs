//! Calls wait beyond the deadline to stop, or do harm after it.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use openedx_events::bus::{Batch, BusError, EntryId, EntryWrite, ErrorKind};

use super::lock;
use crate::broken::{Fault, Seat};

pub(crate) struct IgnoresTheDeadline;

impl Fault for IgnoresTheDeadline {
    fn stop_by(&self, _: &Seat, _: Instant) {}
}

/// No read that begins after `stop_by` waits beyond the deadline that was set last.
#[derive(Default)]
pub(crate) struct TheLastDeadlineCounts(Mutex<Option<Instant>>);

impl Fault for TheLastDeadlineCounts {
    fn stop_by(&self, _: &Seat, deadline: Instant) {
        *lock(&self.0) = Some(deadline);
    }

    fn read(&self, seat: &Seat, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        let deadline = *lock(&self.0);
        let left = deadline.map_or(wait, |deadline| deadline.saturating_duration_since(Instant::now()));
        seat.sound.read(max, wait.min(left), done)
    }
}

/// A read that waits already when the deadline is set waits on.
#[derive(Default)]
pub(crate) struct AWaitingReadKnowsNoDeadline(Mutex<Option<Instant>>);

impl Fault for AWaitingReadKnowsNoDeadline {
    fn stop_by(&self, _: &Seat, deadline: Instant) {
        lock(&self.0).get_or_insert(deadline);
    }

    fn read(&self, seat: &Seat, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        let deadline = *lock(&self.0);
        let left = deadline.map_or(wait, |deadline| deadline.saturating_duration_since(Instant::now()));
        seat.sound.read(max, wait.min(left), done)
    }
}

/// What a call after the deadline does.
#[derive(Clone, Copy)]
pub(crate) enum Late {
    Hangs,
    Panics,
    Refuses,
}

/// Calls to acknowledge after the deadline go wrong.
pub(crate) struct AfterTheDeadline {
    late: Late,
    deadline: Mutex<Option<Instant>>,
}

impl AfterTheDeadline {
    pub(crate) fn new(late: Late) -> Self {
        Self { late, deadline: Mutex::default() }
    }
}

impl Fault for AfterTheDeadline {
    fn stop_by(&self, seat: &Seat, deadline: Instant) {
        *lock(&self.deadline) = Some(deadline);
        seat.sound.stop_by(deadline);
    }

    fn count_attempt(&self, seat: &Seat, entry: &EntryId) -> Result<EntryWrite<u32>, BusError> {
        let is_late = lock(&self.deadline).is_some_and(|deadline| Instant::now() >= deadline);
        if is_late {
            match self.late {
                Late::Hangs => thread::sleep(Duration::from_secs(10)),
                Late::Panics => panic!("there is no connection any more"),
                Late::Refuses => return Err(BusError::new(ErrorKind::Refused, "closed")),
            }
        }
        seat.sound.count_attempt(entry)
    }
}

/// At the deadline all that was read counts as done.
#[derive(Default)]
pub(crate) struct AcknowledgesEverythingAtTheDeadline(Mutex<Vec<EntryId>>);

impl Fault for AcknowledgesEverythingAtTheDeadline {
    fn read(&self, seat: &Seat, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        let batch = seat.sound.read(max, wait, done)?;
        lock(&self.0).extend(batch.deliveries.iter().map(|delivery| delivery.entry.clone()));
        Ok(batch)
    }

    fn stop_by(&self, seat: &Seat, deadline: Instant) {
        seat.sound.acknowledge(&lock(&self.0)).expect("they are entries");
        seat.sound.stop_by(deadline);
    }
}
