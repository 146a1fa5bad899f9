//! One attempt of a receiver: [`Attempt`].

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use super::LOG;
use super::call::Call;
use super::circuit::{Effect, Failed, Failures, Reason, Rules, Verdict};
use super::decode::Decoded;
use super::dedup::Record;
use super::policy::Policy;
use super::progress::{FailureKind, GivenUp, RunFailure};
use super::receiver_run::RunOutcome;
use super::recipient::Recipient;
use super::settings::AckPolicy;
use super::shared::Shared;
use super::window::{End, Wait};
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::message::dead_letter::ReceiverFailure;
use crate::bus::retry::deadline;
use crate::chain::Chain;
use crate::receiver::ReceiverInfo;
use crate::receiver::error::ReceiverError;
use crate::signal::context::Context;
use crate::signal::dispatch::run::Contained;
use crate::unheard;

/// Runs receivers of an event on the thread of a worker, each once.
pub(super) struct Attempt<'a> {
    pub(super) shared: &'a Shared,
    pub(super) worker: usize,
    pub(super) runtime: &'a Handle,
    pub(super) decoded: &'a Decoded,
    /// Which part of the longest backoff is taken. The same for all receivers of the event, so that they are retried
    /// together.
    pub(super) jitter: f64,
    /// When the receiver was called that runs; `None` if none does.
    pub(super) began: Cell<Option<Instant>>,
}

/// A hook does not let receivers have an event.
pub(super) struct Refusal {
    pub(super) failure: RunFailure,
    pub(super) error: String,
}

/// What has come of an attempt, for the event and for those who look on.
pub(super) struct Attempted {
    pub(super) end: AttemptEnd,
    pub(super) effect: Effect,
    pub(super) outcome: RunOutcome,
    pub(super) attempt: u32,
    pub(super) error: Option<String>,
    pub(super) duration: Duration,
}

impl Attempted {
    /// The receiver was not called, as it does not seem to work.
    pub(super) fn none() -> Self {
        Self {
            end: AttemptEnd::Waits(Wait::Untried),
            effect: Effect::default(),
            outcome: RunOutcome::Waiting,
            attempt: 1,
            error: None,
            duration: Duration::ZERO,
        }
    }
}

/// What becomes of an event after an attempt.
pub(super) enum AttemptEnd {
    Done,
    GivenUp(GivenUp),
    Waits(Wait),
}

/// The longest time to wait for another copy of the event that the receiver processes at the moment.
const COPY: Duration = Duration::from_millis(50);

impl Attempt<'_> {
    /// Runs a receiver once, unless a hook has refused the event.
    pub(super) fn run(
        &self,
        call: &Call<'_>,
        failures: &mut Failures,
        refusal: Option<&Refusal>,
    ) -> Result<Attempted, BusError> {
        // Of a parked event it may be unknown.
        let attempt = failures.runs().saturating_add(1);
        let result = match refusal {
            None => self.run_once(call, failures)?,
            Some(Refusal { failure, error }) => Err((*failure, error.clone())),
        };
        if let (Err((RunFailure { kind: FailureKind::Closed, .. }, error)), Some(recipient)) =
            (&result, self.decoded.recipient.as_deref())
        {
            return Err(self.recipient_closed(recipient, error));
        }
        let done = |outcome| (AttemptEnd::Done, Effect::default(), outcome, None);
        let (end, effect, outcome, error) = match result {
            Ok(RunOutcome::Waiting) => {
                let wait = Wait::Backoff(Instant::now() + COPY.mul_f64(self.jitter));
                (AttemptEnd::Waits(wait), Effect::default(), RunOutcome::Waiting, None)
            }
            Ok(outcome) => done(outcome),
            Err((RunFailure { kind: FailureKind::Skip, .. }, _)) => {
                self.shared.counts().skipped.add(1);
                self.left_out(call, failures);
                done(RunOutcome::Skipped)
            }
            Err((failure, error)) => {
                let policy = Policy::of(self.shared.settings(), call.info);
                let (end, effect) = self.failed(call, failures, &policy, failure, error.clone());
                let is_over = matches!(end, AttemptEnd::GivenUp(_));
                let outcome = if is_over { RunOutcome::GivenUp } else { RunOutcome::Failed };
                (end, effect, outcome, Some(error))
            }
        };
        Ok(Attempted { end, effect, outcome, attempt, error, duration: self.elapsed() })
    }

    /// How long the run has taken that ends now, if anybody wants to know. The clock is read once: the other time is
    /// that of the window.
    fn elapsed(&self) -> Duration {
        let began = self.began.take().filter(|_| self.shared.is_timed());
        began.map(|began| began.elapsed()).unwrap_or_default()
    }

    /// Calls a receiver, unless it is known to have processed the event, or processes a copy of it.
    fn run_once(
        &self,
        call: &Call<'_>,
        failures: &mut Failures,
    ) -> Result<Result<RunOutcome, (RunFailure, String)>, BusError> {
        let shared = self.shared;
        let policy = Policy::of(shared.settings(), call.info);
        let record = if policy.dedup { Record::of(call, self.decoded, shared) } else { None };
        let _in_progress = match &record {
            None => None,
            Some(record) => {
                let Some(in_progress) = record.begin(shared) else { return Ok(Ok(RunOutcome::Waiting)) };
                if record.exists(shared)? {
                    shared.counts().repeats.add(1);
                    self.left_out(call, failures);
                    return Ok(Ok(RunOutcome::Repeated));
                }
                Some(in_progress)
            }
        };
        if let Err(error) = self.call(call, &policy) {
            return Ok(Err(seen(error)));
        }
        if let Some(record) = &record {
            record.write(shared);
        }
        self.succeeded(call, failures);
        Ok(Ok(RunOutcome::Done))
    }

    /// Calls the receiver and waits until it has returned.
    fn call(&self, call: &Call<'_>, policy: &Policy) -> Result<(), ReceiverError> {
        let context = self.decoded.route.context(&self.decoded.metadata, true, None);
        let context = Context { traceparent: self.decoded.traceparent.as_ref(), ..context };
        let overdue_after = if call.info.is_async { policy.timeout.map(not_dropped) } else { policy.timeout };
        let began =
            self.shared.window().run_started(self.worker, (call.path, &call.info.path), overdue_after);
        self.began.set(Some(began));
        let run =
            || call.run(&*self.decoded.event, &context, |receiver| self.block_on(receiver, policy.timeout));
        // Receivers contain their own panics; this is for a runtime that was shut down.
        catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| Err(ReceiverError::panicked(panic)))
    }

    /// Awaits an async receiver on this thread, at most for its timeout.
    fn block_on(&self, receiver: Contained<'_>, timeout: Option<Duration>) -> Result<(), ReceiverError> {
        self.runtime.block_on(async {
            match timeout {
                None => receiver.await,
                Some(limit) => match tokio::time::timeout(limit, receiver).await {
                    Ok(result) => result,
                    Err(_) => Err(ReceiverError::Failed(format!("timed out after {limit:?}").into())),
                },
            }
        })
    }

    fn succeeded(&self, call: &Call<'_>, failures: &mut Failures) {
        let circuits = self.shared.circuits();
        if circuits.succeeded(&call.info.path, failures) {
            self.shared.observers().tell(|observer| observer.circuit_closed(&call.info.path));
            tracing::info!(
                target: LOG,
                receiver = &*call.info.path,
                "the circuit of a receiver has closed: it works again"
            );
            self.shared.window().works_again(circuits.of(&call.info.path));
        }
    }

    /// It is neither a success nor a failure.
    fn left_out(&self, call: &Call<'_>, failures: &mut Failures) {
        let circuits = self.shared.circuits();
        if !circuits.are_quiet() {
            circuits.left_out(circuits.of(&call.info.path), failures);
        }
    }

    /// The recipient takes no event any more: the consumer ends, and this event goes back to the group with the others.
    fn recipient_closed(&self, recipient: &Recipient, error: &str) -> BusError {
        recipient.close(error);
        let recipient = recipient.info().path.to_string();
        // The first reason counts. The error that is returned gives back the event.
        self.shared.window().end(End::Closed { recipient, error: error.to_owned() });
        BusError::new(ErrorKind::Refused, error)
    }

    fn failed(
        &self,
        call: &Call<'_>,
        failures: &mut Failures,
        policy: &Policy,
        failure: RunFailure,
        error: String,
    ) -> (AttemptEnd, Effect) {
        let (shared, path) = (self.shared, &*call.info.path);
        shared.counts().failed_attempts.add(1);
        if shared.settings().ack_policy == AckPolicy::Always {
            let failure = ReceiverFailure::new(error).of_receiver(path);
            return (AttemptEnd::GivenUp(GivenUp { failure, reason: Reason::Attempts }), Effect::default());
        }
        let rules = Rules {
            retry: policy.retry,
            outage_limit: policy.outage_limit,
            max_in_flight: shared.settings().max_in_flight,
        };
        let now = Instant::now();
        let failed = shared.circuits().failed(path, failures, (failure, &error), &rules, now, self.jitter);
        let Failed { verdict, effect } = failed;
        self.log_failure(call.info, &error, failures.runs(), policy, &verdict);
        if effect.has_opened {
            shared.counts().circuits_opened.add(1);
            shared.observers().tell(|observer| observer.circuit_opened(path));
            tracing::warn!(
                target: LOG,
                receiver = path,
                error,
                "the circuit of a receiver has opened: its events wait until it works again"
            );
        }
        let end = match verdict {
            Verdict::Retry(backoff) => AttemptEnd::Waits(Wait::Backoff(deadline::after(backoff))),
            Verdict::Wait(backoff) => AttemptEnd::Waits(Wait::Tried(deadline::after(backoff))),
            Verdict::GiveUp(reason) => {
                let error = match (reason, failures.since()) {
                    (Reason::Outage, Some(since)) => format!(
                        "not succeeded for {:?} (outage_limit {:?}): {error}",
                        Duration::from_secs(since.elapsed().as_secs()),
                        policy.outage_limit
                    ),
                    _ => error,
                };
                let failure = ReceiverFailure::new(error).of_receiver(path).after(failures.runs());
                AttemptEnd::GivenUp(GivenUp { failure, reason })
            }
        };
        (end, effect)
    }

    /// Logs a failed attempt, unless there were too many lines in the last second. What is given up is logged once
    /// more, when its dead letter is written.
    fn log_failure(
        &self,
        receiver: &ReceiverInfo,
        error: &str,
        attempt: u32,
        policy: &Policy,
        verdict: &Verdict,
    ) {
        let Some(omitted) = self.shared.log_limit().admit() else { return };
        let (message, retry_in) = match verdict {
            Verdict::Retry(pause) => ("receiver failed; retrying", Some(pause)),
            Verdict::Wait(pause) => ("receiver failed; its events wait until it works again", Some(pause)),
            Verdict::GiveUp(_) => ("receiver failed; it is not retried", None),
        };
        let event_type = self.decoded.metadata.event_type();
        tracing::warn!(
            target: LOG,
            event_type,
            event_id = %self.decoded.metadata.id(),
            topic = %self.shared.topic(),
            %receiver,
            error,
            attempt,
            max_attempts = policy.retry.max_attempts,
            retry_in = retry_in.map(tracing::field::debug),
            omitted,
            "{message}"
        );
        unheard::failure(format_args!("the receiver {receiver} of {event_type} failed: {error}"));
    }
}

/// What an error says of the next attempt, and its text. It is dropped. It is the receiver's own, and whatever it does may panic.
pub(super) fn seen(mut error: ReceiverError) -> (RunFailure, String) {
    let failure = catch_unwind(AssertUnwindSafe(|| RunFailure::of(&error)))
        .unwrap_or_else(|_| FailureKind::Transient.into());
    let mut text = Chain(&error).to_string();
    if let Err(message) = error.discard() {
        text = format!("{text} (its drop panicked: {message})");
    }
    (failure, text)
}

/// After this time an async receiver was surely not dropped at its timeout, as it blocks.
fn not_dropped(timeout: Duration) -> Duration {
    timeout.saturating_add(Duration::from_secs(1))
}
