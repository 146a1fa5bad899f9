//! Attempts, and what is processed, are counted wrongly or forgotten.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use openedx_events::bus::memory::Memory;
use openedx_events::bus::{Backend, BusError, Consumer, EntryId, EntryWrite, Subscription};

use super::lock;
use crate::broken::{Fault, Seat};

pub(crate) struct CountsNoAttempts;

impl Fault for CountsNoAttempts {
    fn count_attempt(&self, seat: &Seat, entry: &EntryId) -> Result<EntryWrite<u32>, BusError> {
        Ok(seat.sound.count_attempt(entry)?.map(|_| 1))
    }
}

pub(crate) struct CountsWithoutALook;

impl Fault for CountsWithoutALook {
    fn count_attempt(&self, seat: &Seat, entry: &EntryId) -> Result<EntryWrite<u32>, BusError> {
        let counted = seat.sound.count_attempt(entry)?;
        Ok(if counted == EntryWrite::Claimed { EntryWrite::Done(1) } else { counted })
    }
}

#[derive(Default)]
pub(crate) struct ForgetsAttemptsAtARestart(Mutex<HashMap<EntryId, u32>>);

impl Fault for ForgetsAttemptsAtARestart {
    fn subscribe(&self, sound: &Memory, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        lock(&self.0).clear();
        sound.consumer(subscription)
    }

    fn count_attempt(&self, seat: &Seat, entry: &EntryId) -> Result<EntryWrite<u32>, BusError> {
        let written = seat.sound.count_attempt(entry)?;
        let mut counts = lock(&self.0);
        let count = counts.entry(entry.clone()).or_default();
        *count += 1;
        Ok(written.map(|_| *count))
    }
}

/// Each consumer counts its own attempts.
#[derive(Default)]
pub(crate) struct ForgetsAttemptsAtATakeOver(Mutex<HashMap<(String, EntryId), u32>>);

impl Fault for ForgetsAttemptsAtATakeOver {
    fn count_attempt(&self, seat: &Seat, entry: &EntryId) -> Result<EntryWrite<u32>, BusError> {
        let written = seat.sound.count_attempt(entry)?;
        let mut counts = lock(&self.0);
        let count = counts.entry((seat.name().to_owned(), entry.clone())).or_default();
        *count += 1;
        Ok(written.map(|_| *count))
    }
}

pub(crate) struct NeverSettlesAnAttempt;

impl Fault for NeverSettlesAnAttempt {
    fn attempt_returned(&self, _: &Seat, _: &EntryId) -> Result<EntryWrite<()>, BusError> {
        Ok(EntryWrite::Done(()))
    }
}

pub(crate) struct ForgetsCrashesWhenAnAttemptReturns;

impl Fault for ForgetsCrashesWhenAnAttemptReturns {
    fn attempt_returned(&self, seat: &Seat, entry: &EntryId) -> Result<EntryWrite<()>, BusError> {
        for _ in 0..10 {
            let _ = seat.sound.attempt_returned(entry)?;
        }
        seat.sound.attempt_returned(entry)
    }
}

pub(crate) struct ForgetsWhatIsProcessed;

impl Fault for ForgetsWhatIsProcessed {
    fn mark_processed(&self, _: &Seat, _: &str) -> Result<(), BusError> {
        Ok(())
    }
}

#[derive(Default)]
pub(crate) struct SharesWhatIsProcessedBetweenGroups(Mutex<HashSet<String>>);

impl Fault for SharesWhatIsProcessedBetweenGroups {
    fn mark_processed(&self, _: &Seat, text: &str) -> Result<(), BusError> {
        lock(&self.0).insert(text.to_owned());
        Ok(())
    }

    fn processed(&self, _: &Seat, texts: &[String]) -> Result<Vec<bool>, BusError> {
        let processed = lock(&self.0);
        Ok(texts.iter().map(|text| processed.contains(text)).collect())
    }
}

/// What is processed is known as long as no consumer starts.
#[derive(Default)]
pub(crate) struct ForgetsWhatIsProcessedAtARestart(AtomicBool);

impl Fault for ForgetsWhatIsProcessedAtARestart {
    fn subscribe(&self, sound: &Memory, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        self.0.store(false, Ordering::Relaxed);
        sound.consumer(subscription)
    }

    fn mark_processed(&self, seat: &Seat, text: &str) -> Result<(), BusError> {
        self.0.store(true, Ordering::Relaxed);
        seat.sound.mark_processed(text)
    }

    fn processed(&self, seat: &Seat, texts: &[String]) -> Result<Vec<bool>, BusError> {
        let is_known = self.0.load(Ordering::Relaxed);
        Ok(seat.sound.processed(texts)?.into_iter().map(|is_processed| is_processed && is_known).collect())
    }
}
