//! What became of a sending: [`Responses`].

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::connection::ConnectedList;
use super::dispatch::run::{Run, panicked};
use super::dispatch::runtime::NoRuntime;
use super::registry;
use crate::receiver::{BoxError, ReceiverInfo};

/// What became of one sending of an event: an outcome for each receiver, or the reason why there was none.
///
/// # Examples
///
/// ```
/// use openedx_events::{receiver, signal};
///
/// /// A lamp was lit.
/// #[signal("org.example.house.lamp.lit.v1")]
/// pub struct LampLit {
///     pub watts: i64,
/// }
///
/// #[receiver(LAMP_LIT)]
/// fn refuse_waste(watts: i64) -> Result<(), String> {
///     if watts > 60 { Err(format!("{watts} W are too much")) } else { Ok(()) }
/// }
///
/// let responses = LAMP_LIT.send_event(LampLit { watts: 100 });
/// assert_eq!(responses.errors().count(), 1);
/// assert!(responses.to_string().contains("100 W are too much"));
/// assert!(responses.into_result().is_err());
/// ```
pub struct Responses {
    event_type: &'static str,
    outcome: Outcome,
}

/// The two common outcomes are a few words that need no dropping: every sending pays for writing and dropping this.
enum Outcome {
    /// No receiver was called.
    Undelivered(Undelivered),
    /// Every receiver ran to its end, and all are registered sync ones.
    Completed(&'static [&'static ReceiverInfo]),
    Mixed(Mixed),
}

/// An outcome for each receiver.
struct Mixed {
    receivers: Receivers,
    /// How many receivers were come to, in their order; fewer than there are if a fail-fast sending stopped.
    reached: usize,
    failures: Vec<Failure>,
    /// Async receivers were started and not waited for.
    spawned: bool,
}

/// The receivers that a sending was for. They are come to in this order: the registered sync ones, the connected ones,
/// the registered async ones.
pub(crate) struct Receivers {
    pub(crate) registered: Cow<'static, [&'static ReceiverInfo]>,
    /// How many of `registered` are sync.
    pub(crate) sync: usize,
    pub(crate) connected: Option<ConnectedList>,
}

impl Receivers {
    fn get(&self, index: usize) -> Option<&ReceiverInfo> {
        let connected: &[_] = self.connected.as_ref().and_then(|list| list.as_ref()).map_or(&[], |list| list);
        match index.checked_sub(self.sync) {
            None => self.registered.get(index).copied(),
            Some(after) if after < connected.len() => Some(&connected[after].info),
            Some(after) => self.registered.get(self.sync + after - connected.len()).copied(),
        }
    }
}

pub(crate) struct Failure {
    /// Which receiver, in their order.
    pub(crate) receiver: usize,
    pub(crate) error: ReceiverError,
}

/// The response of one receiver.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Response<'a> {
    /// Whose response it is.
    pub receiver: &'a ReceiverInfo,
    /// What it came to.
    pub result: Result<Status, &'a ReceiverError>,
}

/// How far a receiver that did not fail has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// It ran to its end.
    Completed,
    /// It is async and was spawned; how it ends is logged and counted, and [`drain`](crate::drain) waits for it.
    Spawned,
    /// It was not run, as one before it failed in a fail-fast sending.
    NotRun,
}

/// Why a receiver failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReceiverError {
    /// It returned this error.
    Failed(BoxError),
    /// It panicked, with this message.
    Panicked(Cow<'static, str>),
    /// It is async and there was no runtime to start it on.
    NotStarted(NoRuntime),
}

impl fmt::Display for ReceiverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::Panicked(message) => write!(f, "panicked: {message}"),
            Self::NotStarted(error) => error.fmt(f),
        }
    }
}

/// Transparent: the source is what is below the receiver's own error.
impl Error for ReceiverError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => error.source(),
            Self::Panicked(_) | Self::NotStarted(_) => None,
        }
    }
}

/// An error with all that is below it, in one line.
pub(crate) struct Chain<'a>(pub(crate) &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The errors are the receivers' own: one whose text panics must not take the sender with it.
        let chain = AssertUnwindSafe(|| {
            write!(f, "{}", self.0)?;
            let mut cause = self.0.source();
            while let Some(error) = cause {
                write!(f, ": {error}")?;
                cause = error.source();
            }
            Ok(())
        });
        catch_unwind(chain).unwrap_or_else(|panic| {
            let panic = panicked(panic);
            write!(f, "(its text {panic})")
        })
    }
}

pub(crate) fn log_failure(event_type: &'static str, receiver: &ReceiverInfo, error: &ReceiverError) {
    tracing::error!(event_type, %receiver, error = %Chain(error), "receiver failed");
}

/// Why no receiver was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Undelivered {
    /// Nothing listens to the event.
    NoReceivers,
    /// The signal is disabled.
    Disabled,
    /// Several signals have this event type; see [`check`](crate::check).
    DuplicateType,
    /// A test scope is live and the signal is not one of those it was made with.
    NotInScope,
}

impl fmt::Display for Undelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoReceivers => "no receivers: nothing listens to this event",
            Self::Disabled => "the signal is disabled",
            Self::DuplicateType => "refused: several signals have this event type",
            Self::NotInScope => "the signal is not one of the test scope's",
        })
    }
}

impl Responses {
    #[inline]
    pub(crate) fn undelivered(event_type: &'static str, reason: Undelivered) -> Self {
        Self { event_type, outcome: Outcome::Undelivered(reason) }
    }

    /// Those of registered sync receivers, none of which failed.
    #[inline]
    pub(crate) fn completed(event_type: &'static str, receivers: &'static [&'static ReceiverInfo]) -> Self {
        Self { event_type, outcome: Outcome::Completed(receivers) }
    }

    /// Those of a run that may have failed anywhere. Logs the failures.
    pub(crate) fn new(event_type: &'static str, receivers: Receivers, run: Run, spawned: bool) -> Self {
        let mixed = Mixed { receivers, reached: run.reached, failures: run.failures, spawned };
        let responses = Self { event_type, outcome: Outcome::Mixed(mixed) };
        if !responses.failures().is_empty() {
            responses.log_failures();
        }
        responses
    }

    #[cold]
    fn log_failures(&self) {
        for (receiver, error) in self.errors() {
            log_failure(self.event_type, receiver, error);
        }
    }

    /// With what the awaited receivers came to, whose failures are logged already.
    pub(crate) fn and(mut self, results: Vec<Result<(), ReceiverError>>) -> Self {
        if let Outcome::Mixed(mixed) = &mut self.outcome {
            for result in results {
                mixed.failures.extend(result.err().map(|error| Failure { receiver: mixed.reached, error }));
                mixed.reached += 1;
            }
        }
        self
    }

    /// With what a receiver that had returned came to after all, unless it has failed already. `told` is told of it.
    pub(crate) fn fail(
        &mut self,
        receiver: usize,
        error: ReceiverError,
        told: impl FnOnce(&ReceiverInfo, &ReceiverError),
    ) {
        let Outcome::Mixed(mixed) = &mut self.outcome else { return };
        if mixed.failures.iter().any(|failure| failure.receiver == receiver) {
            return;
        }
        if let Some(info) = mixed.receivers.get(receiver) {
            told(info, &error);
        }
        let place = mixed.failures.partition_point(|failure| failure.receiver <= receiver);
        mixed.failures.insert(place, Failure { receiver, error });
    }

    fn receiver(&self, index: usize) -> Option<&ReceiverInfo> {
        match &self.outcome {
            Outcome::Undelivered(_) => None,
            Outcome::Completed(receivers) => receivers.get(index).copied(),
            Outcome::Mixed(mixed) => mixed.receivers.get(index),
        }
    }

    #[inline]
    fn failures(&self) -> &[Failure] {
        match &self.outcome {
            Outcome::Undelivered(_) | Outcome::Completed(_) => &[],
            Outcome::Mixed(mixed) => &mixed.failures,
        }
    }

    /// How far a receiver has come that did not fail.
    fn status(&self, index: usize, receiver: &ReceiverInfo) -> Status {
        match &self.outcome {
            Outcome::Mixed(mixed) if index >= mixed.reached => Status::NotRun,
            Outcome::Mixed(mixed) if mixed.spawned && receiver.is_async => Status::Spawned,
            _ => Status::Completed,
        }
    }

    /// The type of the event that was sent.
    pub fn event_type(&self) -> &'static str {
        self.event_type
    }

    /// Why no receiver was called; `None` if any was.
    pub fn reason(&self) -> Option<Undelivered> {
        match self.outcome {
            Outcome::Undelivered(reason) => Some(reason),
            Outcome::Completed(_) | Outcome::Mixed(_) => None,
        }
    }

    /// Every receiver's response, in the order in which they were come to: sync receivers by priority, then by path
    /// and place, then those connected at run time, then async ones by the same order.
    pub fn iter(&self) -> impl Iterator<Item = Response<'_>> {
        let mut failures = self.failures().iter().peekable();
        (0..).map_while(move |index| {
            let receiver = self.receiver(index)?;
            let failure = failures.next_if(|failure| failure.receiver == index);
            let result =
                failure.map_or_else(|| Ok(self.status(index, receiver)), |failure| Err(&failure.error));
            Some(Response { receiver, result })
        })
    }

    /// How many receivers the sending was for.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether the sending was for no receiver at all; [`reason`](Self::reason) tells why.
    pub fn is_empty(&self) -> bool {
        self.receiver(0).is_none()
    }

    /// The receivers that failed, each with its error.
    pub fn errors(&self) -> impl Iterator<Item = (&ReceiverInfo, &ReceiverError)> {
        self.failures().iter().filter_map(|failure| Some((self.receiver(failure.receiver)?, &failure.error)))
    }

    /// Whether no receiver failed and the sending was not refused. A sending that nobody listened to is no failure.
    #[inline]
    pub fn is_ok(&self) -> bool {
        match &self.outcome {
            Outcome::Undelivered(reason) => *reason != Undelivered::DuplicateType,
            Outcome::Completed(_) => true,
            Outcome::Mixed(mixed) => mixed.failures.is_empty(),
        }
    }

    /// The responses if [`is_ok`](Self::is_ok), for `?`.
    ///
    /// # Errors
    ///
    /// A receiver failed, or the sending was refused as several signals have this event type.
    #[inline]
    pub fn into_result(self) -> Result<Self, SendError> {
        if self.is_ok() { Ok(self) } else { Err(SendError { responses: self }) }
    }
}

/// One line: the event type, how many receivers there were and each failure with all its causes.
impl fmt::Display for Responses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.event_type)?;
        if let Some(reason) = self.reason() {
            reason.fmt(f)?;
            if reason == Undelivered::DuplicateType {
                write!(f, ": {}", registry::get().places(self.event_type))?;
            }
            return Ok(());
        }
        let (mut receivers, mut spawned, mut not_run) = (0_usize, 0_usize, 0_usize);
        for response in self.iter() {
            receivers += 1;
            spawned += usize::from(matches!(response.result, Ok(Status::Spawned)));
            not_run += usize::from(matches!(response.result, Ok(Status::NotRun)));
        }
        write!(f, "{receivers} receiver{}", if receivers == 1 { "" } else { "s" })?;
        for (count, what) in [(self.failures().len(), "failed"), (spawned, "spawned"), (not_run, "not run")] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        for (receiver, error) in self.errors() {
            write!(f, "; {receiver}: {}", Chain(error))?;
        }
        Ok(())
    }
}

#[expect(
    clippy::missing_fields_in_debug,
    reason = "the other fields are shown as the responses that they make"
)]
impl fmt::Debug for Responses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct List<'a>(&'a Responses);

        impl fmt::Debug for List<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_map().entries(self.0.iter().map(|each| (&each.receiver.path, each.result))).finish()
            }
        }

        f.debug_struct("Responses")
            .field("event_type", &self.event_type)
            .field("reason", &self.reason())
            .field("responses", &List(self))
            .finish()
    }
}

/// A sending of which a receiver failed, or that was refused.
pub struct SendError {
    responses: Responses,
}

impl SendError {
    /// Every receiver's response.
    pub fn responses(&self) -> &Responses {
        &self.responses
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.responses.fmt(f)
    }
}

impl fmt::Debug for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.responses.fmt(f)
    }
}

impl Error for SendError {}
