//! Consuming for a group: the receivers of this program run, and what they have handled is printed.

use std::io;
use std::panic;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::Consume;
use crate::bus::{
    BusError, ConsumerReport, ConsumerSettings, ErrorKind, EventConsumer, RunningConsumer, StopError,
    StopSignals, Topic,
};
use crate::cli::Failure;
use crate::cli::bus::options::Bus;
use crate::cli::bus::printer::{Printed, Printer};

/// How many lines may wait to be printed; then receivers wait.
const WAITING: usize = 1000;
/// How often it is looked whether to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Consumes until a signal, an end by itself or what the options say, and stops.
pub(super) fn receive(
    consume: &Consume,
    group: &str,
    bus: &Bus,
    topics: Vec<Topic>,
    signals: &StopSignals,
    printer: &mut Printer<'_>,
) -> Result<(), Failure> {
    if !bus.settings.consumers_enabled {
        printer.note("nothing is consumed: EVENT_BUS_REDIS_CONSUMERS_ENABLED is off");
        return Ok(());
    }
    let configured = bus.settings.consumer.clone();
    let settings = ConsumerSettings {
        start_timeout: bus.timeout,
        max_entries: consume.count.or(configured.max_entries),
        allow_no_receivers: consume.yes || configured.allow_no_receivers,
        ..configured
    };
    let (sender, lines) = sync_channel(WAITING);
    let personal = consume.personal();
    let mut consumer = EventConsumer::new(Arc::clone(&bus.backend), group).settings(settings).after_message(
        move |consumed| {
            if consumed.outcome.is_final() {
                let line = Printed::event(
                    consumed.event,
                    consumed.metadata,
                    personal,
                    consumed.topic,
                    consumed.entry,
                );
                // Nobody listens when the output is gone; the consumer stops then.
                let _ = sender.send(line);
            }
        },
    );
    if let Some(name) = &consume.name {
        consumer = consumer.name(name);
    }
    consumer = topics.into_iter().fold(consumer, EventConsumer::topic);
    let is_over = || signals.has_come();
    let running = match consumer.start_unless(&is_over, &mut |error| printer.tell_of_waiting(error)) {
        Err(StopError::Bus(error)) if error.is_transient() && is_over() => return Ok(()),
        running => running?,
    };
    let so_far = print_while(&running, &lines, consume.until_idle, &is_over, printer);
    let stopped = stop(running, consume.drain, lines, so_far, printer)?;
    printer.note(&summary(&stopped));
    Ok(())
}

/// Prints until the consumer ends, or is to stop.
fn print_while(
    running: &RunningConsumer,
    lines: &Receiver<Printed>,
    until_idle: Option<Duration>,
    is_over: &dyn Fn() -> bool,
    printer: &mut Printer<'_>,
) -> io::Result<()> {
    let mut last = (Instant::now(), running.report());
    while !is_over() && !running.has_ended() {
        match lines.recv_timeout(LOOK) {
            Ok(line) => {
                printer.print(&line)?;
                print_waiting(lines, printer)?;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => thread::sleep(LOOK),
        }
        printer.show_progress();
        // A bus that is lost is no idle one.
        let report = running.report();
        if running.in_flight() > 0 || !running.is_ready() || report != last.1 {
            last = (Instant::now(), report);
        } else if until_idle.is_some_and(|max| last.0.elapsed() >= max) {
            return Ok(());
        }
    }
    Ok(())
}

/// Prints what waits, and no more than that, so that a signal is seen.
fn print_waiting(lines: &Receiver<Printed>, printer: &mut Printer<'_>) -> io::Result<()> {
    lines.try_iter().take(WAITING).try_for_each(|line| printer.print(&line))?;
    printer.flush()
}

/// Stops the consumer, and prints what its receivers still do.
fn stop(
    running: RunningConsumer,
    drain: Duration,
    lines: Receiver<Printed>,
    mut output: io::Result<()>,
    printer: &mut Printer<'_>,
) -> Result<ConsumerReport, Failure> {
    let mut lines = Some(lines);
    let stopped = thread::scope(|scope| {
        let stopping = thread::Builder::new().spawn_scoped(scope, move || running.stop(drain));
        let stopping = stopping.map_err(|error| {
            BusError::new(ErrorKind::Busy, "the system gives no threads").caused_by(error)
        })?;
        loop {
            let is_finished = stopping.is_finished();
            if output.is_err() {
                // Receivers are not to wait for an output that is gone.
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
    })?;
    output?;
    Ok(stopped)
}

fn summary(report: &ConsumerReport) -> String {
    let unheard = report.suppressed.no_receivers + report.suppressed.disabled;
    let dead = report.dead_letters();
    let plural = if dead == 1 { "" } else { "s" };
    let mut summary = format!("{} done, {unheard} reached nobody, {dead} dead letter{plural}", report.done);
    for (count, what) in [
        (report.given_up, "given up"),
        (report.lost, "taken over by others"),
        (report.trimmed, "trimmed by others before they were done"),
    ] {
        if count > 0 {
            summary.extend([", ", &count.to_string(), " ", what]);
        }
    }
    summary
}
