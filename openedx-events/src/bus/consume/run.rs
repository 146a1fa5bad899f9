//! Consuming as all that a process does: [`EventConsumer::run`] and [`run_all`].

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use super::LOG;
use super::consumer::{EventConsumer, no_thread};
use super::handle::ConsumerHandle;
use super::report::ConsumerReport;
use super::stop_error::StopError;
use super::stop_signals::StopSignals;
use super::stopping::DRAIN;
use crate::bus::contract::error::{BusError, ErrorKind};

/// How often to look whether a signal has arrived.
const LOOK: Duration = Duration::from_millis(50);

impl EventConsumer {
    /// Consumes until SIGTERM or SIGINT, until the consumer ends by itself, or until a [handle](Self::handle) stops it;
    /// for the `main` of a service. [`run_all`] does so for several consumers.
    ///
    /// After the signal, receivers that run have 25 seconds to finish; [`run_until_signal`](Self::run_until_signal) takes
    /// another deadline. A second signal ends the process at once, with exit code 143 or 130. Blocks this thread, which may be
    /// one of an async runtime if it has nothing else to do.
    ///
    /// | exit code | meaning |
    /// |---|---|
    /// | 0 | stopped by a signal or a handle, or after [`max_entries`](super::ConsumerSettings::max_entries): everything begun is finished and acknowledged |
    /// | 2 | the settings are invalid, or the program has no receivers |
    /// | 3 | the bus cannot be reached |
    /// | 4 | too many events in a row were dead-lettered |
    /// | 5 | the bus refuses, or a receiver is stuck |
    /// | 6 | receivers still ran at the deadline; their events are redelivered |
    ///
    /// An error is logged, and written to the standard error as one line.
    ///
    /// ```no_run
    /// use std::process::ExitCode;
    ///
    /// use openedx_events::bus::{self, EventConsumer, Topic};
    ///
    /// fn main() -> ExitCode {
    ///     let (Ok(bus), Ok(topic)) = (bus::open("redis://localhost"), Topic::new("learning-enrollment")) else {
    ///         return ExitCode::from(2);
    ///     };
    ///     EventConsumer::new(bus, "certificates").topic(topic).run()
    /// }
    /// ```
    pub fn run(self) -> ExitCode {
        exit_code(self.run_until_signal(DRAIN))
    }

    /// Consumes until SIGTERM or SIGINT, until the consumer ends by itself, or until a [handle](Self::handle) stops it.
    /// Receivers that run at a signal have the time `drain` to finish. Blocks this thread.
    ///
    /// A signal that arrives while the bus is waited for at the start ends the wait, and is no error. A second signal ends the
    /// process at once, with exit code 143 or 130. Outside of this call signals have their default effect.
    ///
    /// # Errors
    ///
    /// Those of [`start`](Self::start) and of [`stop`](super::ConsumerHandle::stop).
    pub fn run_until_signal(self, drain: Duration) -> Result<ConsumerReport, StopError> {
        let reports = run_all_until_signal([self], drain)?;
        Ok(reports.into_iter().next().unwrap_or_default())
    }
}

/// Consumes with several consumers, of one bus or of several, until SIGTERM or SIGINT, or until one of them ends: by
/// itself or through its [handle](EventConsumer::handle). Then stops all of them side by side. For the `main` of a
/// service.
///
/// A consumer whose recipient is [closed](super::Closed) ends alone: the others go on, until all of them are closed.
///
/// The exit codes, the deadline and the second signal are those of [`EventConsumer::run`]. If several consumers have an
/// error, the code is that of the one that ended first, or else of the first in the list. Each error is logged.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use openedx_events::bus::{self, EventConsumer, Topic};
///
/// fn consumer(url: &str, topic: &str) -> Result<EventConsumer, Box<dyn std::error::Error>> {
///     Ok(EventConsumer::new(bus::open(url)?, "certificates").topic(Topic::new(topic)?))
/// }
///
/// fn main() -> ExitCode {
///     match (consumer("redis://lms", "enrollment"), consumer("redis://shop", "orders")) {
///         (Ok(lms), Ok(shop)) => bus::run_all([lms, shop]),
///         _ => ExitCode::from(2),
///     }
/// }
/// ```
pub fn run_all(consumers: impl IntoIterator<Item = EventConsumer>) -> ExitCode {
    exit_code(run_all_until_signal(consumers, DRAIN))
}

/// Does what [`run_all`] does, and returns the reports of the consumers, in their order. Receivers that run when the
/// consumers are stopped have the time `drain` to finish. Blocks this thread.
///
/// The consumers start side by side: none waits for the bus of another one.
///
/// ```
/// use std::thread;
/// use std::time::Duration;
///
/// use openedx_events::bus::{self, ConsumerSettings, EventConsumer, Topic};
///
/// fn consumer(topic: &str) -> Result<EventConsumer, Box<dyn std::error::Error>> {
///     let settings = ConsumerSettings::new().allow_no_receivers(true);
///     Ok(EventConsumer::new(bus::open("memory:")?, "clerks").topic(Topic::new(topic)?).settings(settings))
/// }
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let (letters, parcels) = (consumer("letters")?, consumer("parcels")?);
///     let (first, second) = (letters.handle(), parcels.handle());
///     let service = thread::spawn(|| bus::run_all_until_signal([letters, parcels], Duration::from_secs(5)));
///     while !(first.is_ready() && second.is_ready()) {
///         thread::yield_now();
///     }
///     // When one stops, so does the other one.
///     first.stop(Duration::from_secs(5))?;
///     assert!(service.join().is_ok_and(|stopped| stopped.is_ok_and(|reports| reports.len() == 2)));
///     assert!(second.has_ended());
///     Ok(())
/// }
/// ```
///
/// # Errors
///
/// There are no consumers; or the error of the consumer that ended first, or else of the first one that has an error.
/// They are those of [`EventConsumer::start`] and [`ConsumerHandle::stop`].
pub fn run_all_until_signal(
    consumers: impl IntoIterator<Item = EventConsumer>,
    drain: Duration,
) -> Result<Vec<ConsumerReport>, StopError> {
    let signals = StopSignals::watch().map_err(no_signals)?;
    let consumers: Vec<_> = consumers.into_iter().collect();
    let handles: Vec<_> = consumers.iter().map(EventConsumer::handle).collect();
    let Some(any) = handles.first() else {
        let what = "there is nothing to consume: give a consumer";
        return Err(BusError::new(ErrorKind::Configuration, what).into());
    };
    let started = consumers.into_iter().try_for_each(start);
    let first = loop {
        let first = handles.iter().position(|handle| handle.has_ended() && !handle.is_closed());
        let are_closed = handles.iter().all(ConsumerHandle::is_closed);
        if started.is_err() || signals.has_come() || first.is_some() || are_closed {
            break first;
        }
        any.wait(LOOK);
    };
    let outcomes = stop_all(&handles, drain);
    started?;
    let is_error = |number: &usize| outcomes.get(*number).is_some_and(Result::is_err);
    // Why the first one has ended is why the others were stopped.
    let cause = first.filter(is_error).or_else(|| (0..outcomes.len()).find(is_error));
    let mut reports = Ok(Vec::new());
    for (number, outcome) in outcomes.into_iter().enumerate() {
        match (outcome, &mut reports) {
            (Err(error), reports) if cause == Some(number) => *reports = Err(error),
            (Err(error), _) => {
                tracing::error!(target: LOG, %error, "another consumer ended with an error, too");
            }
            (Ok(report), Ok(reports)) => reports.push(report),
            (Ok(_), Err(_)) => {}
        }
    }
    reports
}

/// Starts a consumer on a thread of its own. Its handles tell what has become of it.
fn start(consumer: EventConsumer) -> Result<(), BusError> {
    let start = || {
        if let Ok(running) = consumer.start() {
            running.release();
        }
    };
    let thread = thread::Builder::new().name("events-start".to_owned()).spawn(start);
    thread.map(drop).map_err(no_thread)
}

/// Stops consumers side by side.
fn stop_all(handles: &[ConsumerHandle], drain: Duration) -> Vec<Result<ConsumerReport, StopError>> {
    thread::scope(|scope| {
        let spawn = |handle: &'_ ConsumerHandle| {
            let handle = handle.clone();
            let thread = thread::Builder::new().name("events-stop".to_owned());
            thread.spawn_scoped(scope, move || handle.stop(drain)).ok()
        };
        let stops: Vec<_> = handles.iter().map(spawn).collect();
        let finish = |(handle, stop): (&ConsumerHandle, Option<thread::ScopedJoinHandle<'_, _>>)| {
            // Without a thread more, on this one.
            stop.and_then(|stop| stop.join().ok()).unwrap_or_else(|| handle.stop(drain))
        };
        handles.iter().zip(stops).map(finish).collect()
    })
}

/// That of a process. An error is logged and printed.
fn exit_code<T>(ended: Result<T, StopError>) -> ExitCode {
    match ended {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(target: LOG, %error, "the consumer ended with an error");
            // For programs without a log. A closed standard error is no reason to fail.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

pub(crate) fn no_signals(error: io::Error) -> BusError {
    BusError::new(ErrorKind::Refused, "cannot install a handler for SIGTERM and SIGINT").caused_by(error)
}
