//! A consumer as the whole business of a process: [`EventConsumer::run`].

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use super::consumer::EventConsumer;
use super::report::ConsumerReport;
use super::running::{DRAIN, StopError};
use super::stop_signals::StopSignals;
use crate::bus::contract::error::{BusError, ErrorKind};

/// How often it is looked whether a signal has come.
const LOOK: Duration = Duration::from_millis(50);

impl EventConsumer {
    /// Consumes until SIGTERM or SIGINT, or until it ends by itself; for the `main` of a service.
    ///
    /// At the signal receivers that run have 25 seconds to come to their end; [`run_until_signal`](Self::run_until_signal)
    /// takes another time. A second signal ends the process at once, with the code 143 or 130. Blocks this thread, which may
    /// be one of an async runtime that has nothing else to do.
    ///
    /// | exit code | means |
    /// |---|---|
    /// | 0 | stopped by a signal, or done with [`max_entries`](super::ConsumerSettings::max_entries): everything begun is finished and acknowledged |
    /// | 2 | settings that make no sense, or a program without receivers |
    /// | 3 | the bus cannot be reached |
    /// | 4 | too many events in a row have ended as dead letters |
    /// | 5 | the bus refuses, or a receiver is stuck |
    /// | 6 | receivers still ran when the time to stop was over; their events come again |
    ///
    /// What went wrong is a line on the standard error, and in the log.
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
            Ok(report) => {
                tracing::info!(?report, "the consumer has stopped");
                ExitCode::SUCCESS
            }
            Err(error) => {
                tracing::error!(%error, "the consumer has ended");
                // Whoever has no log should know too. A closed stderr is not worth failing for.
                let _ = writeln!(io::stderr(), "error: {error}");
                ExitCode::from(error.exit_code())
            }
        }
    }

    /// Consumes until SIGTERM or SIGINT, or until it ends by itself. Receivers that run then have until the deadline `drain`.
    ///
    /// A signal that comes while the bus is waited for at the start ends the waiting, and is no error. A second signal ends
    /// the process at once, with the code 143 or 130; outside of this call signals do what they do by default.
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
    BusError::new(ErrorKind::Refused, "the system does not let the process watch for SIGTERM")
        .caused_by(error)
}
