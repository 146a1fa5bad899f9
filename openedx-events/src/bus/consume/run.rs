//! Consuming as all that a process does: [`EventConsumer::run`].

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use super::LOG;
use super::consumer::EventConsumer;
use super::report::ConsumerReport;
use super::running::DRAIN;
use super::stop_error::StopError;
use super::stop_signals::StopSignals;
use crate::bus::contract::error::{BusError, ErrorKind};

/// How often to look whether a signal has arrived.
const LOOK: Duration = Duration::from_millis(50);

impl EventConsumer {
    /// Consumes until SIGTERM or SIGINT, or until the consumer ends by itself; for the `main` of a service.
    ///
    /// After the signal, receivers that run have 25 seconds to finish; [`run_until_signal`](Self::run_until_signal) takes
    /// another deadline. A second signal ends the process at once, with exit code 143 or 130. Blocks this thread, which may be
    /// one of an async runtime if it has nothing else to do.
    ///
    /// | exit code | meaning |
    /// |---|---|
    /// | 0 | stopped by a signal, or after [`max_entries`](super::ConsumerSettings::max_entries): everything begun is finished and acknowledged |
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
        match self.run_until_signal(DRAIN) {
            Ok(_) => ExitCode::SUCCESS,
            Err(error) => {
                tracing::error!(target: LOG, %error, "the consumer ended with an error");
                // For programs without a log. A closed standard error is no reason to fail.
                let _ = writeln!(io::stderr(), "error: {error}");
                ExitCode::from(error.exit_code())
            }
        }
    }

    /// Consumes until SIGTERM or SIGINT, or until the consumer ends by itself. Receivers that run then have the time `drain`
    /// to finish. Blocks this thread.
    ///
    /// A signal that arrives while the bus is waited for at the start ends the wait, and is no error. A second signal ends the
    /// process at once, with exit code 143 or 130. Outside of this call signals have their default effect.
    ///
    /// # Errors
    ///
    /// Those of [`start`](Self::start) and of [`stop`](super::RunningConsumer::stop).
    pub fn run_until_signal(self, drain: Duration) -> Result<ConsumerReport, StopError> {
        let signals = StopSignals::watch().map_err(no_signals)?;
        let is_over = || signals.has_come();
        let running = match self.start_unless(&is_over, &mut |_| {}) {
            Ok(running) => running,
            Err(StopError::Bus(error)) if error.is_transient() && is_over() => {
                return Ok(ConsumerReport::default());
            }
            Err(error) => return Err(error),
        };
        while !is_over() && !running.wait(LOOK) {}
        running.stop(drain)
    }
}

pub(crate) fn no_signals(error: io::Error) -> BusError {
    BusError::new(ErrorKind::Refused, "cannot install a handler for SIGTERM and SIGINT").caused_by(error)
}
