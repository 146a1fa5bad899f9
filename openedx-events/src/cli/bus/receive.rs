//! Consuming for a group: [`Receive`] runs the receivers of this program, and prints the events that they have processed.

use std::io;
use std::net::SocketAddr;
use std::panic;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::options::{Bus, WaitNotice};
use super::printer::{Printed, Printer};
use crate::PersonalData;
use crate::bus::{
    AckPolicy, BusError, ConsumerReport, ConsumerSettings, ErrorKind, EventConsumer, ReadFrom, Rerun,
    RunningConsumer, StartAt, StartWatcher, StopError, StopSignals, Topic,
};
use crate::cli::outcome::Failure;

/// Maximum number of lines that wait to be printed. Beyond it receivers wait.
const MAX_WAITING: usize = 1000;
/// The interval at which the reasons to stop are polled.
const POLL: Duration = Duration::from_millis(50);
/// How long a read waits at most if the command is to notice that it finds nothing.
const MAX_READ_WAIT: Duration = Duration::from_secs(1);

/// What is consumed, and how long.
pub(super) struct Receive<'a> {
    pub(super) group: &'a str,
    pub(super) name: Option<&'a str>,
    pub(super) read_from: ReadFrom,
    /// Where a new group starts; by default as the settings say.
    pub(super) start: Option<StartAt>,
    /// The number of entries to stop after.
    pub(super) count: Option<u64>,
    pub(super) until_idle: Option<Duration>,
    /// How long running receivers may take to finish.
    pub(super) drain: Duration,
    pub(super) personal: PersonalData,
    pub(super) allow_no_receivers: bool,
    /// The address of the endpoints for the status.
    pub(super) status: Option<&'a str>,
    /// What is consumed again, instead of what is new for the group. The command ends when it was read and is done.
    pub(super) rerun: Option<Arc<dyn Rerun>>,
}

/// The settings to consume again with. An event that fails is reported, and does not wait for the receiver to work again;
/// nor does the command for a bus that is lost.
fn rerun_settings(settings: ConsumerSettings) -> ConsumerSettings {
    let reconnect_timeout = settings.start_timeout;
    settings
        .reconnect_timeout(reconnect_timeout)
        .outage_limit(Duration::ZERO)
        .max_parked(0)
        .consecutive_errors_limit(None)
        .skip_to_end_at_start(false)
        .ack_policy(AckPolicy::OnSuccess)
}

impl Receive<'_> {
    /// Consumes until a signal arrives, the consumer ends or an option ends it. Then stops the consumer.
    pub(super) fn run(
        &self,
        bus: &Bus,
        topics: Vec<Topic>,
        signals: &StopSignals,
        printer: &mut Printer<'_>,
    ) -> Result<(), Failure> {
        self.check_receivers(&topics)?;
        if !bus.settings.consumers_enabled {
            printer.note("nothing is consumed: EVENT_BUS_REDIS_CONSUMERS_ENABLED is off");
            return Ok(());
        }
        let configured = bus.settings.consumer.clone();
        let settings = ConsumerSettings {
            start_timeout: bus.timeout,
            max_entries: self.count.or(configured.max_entries),
            allow_no_receivers: self.allow_no_receivers || configured.allow_no_receivers,
            read_from: self.read_from,
            // Not that of the service whose settings the command reads.
            status: self.status.map(ToOwned::to_owned),
            start: self.start.unwrap_or(configured.start),
            ..configured
        };
        let settings = if self.rerun.is_some() { rerun_settings(settings) } else { settings };
        let (sender, lines) = sync_channel(MAX_WAITING);
        let personal = self.personal;
        let mut consumer = EventConsumer::new(Arc::clone(&bus.backend), self.group)
            .settings(settings)
            .after_message(move |consumed| {
                if consumed.outcome.is_final() {
                    let line = Printed::event(
                        consumed.event,
                        consumed.metadata,
                        personal,
                        consumed.topic,
                        consumed.entry,
                    );
                    // The other end is dropped when the output is closed. The consumer is then being stopped.
                    let _ = sender.send(line);
                }
            });
        if let Some(name) = self.name {
            consumer = consumer.name(name);
        }
        if let Some(rerun) = &self.rerun {
            consumer = consumer.rerun(Arc::clone(rerun));
        }
        if let Some(until_idle) = self.until_idle {
            consumer = consumer.read_wait(until_idle.clamp(POLL, MAX_READ_WAIT));
        }
        consumer = topics.into_iter().fold(consumer, EventConsumer::topic);
        let is_stopped = || signals.has_come();
        let mut notes = StartNotes { printer: &mut *printer, waiting: WaitNotice::default() };
        let Some(running) = consumer.start_unless(&is_stopped, &mut notes)? else { return Ok(()) };
        let ended = self.print_while(&running, &lines, &is_stopped, printer);
        let (stopped, output) = stop(running, self.drain, lines, ended, printer);
        // Written even if the output is closed: the receivers have run.
        if let Ok(report) = &stopped {
            printer.note(&summary(report));
        }
        stopped?;
        Ok(output?)
    }

    /// Prints until the consumer ends or has to stop.
    fn print_while(
        &self,
        running: &RunningConsumer,
        lines: &Receiver<Printed>,
        is_stopped: &dyn Fn() -> bool,
        printer: &mut Printer<'_>,
    ) -> io::Result<()> {
        let mut last = (Instant::now(), running.report(), running.empty_reads());
        while !is_stopped() && !running.has_ended() {
            match lines.recv_timeout(POLL) {
                Ok(line) => {
                    printer.print(&line)?;
                    print_waiting(lines, printer)?;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => thread::sleep(POLL),
            }
            printer.show_progress(printer.entries);
            // In this order: what was read last is in flight by then, or done.
            if self.rerun.as_ref().is_some_and(|rerun| rerun.is_read()) && running.in_flight() == 0 {
                return Ok(());
            }
            // A lost connection does not count as idle, nor does a read that has not come back yet.
            let report = running.report();
            if running.in_flight() > 0 || !running.is_ready() || report != last.1 {
                last = (Instant::now(), report, running.empty_reads());
            } else if self.until_idle.is_some_and(|max| last.0.elapsed() >= max)
                && running.empty_reads().iter().zip(&last.2).all(|(now, then)| now > then)
            {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Refuses to consume without receivers: the group would skip entries that its service has not processed.
    fn check_receivers(&self, topics: &[Topic]) -> Result<(), Failure> {
        crate::check().map_err(|problems| Failure::Refused(format!("nothing was consumed: {problems}")))?;
        if self.allow_no_receivers || crate::registry_summary().receivers > 0 {
            return Ok(());
        }
        let topics: Vec<_> = topics.iter().map(|topic| format!("`{topic}`")).collect();
        Err(Failure::Refused(format!(
            "this program has no receivers, so the group `{}` would skip all its entries of {}: omit `-g` to only print them, or \
         pass `--yes`",
            self.group.escape_debug(),
            topics.join(", ")
        )))
    }
}

/// Prints the waiting lines, up to a limit, so that a signal is noticed.
fn print_waiting(lines: &Receiver<Printed>, printer: &mut Printer<'_>) -> io::Result<()> {
    lines.try_iter().take(MAX_WAITING).try_for_each(|line| printer.print(&line))?;
    printer.flush()
}

/// Stops the consumer, and prints the events that its receivers still finish. Returns how the consumer ended, and whether
/// everything was printed.
fn stop(
    running: RunningConsumer,
    drain: Duration,
    lines: Receiver<Printed>,
    mut output: io::Result<()>,
    printer: &mut Printer<'_>,
) -> (Result<ConsumerReport, StopError>, io::Result<()>) {
    let mut lines = Some(lines);
    let stopped = thread::scope(|scope| {
        let stopping = thread::Builder::new().spawn_scoped(scope, move || running.stop(drain));
        let stopping = stopping
            .map_err(|error| BusError::new(ErrorKind::Busy, "cannot spawn a thread").caused_by(error))?;
        loop {
            let is_finished = stopping.is_finished();
            if output.is_err() {
                // Receivers must not wait for an output that is closed.
                lines = None;
            } else if let Some(lines) = &lines {
                output = print_waiting(lines, printer);
            }
            if is_finished {
                break;
            }
            thread::sleep(Duration::from_millis(5));
        }
        stopping.join().unwrap_or_else(|panic| panic::resume_unwind(panic))
    });
    (stopped, output)
}

fn summary(report: &ConsumerReport) -> String {
    let unreceived = report.suppressed.no_receivers + report.suppressed.disabled;
    let dead = report.dead_letters();
    let plural = if dead == 1 { "" } else { "s" };
    let mut summary =
        format!("{} done, {unreceived} reached no receiver, {dead} dead letter{plural}", report.done);
    for (count, what) in [
        (report.given_up, "given up"),
        (report.lost, "claimed by other consumers"),
        (report.trimmed, "trimmed before they were done"),
    ] {
        if count > 0 {
            summary.extend([", ", &count.to_string(), " ", what]);
        }
    }
    summary
}

/// Says how the start of the consumer goes.
struct StartNotes<'n, 'p> {
    printer: &'n mut Printer<'p>,
    waiting: WaitNotice,
}

impl StartWatcher for StartNotes<'_, '_> {
    fn serving(&mut self, address: SocketAddr) {
        self.printer.note(&format!("serving /healthz, /readyz and /metrics at http://{address}"));
    }

    fn retrying(&mut self, error: &BusError) {
        self.waiting.show(error, |note| self.printer.note(note));
    }
}
