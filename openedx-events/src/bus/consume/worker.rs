//! Handling entries, one after the other: [`Worker`].

use std::cell::LazyCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use super::call::{Callee, Running};
use super::consumed::{Consumed, EventOutcome};
use super::decode::{Decoded, Undecoded};
use super::policy::Policy;
use super::progress::{Next, Progress, Verdict, letter};
use super::running::{Shared, panicked};
use super::settings::{AckPolicy, RetryPolicy, UnknownRelease};
use super::window::{End, Phase, Work};
use crate::bus::contract::error::BusError;
use crate::bus::message::dead_letter::{DeadLetter, DeadLetterReason};
use crate::receiver::ReceiverInfo;
use crate::receiver::error::{Chain, ReceiverError};
use crate::signal::gate;
use crate::signal::undelivered::Undelivered;

/// One of the threads that handle the entries of a topic.
pub(super) struct Worker {
    pub(super) number: usize,
    pub(super) shared: Arc<Shared>,
    pub(super) runtime: Handle,
}

impl Worker {
    /// Handles entries until the consumer stops.
    pub(super) fn run(self) {
        // Sync receivers may spawn, and async ones that they send to are spawned.
        let _inside = self.runtime.enter();
        let mut last = None;
        while let Some(mut work) = self.shared.window.next(self.number, last.take()) {
            // Receivers contain their own panics; this is for hooks, and for what receivers leave behind to be dropped.
            let handled = catch_unwind(AssertUnwindSafe(|| self.handle(&mut work)));
            match handled.unwrap_or_else(|panic| Err(panicked("a worker of the consumer", panic))) {
                Ok(next) => {
                    if work.is_marked && matches!(next, Next::Done) {
                        self.acknowledge_at_once(&work);
                    }
                    last = Some((work, next));
                }
                // The bus refuses: whatever is in hand is for the next start.
                Err(error) => {
                    self.shared.window.give_back(self.number, work);
                    self.shared.window.end(End::Bus(error));
                }
            }
        }
    }

    /// Acknowledges what was marked before the next one begins. If that one kills the process, this one would be marked once
    /// more for it, and in the end be taken for the culprit.
    fn acknowledge_at_once(&self, work: &Work) {
        let entry = std::slice::from_ref(&work.delivery.entry);
        // It is acknowledged with the others once more, which does no harm, and makes up for what fails here.
        if let Err(error) = self.shared.consumer.acknowledge(entry) {
            tracing::warn!(topic = %self.shared.subscription.topic, %error, "could not acknowledge at once; trying again");
        }
    }

    /// Handles an entry as far as it goes now.
    fn handle(&self, work: &mut Work) -> Result<Next, BusError> {
        work.since.get_or_insert_with(Instant::now);
        if let Some(letter) = work.letter.take() {
            return self.bury(work, letter);
        }
        if work.delivery.is_redelivered
            && !work.is_marked
            && let Some(next) = self.mark(work)?
        {
            return Ok(next);
        }
        if work.decoded.is_none() {
            let Shared { subscription, schemas, backend, .. } = &*self.shared;
            match Decoded::of(&work.delivery, &subscription.topic, schemas, &**backend) {
                Ok(decoded) if self.is_refused(&decoded) => {
                    let release = decoded.metadata.sourcelib();
                    let error =
                        format!("written by the release {release:?} of openedx-events, which is not known");
                    return self.bury(work, DeadLetter::new(DeadLetterReason::Undecodable, error));
                }
                Ok(decoded) => {
                    if let Some(next) = self.line_up(work, &decoded) {
                        return Ok(next);
                    }
                    work.decoded = Some(decoded);
                }
                Err(Undecoded::Dead(letter)) => return self.bury(work, letter),
                Err(Undecoded::NotNow(error)) => {
                    return self.later(&error, work, "could not look up the schema of a message");
                }
            }
        }
        self.run_receivers(work)
    }

    /// Whether the event was read by a guess, and guesses are not wanted.
    fn is_refused(&self, decoded: &Decoded) -> bool {
        decoded.is_guess && self.shared.settings.unknown_release == UnknownRelease::DeadLetter
    }

    /// Marks that an entry that came again is begun. One that has killed the process too often is not begun again.
    fn mark(&self, work: &mut Work) -> Result<Option<Next>, BusError> {
        let marks = match self.shared.consumer.count_attempt(&work.delivery.entry) {
            Ok(marks) => marks,
            Err(error) => {
                return self.later(&error, work, "could not mark an entry that came again").map(Some);
            }
        };
        work.is_marked = true;
        if marks <= self.shared.settings.max_crashes {
            return Ok(None);
        }
        let times = marks - 1;
        let letter = DeadLetter::new(
            DeadLetterReason::Crashed,
            format!("the process died {times} times while it handled this event"),
        );
        self.bury(work, letter).map(Some)
    }

    /// Finds the receivers of an event; it is done if it reaches nobody.
    fn line_up(&self, work: &mut Work, decoded: &Decoded) -> Option<Next> {
        let counts = &self.shared.counts;
        if decoded.is_guess {
            counts.unknown_releases.add(1);
            self.shared.warn_of_unknown_release(decoded.metadata.sourcelib());
        }
        let suppressed = match gate::refusal(decoded.route.gate.bits()) {
            Some(Undelivered::Disabled) => Some((&counts.disabled, "the signal is disabled")),
            Some(_) => Some((&counts.no_receivers, "no receivers")),
            None => None,
        };
        if let Some((count, reason)) = suppressed {
            count.add(1);
            tracing::debug!(event_type = decoded.metadata.event_type(), event_id = %decoded.metadata.id(), reason, "event suppressed");
            self.tell(work, decoded, EventOutcome::Unheard);
            return Some(Next::Done);
        }
        let connected = decoded.connected.as_ref().map_or(0, |list| list.len());
        let receivers = decoded.route.plan.receivers().len() + connected;
        work.receivers.resize_with(receivers, || Progress::NEW);
        None
    }

    /// Runs the receivers that are not done yet, and whose time has come.
    fn run_receivers(&self, work: &mut Work) -> Result<Next, BusError> {
        let Some(decoded) = &work.decoded else { return Ok(Next::Dropped) };
        if let Some(before) = &self.shared.hooks.before {
            before(&decoded.metadata);
        }
        // Full jitter, so that events that failed together do not come again together. The receivers of one do, as they run
        // one after the other.
        let part = fastrand::f64();
        for (number, progress) in work.receivers.iter_mut().enumerate() {
            if !progress.is_due() {
                continue;
            }
            match Callee::of(decoded, number) {
                Some(callee) => self.attempt(&callee, decoded, progress, part)?,
                None => *progress = Progress::Done,
            }
        }
        let outcome = self.outcome(&work.receivers);
        self.tell(work, decoded, outcome);
        self.next(work, outcome)
    }

    /// Tells the hook, if there is one.
    fn tell(&self, work: &Work, decoded: &Decoded, outcome: EventOutcome) {
        if let Some(after) = &self.shared.hooks.after {
            after(&Consumed {
                topic: &self.shared.subscription.topic,
                entry: &work.delivery.entry,
                event: &*decoded.event,
                metadata: &decoded.metadata,
                outcome,
            });
        }
    }

    /// What becomes of an event whose receivers have come so far.
    fn outcome(&self, receivers: &[Progress]) -> EventOutcome {
        let is_any_open = receivers.iter().any(Progress::is_open);
        let is_any_dead = receivers.iter().any(Progress::is_given_up);
        match self.shared.settings.ack_policy {
            AckPolicy::Always if is_any_open || is_any_dead => EventOutcome::GivenUp,
            AckPolicy::OnSuccess if is_any_open => EventOutcome::Again,
            AckPolicy::OnSuccess if is_any_dead => EventOutcome::Dead,
            AckPolicy::Always | AckPolicy::OnSuccess => EventOutcome::Done,
        }
    }

    /// Runs a receiver once, unless it is remembered to have done the event. If it fails, it pauses for this part of the
    /// longest pause.
    fn attempt(
        &self,
        callee: &Callee<'_>,
        decoded: &Decoded,
        progress: &mut Progress,
        part: f64,
    ) -> Result<(), BusError> {
        let policy = Policy::of(&self.shared.settings, callee.info);
        let is_remembered = policy.dedup && !self.has_namesake(callee, decoded);
        let record = is_remembered.then(|| record_of(callee.info, decoded));
        if let Some(record) = &record
            && self.is_recorded(record)?
        {
            self.shared.counts.repeats.add(1);
            *progress = Progress::Done;
            return Ok(());
        }
        let context = decoded.route.context(&decoded.metadata, true, None);
        let told_after = if callee.info.is_async { policy.timeout.map(not_dropped) } else { policy.timeout };
        self.shared.window.runs(self.number, callee.path, told_after);
        match callee.run(&*decoded.event, &context, |receiver| self.block_on(receiver, policy.timeout)) {
            Ok(()) => {
                if let Some(record) = record {
                    self.record(&record);
                }
                *progress = Progress::Done;
            }
            Err(error) if Verdict::of(&error) == Verdict::Skip => {
                self.shared.counts.skipped.add(1);
                *progress = Progress::Done;
            }
            Err(error) => {
                self.shared.counts.failed_attempts.add(1);
                let may_end = !self.shared.window.state().is_storm();
                progress.fail(&error, &callee.info.path, &policy.retry, part, may_end);
                self.log_failure(callee.info, decoded, &error, progress);
            }
        }
        Ok(())
    }

    fn next(&self, work: &mut Work, outcome: EventOutcome) -> Result<Next, BusError> {
        match outcome {
            EventOutcome::GivenUp => {
                self.shared.counts.given_up.add(1);
                return Ok(self.one_more_error(Next::Done));
            }
            EventOutcome::Again => {
                // One time for all, so that those that pause as long come again together.
                let now = LazyCell::new(Instant::now as fn() -> Instant);
                let again = work.receivers.iter_mut().filter_map(|progress| progress.rest(&now)).min();
                return Ok(Next::Again(again.unwrap_or_else(|| *now)));
            }
            EventOutcome::Dead => {
                if let Some(letter) = letter(&work.receivers) {
                    return self.bury(work, letter);
                }
            }
            EventOutcome::Done | EventOutcome::Unheard => {}
        }
        self.shared.counts.done.add(1);
        self.shared.no_error();
        Ok(Next::Done)
    }

    /// Puts an entry among the dead letters.
    fn bury(&self, work: &mut Work, letter: DeadLetter) -> Result<Next, BusError> {
        let reason = letter.reason;
        if self.shared.settings.ack_policy == AckPolicy::Always {
            self.shared.counts.given_up.add(1);
            self.shared.log_given_up(&work.delivery, &letter);
            return Ok(self.one_more_error(Next::Done));
        }
        let number = match self.shared.consumer.dead_letter(&work.delivery, &letter) {
            Ok(number) => number,
            Err(error) => {
                // The original stays where it is until its letter is written.
                work.letter = Some(letter);
                return self.later(&error, work, "could not write a dead letter");
            }
        };
        if let Some(number) = number {
            self.shared.see_dead_letters(number);
        }
        let counts = &self.shared.counts;
        match reason {
            DeadLetterReason::ReceiverFailed => &counts.dead,
            DeadLetterReason::Undecodable => &counts.undecodable,
            DeadLetterReason::UnknownType => &counts.unknown_types,
            DeadLetterReason::Crashed => &counts.crashed,
        }
        .add(1);
        self.shared.log_dead_letter(&work.delivery, &letter);
        Ok(self.one_more_error(Next::Buried))
    }

    fn one_more_error(&self, next: Next) -> Next {
        let in_a_row = self.shared.one_more_error();
        if self.shared.settings.consecutive_errors_limit.is_some_and(|limit| in_a_row >= limit) {
            self.shared.window.end(End::TooManyErrors(in_a_row));
        }
        next
    }

    /// An operation of the bus has failed that an entry needs: it comes again after a pause, or the consumer ends.
    fn later(&self, error: &BusError, work: &Work, what: &str) -> Result<Next, BusError> {
        tracing::error!(entry = %work.delivery.entry, topic = %self.shared.subscription.topic, %error, "{what}");
        if !error.is_transient() {
            return Err(BusError::new(error.kind(), format!("{what}: {error}")));
        }
        let policy = RetryPolicy { initial_backoff: Duration::from_secs(1), ..RetryPolicy::default() };
        Ok(Next::Again(Instant::now() + policy.pause(3, fastrand::f64())))
    }

    /// Awaits a receiver on this thread, at most for its time limit.
    fn block_on(&self, receiver: Running<'_>, timeout: Option<Duration>) -> Result<(), ReceiverError> {
        self.runtime.block_on(async {
            match timeout {
                None => receiver.await,
                Some(limit) => match tokio::time::timeout(limit, receiver).await {
                    Ok(result) => result,
                    Err(_) => {
                        Err(ReceiverError::Failed(format!("not done after {limit:?}, its time limit").into()))
                    }
                },
            }
        })
    }

    /// Whether what the receiver has done could be taken for what another one has: then it is better run twice than never.
    fn has_namesake(&self, callee: &Callee<'_>, decoded: &Decoded) -> bool {
        let has_namesake = callee.has_namesake(decoded);
        if has_namesake {
            self.shared.warn_of_namesakes(&callee.info.path);
        }
        has_namesake
    }

    fn is_recorded(&self, record: &str) -> Result<bool, BusError> {
        let mut pause = Duration::from_millis(100);
        loop {
            match self.shared.consumer.processed(&[record.to_owned()]) {
                Ok(recorded) => return Ok(recorded.first().copied().unwrap_or_default()),
                Err(error) if !error.is_transient() => return Err(error),
                // To run a receiver that may have done the event is what was asked not to be done.
                Err(error) => {
                    tracing::warn!(%error, "cannot see what receivers have done");
                    if self.shared.window.state().phase != Phase::Running {
                        return Err(error);
                    }
                    std::thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_secs(5));
                }
            }
        }
    }

    fn record(&self, record: &str) {
        if let Err(error) = self.shared.consumer.mark_processed(record) {
            tracing::warn!(%error, "could not remember what a receiver has done; it may do it again after a crash");
        }
    }

    fn log_failure(
        &self,
        receiver: &ReceiverInfo,
        decoded: &Decoded,
        error: &ReceiverError,
        progress: &Progress,
    ) {
        tracing::error!(
            event_type = decoded.metadata.event_type(),
            event_id = %decoded.metadata.id(),
            topic = %self.shared.subscription.topic,
            %receiver,
            error = %Chain(error),
            given_up = progress.is_given_up(),
            "receiver failed"
        );
    }
}

/// Under what the receiver's run for this event is remembered.
fn record_of(info: &ReceiverInfo, decoded: &Decoded) -> String {
    format!("{} {}", info.path, decoded.metadata.id())
}

/// After how long an async receiver has surely not let itself be dropped at its time limit.
fn not_dropped(timeout: Duration) -> Duration {
    timeout.saturating_add(Duration::from_secs(1))
}
