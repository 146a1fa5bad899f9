//! Handling entries, one after the other: [`Worker`].

use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use tokio::runtime::Handle;

use super::LOG;
use super::attempt::Attempt;
use super::call::Call;
use super::consumed::{Consumed, EventOutcome};
use super::dead_lettering::{dead_letter, retry_later};
use super::decode::{Decoded, Undecoded};
use super::progress::{EventProgress, ReceiverProgress};
use super::settings::{AckPolicy, UnknownRelease};
use super::shared::{Shared, panicked};
use super::window::{End, Entry, Settlement, Stage};
use crate::bus::contract::EntryWrite;
use crate::bus::contract::error::BusError;
use crate::bus::message::dead_letter::{DeadLetter, DeadLetterReason};
use crate::signal::gate;
use crate::signal::undelivered::Undelivered;

/// One of the threads that handle the entries of a topic.
struct Worker {
    number: usize,
    shared: Arc<Shared>,
    runtime: Handle,
}

/// Starts a worker on its own thread.
pub(super) fn spawn(
    number: usize,
    shared: &Arc<Shared>,
    runtime: &Handle,
) -> io::Result<thread::JoinHandle<()>> {
    let worker = Worker { number, shared: Arc::clone(shared), runtime: runtime.clone() };
    thread::Builder::new().name(format!("events-worker-{number}")).spawn(move || worker.run())
}

impl Worker {
    /// Handles entries until the consumer stops.
    fn run(self) {
        // Sync receivers may spawn, and async ones that they send to are spawned.
        let _inside = self.runtime.enter();
        let window = self.shared.window();
        let mut last = None;
        while let Some(mut entry) = window.next(self.number, last.take()) {
            // Receivers contain their own panics; this is for hooks, and for what receivers leave behind to be dropped.
            let handled = catch_unwind(AssertUnwindSafe(|| self.handle(&mut entry)));
            match handled.unwrap_or_else(|panic| Err(panicked("a worker of the consumer", panic))) {
                Ok(settlement) => {
                    if entry.is_attempt_counted() && matches!(settlement, Settlement::Done) {
                        self.acknowledge_at_once(&entry);
                    }
                    last = Some((entry, settlement));
                }
                // The bus refuses: what is in flight is for the next start.
                Err(error) => {
                    window.give_back(self.number, entry);
                    window.end(End::Bus(error));
                }
            }
        }
    }

    /// Acknowledges an entry whose attempts are counted before the next one begins. If that one kills the process, an attempt
    /// of this one would be counted for it, and in the end this one would be dead-lettered as the culprit.
    fn acknowledge_at_once(&self, entry: &Entry) {
        let entry = std::slice::from_ref(&entry.delivery.entry);
        // It is acknowledged once more with the others, which does no harm and makes up for a failure here.
        if let Err(error) = self.shared.consumer().acknowledge(entry) {
            let topic = self.shared.topic();
            tracing::warn!(target: LOG, %topic, %error, "could not acknowledge a redelivered entry; retrying");
        }
    }

    /// Handles an entry as far as possible now.
    fn handle(&self, entry: &mut Entry) -> Result<Settlement, BusError> {
        let progress = match mem::replace(&mut entry.stage, Stage::Begun) {
            Stage::Retrying(progress) => *progress,
            Stage::DeadLetter(letter) => return dead_letter(&self.shared, entry, letter),
            Stage::New | Stage::Begun => {
                if entry.is_suspect()
                    && let Some(settlement) = self.count_attempt(entry)?
                {
                    return Ok(settlement);
                }
                match self.shared.decode(&entry.delivery) {
                    Ok(decoded) if self.is_refused(&decoded) => {
                        let release = decoded.metadata.sourcelib();
                        let error = format!("encoded by the unknown release {release:?} of openedx-events");
                        let letter = DeadLetter::new(DeadLetterReason::Undecodable, error);
                        return dead_letter(&self.shared, entry, letter);
                    }
                    Ok(decoded) if self.is_suppressed(entry, &decoded) => return Ok(Settlement::Done),
                    Ok(decoded) => EventProgress::new(decoded),
                    Err(Undecoded::Dead(letter)) => return dead_letter(&self.shared, entry, letter),
                    Err(Undecoded::NotNow(error)) => {
                        return retry_later(
                            &self.shared,
                            entry,
                            error,
                            "cannot look up the schema of an event",
                        );
                    }
                }
            }
        };
        self.run_receivers(entry, progress)
    }

    /// Counts on the bus that a redelivered entry is begun. It is settled if it has killed the process too often, or if it
    /// could not be counted.
    fn count_attempt(&self, entry: &mut Entry) -> Result<Option<Settlement>, BusError> {
        let attempts = match self.shared.consumer().count_attempt(&entry.delivery.entry) {
            Ok(EntryWrite::Done(attempts)) => attempts,
            Ok(EntryWrite::Claimed | EntryWrite::NoGroup) => return Ok(Some(Settlement::Lost)),
            Err(error) => {
                let what = "cannot count an attempt of a redelivered entry";
                return retry_later(&self.shared, entry, error, what).map(Some);
            }
        };
        entry.attempt_was_counted();
        if attempts <= self.shared.settings().max_crashes {
            return Ok(None);
        }
        let crashes = attempts - 1;
        let error = format!("the process died {crashes} times while it handled this event");
        let letter = DeadLetter::new(DeadLetterReason::Crashed, error);
        dead_letter(&self.shared, entry, letter).map(Some)
    }

    /// Whether the event was decoded by a guess, and the settings want none.
    fn is_refused(&self, decoded: &Decoded) -> bool {
        decoded.is_guess && self.shared.settings().unknown_release == UnknownRelease::DeadLetter
    }

    /// Whether the event reaches nobody.
    fn is_suppressed(&self, entry: &Entry, decoded: &Decoded) -> bool {
        let counts = self.shared.counts();
        if decoded.is_guess {
            counts.unknown_releases.add(1);
            self.shared.log_once().unknown_release(decoded.metadata.sourcelib());
        }
        let (count, reason) = match gate::refusal(decoded.route.gate.bits()) {
            Some(Undelivered::Disabled) => (&counts.disabled, "the signal is disabled"),
            Some(_) => (&counts.no_receivers, "no receivers"),
            None => return false,
        };
        count.add(1);
        tracing::debug!(
            target: LOG,
            event_type = decoded.metadata.event_type(),
            event_id = %decoded.metadata.id(),
            topic = %self.shared.topic(),
            reason,
            "event suppressed"
        );
        self.after_message(entry, decoded, EventOutcome::Suppressed);
        true
    }

    /// Runs the receivers that are not done yet and whose backoff has ended.
    fn run_receivers(&self, entry: &mut Entry, mut progress: EventProgress) -> Result<Settlement, BusError> {
        let EventProgress { decoded, receivers } = &mut progress;
        self.shared.hooks().before(&decoded.metadata);
        let attempt = Attempt {
            shared: &self.shared,
            worker: self.number,
            runtime: &self.runtime,
            decoded,
            // Full jitter, so that events that failed together are not retried together.
            jitter: fastrand::f64(),
        };
        for (number, receiver) in receivers.iter_mut().enumerate() {
            if !receiver.is_due() {
                continue;
            }
            match Call::of(decoded, number) {
                Some(call) => attempt.run(&call, receiver)?,
                None => *receiver = ReceiverProgress::Done,
            }
        }
        let outcome = self.outcome(receivers);
        self.after_message(entry, decoded, outcome);
        self.settle(entry, progress, outcome)
    }

    /// What becomes of an event whose receivers have come this far.
    fn outcome(&self, receivers: &[ReceiverProgress]) -> EventOutcome {
        let is_any_pending = receivers.iter().any(ReceiverProgress::is_pending);
        let is_any_given_up = receivers.iter().any(|receiver| receiver.failure().is_some());
        match self.shared.settings().ack_policy {
            AckPolicy::Always if is_any_pending || is_any_given_up => EventOutcome::GivenUp,
            AckPolicy::OnSuccess if is_any_pending => EventOutcome::Retrying,
            AckPolicy::OnSuccess if is_any_given_up => EventOutcome::DeadLettered,
            AckPolicy::Always | AckPolicy::OnSuccess => EventOutcome::Done,
        }
    }

    fn after_message(&self, entry: &Entry, decoded: &Decoded, outcome: EventOutcome) {
        self.shared.hooks().after(&Consumed {
            topic: self.shared.topic(),
            entry: &entry.delivery.entry,
            event: &*decoded.event,
            metadata: &decoded.metadata,
            outcome,
        });
    }

    fn settle(
        &self,
        entry: &mut Entry,
        mut progress: EventProgress,
        outcome: EventOutcome,
    ) -> Result<Settlement, BusError> {
        match outcome {
            EventOutcome::GivenUp => {
                self.shared.counts().given_up.add(1);
                self.shared.event_failed();
                return Ok(Settlement::Done);
            }
            EventOutcome::Retrying => {
                let at = progress.back_off();
                entry.stage = Stage::Retrying(Box::new(progress));
                return Ok(Settlement::Retry { at });
            }
            EventOutcome::DeadLettered => {
                if let Some(letter) = progress.dead_letter() {
                    return dead_letter(&self.shared, entry, letter);
                }
            }
            EventOutcome::Done | EventOutcome::Suppressed => {}
        }
        self.shared.event_done();
        Ok(Settlement::Done)
    }
}
