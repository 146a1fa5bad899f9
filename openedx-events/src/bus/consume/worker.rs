//! Handling entries, one after the other: [`Worker`].

use std::any::Any;
use std::cell::Cell;
use std::fmt::Display;
use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use tokio::runtime::Handle;

use super::LOG;
use super::around;
use super::around::{Ran, ReceivedEvent};
use super::attempt::{Attempt, AttemptEnd, Attempted, Refusal};
use super::call::Call;
use super::circuit::{Effect, Failures, Reason};
use super::consumed::{Consumed, EventOutcome};
use super::dead_lettering::{dead_letter, retry_at};
use super::decode::{Decoded, Undecoded};
use super::parking;
use super::policy::Policy;
use super::progress::{self, EventProgress, GivenUp, ReceiverProgress};
use super::runs::Runs;
use super::settings::{AckPolicy, UnknownRelease};
use super::shared::{self, Shared};
use super::window::{
    End, Entry, Fetched, Fetches, Job, OpenShare, Origin, Settlement, Share, ShareEnd, Stage, StoreChange,
    Wait,
};
use crate::bus::contract::error::BusError;
use crate::bus::contract::{EntryId, EntryWrite};
use crate::bus::message::Header;
use crate::bus::message::dead_letter::{DeadLetter, DeadLetterReason, ReceiverFailure};
use crate::bus::observe::SuppressedReason;
use crate::bus::spans;
use crate::random;
use crate::receiver::error::ReceiverError;
use crate::signal::gate;
use crate::signal::undelivered::Undelivered;

/// One of the threads that handle the entries of a topic.
struct Worker {
    number: usize,
    shared: Arc<Shared>,
    runtime: Handle,
}

/// An entry that was handled, and what becomes of it.
type Settled = (Box<Entry>, Settlement);

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
        let mut last = None;
        while let Some(job) = self.shared.window().next(self.number, last.take()) {
            last = match job {
                Job::Entry(entry) => self.entry(entry, Self::handle),
                Job::Share(share) => self.share(*share),
                Job::Fetch(fetches) => {
                    self.fetch(fetches);
                    None
                }
            };
        }
    }

    /// Fetches parked events. They are picked next.
    fn fetch(&self, fetches: Fetches) {
        let results = catch_unwind(AssertUnwindSafe(|| parking::fetch(&self.shared, &fetches.events)));
        let results = results.unwrap_or_else(|panic| Err(shared::panicked("fetching parked events", panic)));
        let window = self.shared.window();
        match results {
            Ok(results) => window.fetched(self.number, fetches, results),
            Err(error) => {
                let events = fetches.events.len();
                let later = (0..events).map(|_| Fetched::Later(Instant::now())).collect();
                window.fetched(self.number, fetches, later);
                window.end(End::Bus(error));
            }
        }
    }

    /// Handles an entry that this worker has. `None` if it has gone back to the window, as the consumer ends.
    fn entry(
        &self,
        mut entry: Box<Entry>,
        handle: impl Fn(&Self, &mut Entry) -> Result<Settlement, BusError>,
    ) -> Option<Settled> {
        // Receivers and hooks contain their own panics; this is for what an event leaves behind to be dropped.
        match catch_unwind(AssertUnwindSafe(|| handle(self, &mut entry))) {
            Ok(Ok(settlement)) => {
                self.settle_attempt(&mut entry, &settlement);
                Some((entry, settlement))
            }
            // The bus refuses: what is in flight is for the next start.
            Ok(Err(error)) => {
                self.shared.window().give_back(self.number, entry);
                self.shared.window().end(End::Bus(error));
                None
            }
            // Another attempt would panic again.
            Err(panic) => {
                let error = panicked(panic);
                entry.stage = Stage::DeadLetter(DeadLetter::new(DeadLetterReason::Crashed, error));
                Some((entry, Settlement::Retry { at: Instant::now() }))
            }
        }
    }

    /// The counted attempt of a redelivered entry has returned, whatever has come of it. This is recorded before the
    /// next one begins: if that one kills the process, this one is not blamed for it.
    fn settle_attempt(&self, entry: &mut Entry, settlement: &Settlement) {
        if let (Settlement::Done, Some(change)) = (settlement, entry.suspect_done()) {
            self.settle_start(change);
        }
        if !entry.is_attempt_counted {
            return;
        }
        let id = &entry.delivery.entry;
        let consumer = self.shared.consumer();
        let settled = match settlement {
            // It is acknowledged once more with the others, which does no harm and makes up for a failure here.
            Settlement::Done => consumer.acknowledge(std::slice::from_ref(id)),
            Settlement::DeadLettered | Settlement::Lost => Ok(()),
            Settlement::Retry { .. } | Settlement::Open(_) => consumer.attempt_returned(id).map(drop),
        };
        match settled {
            Ok(()) => {
                self.shared.window().attempt_settled(id);
                entry.is_attempt_counted = false;
            }
            Err(error) => self.could_not_settle(&error),
        }
    }

    /// A parked event that may have killed a process has run and returned, whatever has come of it. This is recorded at
    /// once: if the next one kills the process, this one is not blamed for it.
    fn settle_start(&self, change: StoreChange) {
        if let Err(error) = parking::settle(&self.shared, &[change]) {
            self.could_not_settle(&error);
        }
    }

    fn could_not_settle(&self, error: &BusError) {
        let topic = self.shared.topic();
        tracing::warn!(target: LOG, %topic, %error, "could not settle an attempt of a redelivered entry; retrying");
    }

    /// Runs one receiver of an entry. Returns the entry if it was the last one.
    fn share(&self, mut share: Share) -> Option<Settled> {
        let window = self.shared.window();
        let mut failures = mem::take(&mut share.failures);
        let event = Arc::clone(&share.event);
        let run = || self.run_share(&mut share, &event, &mut failures);
        let (end, is_error, runs) = match catch_unwind(AssertUnwindSafe(run)) {
            Ok(Ok(end)) => end,
            Ok(Err(error)) => {
                window.give_back_share(self.number, &share, failures);
                window.end(End::Bus(error));
                return None;
            }
            Err(panic) => (ShareEnd::GivenUp(crashed(panicked(panic))), false, Runs::default()),
        };
        if matches!(end, ShareEnd::Lost)
            || matches!(&end, ShareEnd::GivenUp(given_up) if given_up.reason == Reason::Crashes)
        {
            self.shared.circuits().left_out(share.circuit, &mut failures);
        }
        if share.is_attempt_counted {
            match self.shared.consumer().attempt_returned(&share.entry) {
                Ok(_) => {
                    window.attempt_settled(&share.entry);
                    share.is_attempt_counted = false;
                }
                Err(error) => self.could_not_settle(&error),
            }
        }
        let has_opened = matches!(&end, ShareEnd::Failed { effect, .. } if effect.has_opened);
        let (entry, errors) = window.end_share(self.number, &share, failures, end, is_error);
        self.shared.events_failed(u32::from(errors));
        if has_opened {
            self.shared.events_failed(window.count_errors(share.circuit));
        }
        if entry.is_none()
            && share.is_suspect
            && let Some(change) = window.returned(&share)
        {
            self.settle_start(change);
        }
        if entry.is_none() {
            self.after_message(&share.entry, &event, &event.headers, EventOutcome::Retrying, &runs);
        }
        entry.and_then(|entry| self.entry(entry, |worker, entry| worker.close(entry, &runs)))
    }

    /// Runs one receiver. Returns what has come of it, and whether its event counts as an error.
    fn run_share<'e>(
        &self,
        share: &mut Share,
        event: &'e Decoded,
        failures: &mut Failures,
    ) -> Result<(ShareEnd, bool, Runs<'e>), BusError> {
        if share.is_suspect && !share.is_of_store && !share.is_attempt_counted {
            match self.count_attempt(&share.entry)? {
                Counted::Begins => share.is_attempt_counted = true,
                Counted::Died(error) => {
                    share.is_attempt_counted = true;
                    return Ok((ShareEnd::GivenUp(crashed(error)), false, Runs::default()));
                }
                Counted::Lost => return Ok((ShareEnd::Lost, false, Runs::default())),
                Counted::NotNow(at) => {
                    let (wait, effect) = (Wait::Tried(at), Effect::default());
                    return Ok((ShareEnd::Failed { wait, effect }, false, Runs::default()));
                }
            }
        }
        let Some(call) = Call::of(event, share.call) else {
            // A closure that has disconnected.
            self.shared.circuits().left_out(share.circuit, failures);
            return Ok((ShareEnd::Done, false, Runs::default()));
        };
        let (attempted, runs) = self.inside_hooks(&share.entry, event, &event.headers, |refusal| {
            let mut runs = Runs::default();
            let mut attempted = self.attempt(event).run(&call, failures, refusal)?;
            runs.add(&call, &mut attempted, &self.shared);
            self.processed(&runs);
            let has_failed = runs.have_failed();
            Ok(((attempted, runs), has_failed))
        })?;
        let end = match attempted.end {
            AttemptEnd::Done => ShareEnd::Done,
            AttemptEnd::GivenUp(given_up) => ShareEnd::GivenUp(given_up),
            AttemptEnd::Waits(wait) => ShareEnd::Failed { wait, effect: attempted.effect },
        };
        Ok((end, attempted.effect.is_error, runs))
    }

    /// Runs receivers inside the hooks around them and the span of processing. `receivers` is called once, with the
    /// refusal of a hook if there is one, and also returns whether one of them has failed.
    fn inside_hooks<T>(
        &self,
        entry: &EntryId,
        event: &Decoded,
        headers: &[Header],
        mut receivers: impl FnMut(Option<&Refusal>) -> Result<(T, bool), BusError>,
    ) -> Result<T, BusError> {
        let hooks = self.shared.hooks();
        let mut run = |refusal: Option<&Refusal>| {
            let span = self.shared.process_span(event);
            let _entered = span.enter();
            if refusal.is_none() {
                hooks.before(&event.metadata);
            }
            let result = receivers(refusal);
            let is_ok = matches!(&result, Ok((_, false)));
            if !is_ok {
                spans::not_processed(&span);
            }
            (result.map(|(value, _)| value), Ran { is_ok })
        };
        if hooks.around().is_empty() {
            return run(None).0;
        }
        let received = ReceivedEvent {
            topic: self.shared.topic(),
            entry,
            event: &*event.event,
            metadata: &event.metadata,
            headers,
            traceparent: event.traceparent,
        };
        around::run_inside(hooks.around(), &received, run)
    }

    /// Handles an entry as far as possible now.
    fn handle(&self, entry: &mut Entry) -> Result<Settlement, BusError> {
        if let Stage::DeadLetter(_) = &entry.stage
            && let Stage::DeadLetter(letter) = mem::replace(&mut entry.stage, Stage::Begun)
        {
            return dead_letter(&self.shared, entry, letter);
        }
        if entry.is_suspect() && entry.origin == Origin::Topic && !entry.is_attempt_counted {
            match self.count_attempt(&entry.delivery.entry)? {
                Counted::Begins => entry.is_attempt_counted = true,
                Counted::Died(error) => {
                    entry.is_attempt_counted = true;
                    let letter = DeadLetter::new(DeadLetterReason::Crashed, error);
                    return dead_letter(&self.shared, entry, letter);
                }
                Counted::Lost => return Ok(Settlement::Lost),
                Counted::NotNow(at) => return Ok(Settlement::Retry { at }),
            }
        }
        if self.is_unwanted(entry) {
            return Ok(Settlement::Done);
        }
        match self.shared.decode(&entry.delivery) {
            Ok(decoded) if self.is_refused(&decoded) => {
                let release = decoded.metadata.sourcelib();
                let error = format!("encoded by the unknown release {release:?} of openedx-events");
                let letter = DeadLetter::new(DeadLetterReason::Undecodable, error);
                dead_letter(&self.shared, entry, letter)
            }
            Ok(decoded) if self.is_suppressed(entry, &decoded) => Ok(Settlement::Done),
            Ok(decoded) => self.run_receivers(entry, decoded),
            Err(Undecoded::Dead(letter)) => dead_letter(&self.shared, entry, letter),
            Err(Undecoded::NotNow(error)) => {
                let what = "cannot look up the schema of an event";
                let at = retry_at(&self.shared, &entry.delivery.entry, error, what)?;
                Ok(Settlement::Retry { at })
            }
        }
    }

    /// Counts on the bus that a redelivered entry begins.
    fn count_attempt(&self, entry: &EntryId) -> Result<Counted, BusError> {
        let attempts = match self.shared.consumer().count_attempt(entry) {
            Ok(EntryWrite::Done(attempts)) => attempts,
            Ok(EntryWrite::Claimed) => {
                self.shared.entry_was_claimed(entry);
                return Ok(Counted::Lost);
            }
            Ok(EntryWrite::NoGroup) => return Ok(Counted::Lost),
            Err(error) => {
                let what = "cannot count an attempt of a redelivered entry";
                return retry_at(&self.shared, entry, error, what).map(Counted::NotNow);
            }
        };
        self.shared.window().attempt_counted(entry);
        if attempts <= self.shared.settings().max_crashes {
            return Ok(Counted::Begins);
        }
        // All but this one, which has just begun.
        let crashes = attempts - 1;
        Ok(Counted::Died(format!("the process died {crashes} times while it handled this event")))
    }

    /// Whether the consumer has a recipient that does not take events of this type. An invalid message has none, and is
    /// dead-lettered.
    fn is_unwanted(&self, entry: &Entry) -> bool {
        let Some(recipient) = self.shared.recipient() else { return false };
        let message = &entry.delivery.message;
        let Ok(event_type) = message.event_type() else { return false };
        if recipient.wants(event_type) {
            return false;
        }
        self.suppressed(SuppressedReason::NoReceivers, event_type, message.event_id().unwrap_or_default());
        true
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
        let reason = match gate::refusal(decoded.route.gate.bits()) {
            Some(Undelivered::Disabled) => SuppressedReason::Disabled,
            // The gate knows the receivers of the program alone.
            _ if decoded.recipient.is_some() => return false,
            Some(_) => SuppressedReason::NoReceivers,
            None if decoded.has_no_receivers() => SuppressedReason::NoReceivers,
            None => return false,
        };
        self.suppressed(reason, decoded.metadata.event_type(), decoded.metadata.id());
        let headers = &entry.delivery.message.headers;
        let (outcome, runs) = (EventOutcome::Suppressed, Runs::default());
        self.after_message(&entry.delivery.entry, decoded, headers, outcome, &runs);
        true
    }

    /// Counts an event that reaches nobody.
    fn suppressed(&self, reason: SuppressedReason, event_type: &str, event_id: impl Display) {
        let counts = self.shared.counts();
        let (count, reason_text) = match reason {
            SuppressedReason::Disabled => (&counts.disabled, "the signal is disabled"),
            SuppressedReason::NoReceivers => (&counts.no_receivers, "no receivers"),
        };
        count.add(1);
        self.shared.observers().tell(|observer| observer.suppressed(&self.shared.observed(), reason));
        let topic = self.shared.topic();
        tracing::debug!(target: LOG, event_type, %event_id, %topic, reason = reason_text, "event suppressed");
    }

    /// Runs the receivers of an event for the first time, but those that do not seem to work.
    fn run_receivers(&self, entry: &mut Entry, mut decoded: Decoded) -> Result<Settlement, BusError> {
        let message = &entry.delivery.message;
        let pass = self.inside_hooks(&entry.delivery.entry, &decoded, &message.headers, |refusal| {
            let pass = self.first_pass(entry, &decoded, refusal)?;
            let has_failed = pass.runs.have_failed();
            Ok((pass, has_failed))
        })?;
        let FirstPass { receivers, open, is_error, runs } = pass;
        self.shared.events_failed(u32::from(is_error));
        if open.is_empty() {
            return self.end(entry, &decoded, &receivers, &runs);
        }
        let outcome = EventOutcome::Retrying;
        self.after_message(&entry.delivery.entry, &decoded, &message.headers, outcome, &runs);
        drop(runs);
        self.shared.hooks().keep_headers(&mut decoded, message);
        let event = Arc::new(decoded);
        entry.stage = Stage::Open(Box::new(EventProgress {
            event,
            receivers,
            calls: Vec::new(),
            is_lost: false,
            is_error,
        }));
        Ok(Settlement::Open(open))
    }

    fn first_pass<'e>(
        &self,
        entry: &Entry,
        decoded: &'e Decoded,
        refusal: Option<&Refusal>,
    ) -> Result<FirstPass<'e>, BusError> {
        let mut receivers = Vec::new();
        receivers.resize_with(decoded.number_of_receivers(), || ReceiverProgress::Pending);
        let mut pass = FirstPass { receivers, open: Vec::new(), is_error: false, runs: Runs::default() };
        let attempt = self.attempt(decoded);
        let order = self.order(decoded);
        for number in 0..pass.receivers.len() {
            let number = order.as_ref().map_or(number, |order| order[number]);
            let call = Call::of(decoded, number);
            let is_chosen = |call: &Call<'_>| self.shared.is_chosen(&entry.delivery.entry, &call.info.path);
            let Some(call) = call.filter(is_chosen) else {
                pass.receivers[number] = ReceiverProgress::Done;
                continue;
            };
            let mut failures = Failures::default();
            let mut attempted = if self.may_run(entry, &call, &mut failures) {
                attempt.run(&call, &mut failures, refusal)?
            } else {
                failures.waits(Instant::now());
                Attempted::none()
            };
            pass.runs.add(&call, &mut attempted, &self.shared);
            let Attempted { end, effect, .. } = attempted;
            pass.is_error |= effect.is_error;
            pass.receivers[number] = match end {
                AttemptEnd::Done => ReceiverProgress::Done,
                AttemptEnd::GivenUp(given_up) => ReceiverProgress::GivenUp(given_up),
                AttemptEnd::Waits(wait) => {
                    let circuit = self.shared.circuits().of(&call.info.path);
                    let outage_limit = Policy::of(self.shared.settings(), call.info).outage_limit;
                    pass.open.push(OpenShare { number, circuit, outage_limit, wait, effect });
                    ReceiverProgress::Open(circuit, failures)
                }
            };
        }
        self.processed(&pass.runs);
        Ok(pass)
    }

    fn processed(&self, runs: &Runs<'_>) {
        let (shared, has_failed) = (&self.shared, runs.have_failed());
        shared.observers().tell(|observer| observer.processed(&shared.observed(), runs.duration, has_failed));
    }

    /// The numbers of the receivers in the order in which they run, if it is not their own: those that fail come last,
    /// as they may take long.
    fn order(&self, decoded: &Decoded) -> Option<Vec<usize>> {
        let circuits = self.shared.circuits();
        if circuits.are_quiet() {
            return None;
        }
        let mut order: Vec<_> = (0..decoded.number_of_receivers()).collect();
        let fails = |number: &usize| {
            let call = Call::of(decoded, *number);
            call.is_some_and(|call| !circuits.is_blank(circuits.of(&call.info.path)))
        };
        order.sort_by_key(fails);
        Some(order)
    }

    /// Whether a receiver may run. Otherwise the event waits for it.
    fn may_run(&self, entry: &Entry, call: &Call<'_>, failures: &mut Failures) -> bool {
        let circuits = self.shared.circuits();
        if circuits.are_quiet() || self.shared.settings().ack_policy == AckPolicy::Always {
            return true;
        }
        self.shared.window().may_run(entry, circuits.of(&call.info.path), failures)
    }

    fn attempt<'a>(&'a self, decoded: &'a Decoded) -> Attempt<'a> {
        Attempt {
            shared: &self.shared,
            worker: self.number,
            runtime: &self.runtime,
            decoded,
            // Full jitter, so that events that failed together are not retried together.
            jitter: random::part(),
            began: Cell::new(None),
        }
    }

    /// Settles an entry whose last open receiver has ended.
    fn close(&self, entry: &mut Entry, runs: &Runs<'_>) -> Result<Settlement, BusError> {
        match mem::replace(&mut entry.stage, Stage::Begun) {
            Stage::Open(progress) if progress.is_lost => Ok(Settlement::Lost),
            Stage::Open(progress) => self.end(entry, &progress.event, &progress.receivers, runs),
            Stage::New | Stage::Begun | Stage::DeadLetter(_) => Ok(Settlement::Done),
        }
    }

    /// Settles an entry whose receivers have all ended.
    fn end(
        &self,
        entry: &mut Entry,
        decoded: &Decoded,
        receivers: &[ReceiverProgress],
        runs: &Runs<'_>,
    ) -> Result<Settlement, BusError> {
        let letter = progress::dead_letter(receivers);
        let outcome = match (&letter, self.shared.settings().ack_policy) {
            (None, _) => EventOutcome::Done,
            (Some(_), AckPolicy::OnSuccess) => EventOutcome::DeadLettered,
            (Some(_), AckPolicy::Always) => EventOutcome::GivenUp,
        };
        self.after_message(&entry.delivery.entry, decoded, &entry.delivery.message.headers, outcome, runs);
        match letter {
            Some(letter) if outcome == EventOutcome::DeadLettered => {
                return dead_letter(&self.shared, entry, letter);
            }
            Some(_) => {
                self.shared.counts().given_up.add(1);
                self.shared.events_failed(1);
            }
            None => self.shared.event_done(),
        }
        Ok(Settlement::Done)
    }

    fn after_message(
        &self,
        entry: &EntryId,
        decoded: &Decoded,
        headers: &[Header],
        outcome: EventOutcome,
        runs: &Runs<'_>,
    ) {
        self.shared.hooks().after(&Consumed {
            topic: self.shared.topic(),
            entry,
            event: &*decoded.event,
            metadata: &decoded.metadata,
            outcome,
            runs: &runs.list,
            duration: runs.duration,
            headers,
            traceparent: decoded.traceparent,
        });
    }
}

/// What has come of the receivers of an event the first time.
struct FirstPass<'e> {
    receivers: Vec<ReceiverProgress>,
    /// Those that wait.
    open: Vec<OpenShare>,
    /// Whether the event counts as an error.
    is_error: bool,
    runs: Runs<'e>,
}

/// What has come of counting that a redelivered entry begins.
enum Counted {
    Begins,
    /// It has killed the process too often.
    Died(String),
    /// The entry is another consumer's by now, or nobody's.
    Lost,
    /// It could not be counted, and may not begin before this time.
    NotNow(Instant),
}

fn crashed(error: String) -> GivenUp {
    GivenUp { failure: ReceiverFailure::new(error), reason: Reason::Crashes }
}

fn panicked(panic: Box<dyn Any + Send>) -> String {
    format!("the consumer {} while it handled this event", ReceiverError::panicked(panic))
}
