//! Hooks around the receivers of an event: [`Next`] and [`Ran`].

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use super::LOG;
use super::attempt::{Refusal, seen};
use super::progress::FailureKind;
use crate::bus::contract::EntryId;
use crate::bus::message::Header;
use crate::bus::message::topic::Topic;
use crate::chain::Chain;
use crate::metadata::EventsMetadata;
use crate::panics;
use crate::receiver::BoxError;
use crate::receiver::error::ReceiverError;
use crate::signal::event::AnyEvent;
use crate::trace_parent::TraceParent;

pub(super) type Around = dyn Fn(&ReceivedEvent<'_>, Next<'_>) -> Result<Ran, BoxError> + Send + Sync;

/// An event whose receivers are about to run, for
/// [`EventConsumer::around_message`](super::EventConsumer::around_message).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ReceivedEvent<'a> {
    /// The topic.
    pub topic: &'a Topic,
    /// The entry in the topic.
    pub entry: &'a EntryId,
    /// The event.
    pub event: &'a dyn AnyEvent,
    /// Its metadata.
    pub metadata: &'a EventsMetadata,
    /// The headers of its message.
    pub headers: &'a [Header],
    /// The span that the event was sent from, if its sender said so.
    pub traceparent: Option<TraceParent>,
}

/// What a hook is around: the hooks inside it, and the receivers.
#[must_use = "the receivers run in `run()`"]
pub struct Next<'a> {
    hooks: &'a [Arc<Around>],
    event: &'a ReceivedEvent<'a>,
    receivers: &'a mut dyn FnMut() -> Ran,
}

impl Next<'_> {
    /// Runs the receivers on this thread, one after the other; async ones are awaited. Blocks until they have returned.
    ///
    /// # Errors
    ///
    /// A hook inside this one has refused the event, so that no receiver has run. Failures of receivers are no error.
    pub fn run(self) -> Result<Ran, BoxError> {
        match self.hooks {
            [] => Ok((self.receivers)()),
            [first, hooks @ ..] => first(self.event, Next { hooks, ..self }),
        }
    }
}

impl std::fmt::Debug for Next<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Next").field("hooks", &self.hooks.len()).finish_non_exhaustive()
    }
}

/// The receivers have run. Only [`Next::run`] makes one, so that a hook that has not called it can only refuse.
#[derive(Debug)]
pub struct Ran {
    pub(super) is_ok: bool,
}

impl Ran {
    /// Whether no receiver has failed this time.
    pub fn is_ok(&self) -> bool {
        self.is_ok
    }
}

/// Runs receivers inside hooks. `receivers` is called once: by the hooks, or with their refusal.
pub(super) fn run_inside<T>(
    hooks: &[Arc<Around>],
    event: &ReceivedEvent<'_>,
    mut receivers: impl FnMut(Option<&Refusal>) -> (T, Ran),
) -> T {
    let (mut result, has_begun) = (None, Cell::new(false));
    let mut run = || {
        has_begun.set(true);
        let (value, ran) = receivers(None);
        result = Some(value);
        ran
    };
    let next = Next { hooks, event, receivers: &mut run };
    let hooked = catch_unwind(AssertUnwindSafe(|| next.run()));
    match (result, hooked) {
        (Some(result), Ok(Ok(_))) => result,
        // What receivers have done stays done.
        (Some(result), Ok(Err(error))) => {
            log_late_error(&Chain(&*error).to_string());
            result
        }
        (Some(result), Err(panic)) => {
            log_late_error(&panics::message(panic));
            result
        }
        (None, Ok(Err(error))) => receivers(Some(&refused(error))).0,
        // A panic of the consumer itself, in the middle of the receivers.
        (None, Err(panic)) if has_begun.get() => resume_unwind(panic),
        (None, Err(panic)) => receivers(Some(&panicked(panic))).0,
        (None, Ok(Ok(_))) => unreachable!("only the receivers make a `Ran`"),
    }
}

fn refused(error: BoxError) -> Refusal {
    let (failure, error) = seen(ReceiverError::Failed(error));
    Refusal { failure, error: format!("a hook refused the event: {error}") }
}

fn panicked(panic: Box<dyn Any + Send>) -> Refusal {
    let error = format!("a hook {}", ReceiverError::panicked(panic));
    Refusal { failure: FailureKind::Transient.into(), error }
}

fn log_late_error(error: &str) {
    tracing::error!(target: LOG, error, "a hook failed after the receivers of its event had run; nothing changes");
}
