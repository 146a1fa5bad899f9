//! The outcome of a send: [`Responses`].

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use super::connection::ConnectedList;
use super::dispatch::nesting;
use super::dispatch::run::{Failure, Run};
use super::registry::get_signal_by_type;
use super::undelivered::Undelivered;
use crate::chain::Chain;
use crate::receiver::ReceiverInfo;
use crate::receiver::error::ReceiverError;
use crate::unheard;

/// The outcome of one send: a response of each receiver, or the reason why no receiver was called.
///
/// # Examples
///
/// ```
/// use openedx_events::{receiver, signal};
///
/// /// Sent when a lamp was lit.
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

/// The common outcomes are a few words without a destructor: every send pays for writing and dropping this.
enum Outcome {
    /// No receiver was called.
    Undelivered(Undelivered),
    /// No receiver was called, as the signals that are declared at these places share the event type.
    Duplicate(&'static str),
    /// Every receiver completed, and all are registered sync ones.
    Completed(&'static [&'static ReceiverInfo]),
    Mixed(Mixed),
}

/// A response of each receiver.
struct Mixed {
    receivers: Receivers,
    /// The number of receivers that were reached, in their order; fewer than all if a fail-fast send stopped.
    reached: usize,
    /// Boxed, so that a send without failures drops no list of them. `None` if there are none.
    failures: Option<Box<Failures>>,
    /// Whether async receivers were spawned instead of awaited.
    spawned: bool,
}

/// The place of the failure that is no receiver's: no receiver was called, as receivers send in a circle. Its error names
/// the circle.
const NOBODY: usize = usize::MAX;

impl Mixed {
    /// Why no receiver was called.
    fn circle(&self) -> Option<&ReceiverError> {
        self.failures().first().filter(|failure| failure.receiver == NOBODY).map(|failure| &failure.error)
    }

    fn failures(&self) -> &[Failure] {
        self.failures.as_ref().map_or(&[], |failures| &failures.list)
    }

    /// Not inlined: rustc would look for failures before it knows that there can be any.
    #[inline(never)]
    fn is_ok(&self) -> bool {
        self.failures.is_none()
    }

    /// Adds a failure, in the order of the receivers.
    fn fail(&mut self, event_type: &'static str, failure: Failure) {
        let Some(receiver) = self.receivers.get(failure.receiver) else { return };
        let new = || Box::new(Failures { event_type, list: Vec::new(), receivers: Vec::new() });
        let Failures { list, receivers, .. } = &mut **self.failures.get_or_insert_with(new);
        let place = list.partition_point(|each| each.receiver <= failure.receiver);
        receivers.insert(place, receiver.clone());
        list.insert(place, failure);
    }
}

/// The failures of one send.
struct Failures {
    event_type: &'static str,
    /// In the order of the receivers.
    list: Vec<Failure>,
    /// The receivers of the list.
    receivers: Vec<ReceiverInfo>,
}

/// The errors are the receivers' own, and so is their drop: a panic of it is logged.
impl Drop for Failures {
    fn drop(&mut self) {
        for (Failure { error, .. }, receiver) in self.list.iter_mut().zip(&self.receivers) {
            error.discard_of(self.event_type, receiver);
        }
    }
}

/// The receivers of one send, in the order in which they run: the registered sync ones, the connected ones, the
/// registered async ones.
pub(crate) struct Receivers {
    pub(crate) registered: Cow<'static, [&'static ReceiverInfo]>,
    /// The number of sync ones in `registered`.
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

/// The response of one receiver.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Response<'a> {
    /// The receiver.
    pub receiver: &'a ReceiverInfo,
    /// Its status, or the error it failed with.
    pub result: Result<Status, &'a ReceiverError>,
}

/// The status of a receiver that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// It ran and returned without an error.
    Completed,
    /// It is async and was spawned. Its outcome is logged and counted, and [`drain`](crate::drain) waits for it.
    Spawned,
    /// It was not run, because a receiver before it failed in a fail-fast send.
    NotRun,
}

pub(crate) fn log_failure(event_type: &'static str, receiver: &ReceiverInfo, error: &ReceiverError) {
    tracing::error!(event_type, %receiver, error = %Chain(error), "receiver failed");
    unheard::failure(format_args!("the receiver {receiver} of {event_type} failed: {}", Chain(error)));
}

impl Responses {
    #[inline]
    pub(crate) fn undelivered(event_type: &'static str, reason: Undelivered) -> Self {
        Self { event_type, outcome: Outcome::Undelivered(reason) }
    }

    /// Those of a signal that shares its event type.
    pub(crate) fn duplicate(event_type: &'static str, places: &'static str) -> Self {
        Self { event_type, outcome: Outcome::Duplicate(places) }
    }

    /// Those of a send that was refused, as it is too deep inside others. Logs it.
    #[cold]
    pub(crate) fn too_deep(event_type: &'static str, circle: String) -> Self {
        nesting::log_refusal(|| {
            tracing::error!(event_type, circle, "send refused: receivers send in a circle");
        });
        let failure = Failure { receiver: NOBODY, error: ReceiverError::Failed(circle.into()) };
        let failures = Failures { event_type, list: vec![failure], receivers: Vec::new() };
        let receivers = Receivers { registered: Cow::Borrowed(&[]), sync: 0, connected: None };
        let mixed = Mixed { receivers, reached: 0, failures: Some(Box::new(failures)), spawned: false };
        Self { event_type, outcome: Outcome::Mixed(mixed) }
    }

    /// Those of registered sync receivers, none of which failed.
    #[inline]
    pub(crate) fn completed(event_type: &'static str, receivers: &'static [&'static ReceiverInfo]) -> Self {
        Self { event_type, outcome: Outcome::Completed(receivers) }
    }

    /// Those of a run in which receivers may have failed. Logs the failures.
    pub(crate) fn new(event_type: &'static str, receivers: Receivers, run: Run, spawned: bool) -> Self {
        let mixed = Mixed { receivers, reached: run.reached, failures: None, spawned };
        let mut responses = Self { event_type, outcome: Outcome::Mixed(mixed) };
        if !run.failures.is_empty() {
            responses.add_failures(run.failures);
        }
        responses
    }

    #[cold]
    fn add_failures(&mut self, failures: Vec<Failure>) {
        if let Outcome::Mixed(mixed) = &mut self.outcome {
            for failure in failures {
                mixed.fail(self.event_type, failure);
            }
        }
        for (receiver, error) in self.errors() {
            log_failure(self.event_type, receiver, error);
        }
    }

    /// Adds the results of the awaited receivers, whose failures are logged already.
    pub(crate) fn and(mut self, results: Vec<Result<(), ReceiverError>>) -> Self {
        if let Outcome::Mixed(mixed) = &mut self.outcome {
            for result in results {
                let receiver = mixed.reached;
                if let Err(error) = result {
                    mixed.fail(self.event_type, Failure { receiver, error });
                }
                mixed.reached += 1;
            }
        }
        self
    }

    /// Marks a receiver as failed that had returned without an error, unless it has failed already. `report` is called
    /// with the failure.
    pub(crate) fn fail(
        &mut self,
        receiver: usize,
        error: ReceiverError,
        report: impl FnOnce(&ReceiverInfo, &ReceiverError),
    ) {
        let Outcome::Mixed(mixed) = &mut self.outcome else { return };
        if mixed.failures().iter().any(|failure| failure.receiver == receiver) {
            return;
        }
        if let Some(info) = mixed.receivers.get(receiver) {
            report(info, &error);
        }
        mixed.fail(self.event_type, Failure { receiver, error });
    }

    fn receiver(&self, index: usize) -> Option<&ReceiverInfo> {
        match &self.outcome {
            Outcome::Undelivered(_) | Outcome::Duplicate(_) => None,
            Outcome::Completed(receivers) => receivers.get(index).copied(),
            Outcome::Mixed(mixed) => mixed.receivers.get(index),
        }
    }

    #[inline]
    fn failures(&self) -> &[Failure] {
        match &self.outcome {
            Outcome::Mixed(mixed) => mixed.failures(),
            Outcome::Undelivered(_) | Outcome::Duplicate(_) | Outcome::Completed(_) => &[],
        }
    }

    /// The status of a receiver that did not fail.
    fn status(&self, index: usize, receiver: &ReceiverInfo) -> Status {
        match &self.outcome {
            Outcome::Mixed(mixed) if index >= mixed.reached => Status::NotRun,
            Outcome::Mixed(mixed) if mixed.spawned && receiver.is_async => Status::Spawned,
            _ => Status::Completed,
        }
    }

    /// The connections that were dropped before they could be called.
    fn fmt_dropped(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(signal) = get_signal_by_type(self.event_type) else { return Ok(()) };
        signal.route().dropped_connections().iter().try_for_each(|each| write!(f, "; {each}"))
    }

    /// The type of the event that was sent.
    pub fn event_type(&self) -> &'static str {
        self.event_type
    }

    /// Why no receiver was called; `None` if any was.
    #[doc(alias("undelivered", "why"))]
    pub fn reason(&self) -> Option<Undelivered> {
        match &self.outcome {
            Outcome::Undelivered(reason) => Some(*reason),
            Outcome::Duplicate(_) => Some(Undelivered::DuplicateType),
            Outcome::Mixed(mixed) if mixed.circle().is_some() => Some(Undelivered::TooDeep),
            Outcome::Completed(_) | Outcome::Mixed(_) => None,
        }
    }

    /// Every receiver's response, in the order in which they run: sync receivers by priority, then by path and location,
    /// then those connected at run time, then async ones in the same order as sync ones.
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

    /// The number of receivers.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether no receiver was called; [`reason`](Self::reason) says why.
    pub fn is_empty(&self) -> bool {
        self.receiver(0).is_none()
    }

    /// The receivers that failed, each with its error.
    #[doc(alias("failures", "exceptions", "failed", "errs"))]
    pub fn errors(&self) -> impl Iterator<Item = (&ReceiverInfo, &ReceiverError)> {
        self.failures().iter().filter_map(|failure| Some((self.receiver(failure.receiver)?, &failure.error)))
    }

    /// Whether no receiver failed and the send was not refused. A send without receivers is not a failure.
    #[doc(alias("is_success", "success", "succeeded", "all_ok", "ok"))]
    #[inline]
    pub fn is_ok(&self) -> bool {
        // Not a match of all four, which rustc compiles to a jump table.
        if let Outcome::Mixed(mixed) = &self.outcome {
            return mixed.is_ok();
        }
        !matches!(self.outcome, Outcome::Duplicate(_))
    }

    /// The responses if [`is_ok`](Self::is_ok), for `?`.
    ///
    /// # Errors
    ///
    /// A receiver failed, or the send was refused: several signals have this event type, or receivers send in a circle.
    #[doc(alias("unwrap", "expect", "result", "err", "to_result", "ok_or", "check"))]
    #[inline]
    pub fn into_result(self) -> Result<Self, SendError> {
        if self.is_ok() { Ok(self) } else { Err(SendError { responses: self }) }
    }
}

/// One line: the event type, the number of receivers and each failure with all its sources.
impl fmt::Display for Responses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.event_type)?;
        if let Some(reason) = self.reason() {
            reason.fmt(f)?;
            match &self.outcome {
                Outcome::Duplicate(places) => write!(f, ": {places}")?,
                Outcome::Mixed(mixed) => mixed.circle().map_or(Ok(()), |circle| write!(f, ": {circle}"))?,
                Outcome::Undelivered(Undelivered::NoReceivers) => self.fmt_dropped(f)?,
                Outcome::Undelivered(_) | Outcome::Completed(_) => {}
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

#[expect(clippy::missing_fields_in_debug, reason = "the outcome is shown as reason and responses")]
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

/// A send in which a receiver failed, or that was refused.
///
/// Its [`source`](Error::source) is the error of the first receiver that failed.
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

/// Reads like `Display`, which has the sources of all receivers already: `unwrap` and `fn main() -> Result<…>` print this one.
impl fmt::Debug for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for SendError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.responses.failures().first().map(|failure| &failure.error as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use crate::chain::Chain;
    use crate::receiver::error::ReceiverError;
    use crate::{BoxError, signal};

    /// Sent when a valve burst.
    #[signal("org.example.responses.valve.burst.v1")]
    struct ValveBurst {
        bar: i64,
    }

    #[test]
    fn the_source_of_a_failed_send_is_the_first_failure() {
        for name in ["first", "second"] {
            VALVE_BURST.connect(name, move |_, _| Err(BoxError::from(format!("{name} leaks")))).keep();
        }
        let error = VALVE_BURST.send_event(9).into_result().unwrap_err();

        let source = error.source().and_then(|source| source.downcast_ref::<ReceiverError>());
        assert!(matches!(source, Some(ReceiverError::Failed(error)) if error.to_string() == "first leaks"));
        assert_eq!(format!("{error:?}"), error.to_string());
        assert_eq!(Chain(&error).to_string(), error.to_string(), "what the text has is not repeated");
    }
}
