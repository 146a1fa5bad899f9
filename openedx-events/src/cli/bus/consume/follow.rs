//! Printing topics without a group and without side effects.

use std::thread;
use std::time::{Duration, Instant};

use super::args::Consume;
use crate::avro::writer::WriterSchemas;
use crate::bus::{BusError, EntryId, StopSignals, Topic};
use crate::cli::bus::options::Bus;
use crate::cli::bus::printer::{Printed, Printer};
use crate::cli::outcome::Failure;

/// Maximum number of entries per request.
const PAGE: usize = 100;
/// The interval at which new entries are polled.
const POLL: Duration = Duration::from_millis(100);

/// Prints the entries of topics from the first one on, and follows new ones until a signal arrives or an option ends it.
pub(super) fn follow(
    consume: &Consume,
    bus: &Bus,
    topics: Vec<Topic>,
    signals: &StopSignals,
    printer: &mut Printer<'_>,
) -> Result<(), Failure> {
    let schemas = WriterSchemas::new();
    let mut positions: Vec<(Topic, Option<EntryId>)> =
        topics.into_iter().map(|topic| (topic, None)).collect();
    let mut idle_since = Instant::now();
    while !signals.has_come() {
        let mut is_idle = true;
        for (topic, position) in &mut positions {
            let left = consume.count.map_or(u64::MAX, |count| count - printer.entries);
            let max = usize::try_from(left).unwrap_or(usize::MAX).min(PAGE);
            let page = ask(bus, signals, printer, || bus.backend.browse(topic, position.as_ref(), max));
            let Some(page) = page? else { return Ok(()) };
            is_idle &= page.is_empty();
            for delivery in page {
                let read = ask(bus, signals, printer, || {
                    Printed::read(&delivery, topic, &schemas, &*bus.backend, consume.personal())
                });
                let Some(read) = read? else { return Ok(()) };
                printer.print(&read)?;
                *position = Some(delivery.entry);
            }
            printer.flush()?;
            printer.show_progress();
            if consume.count.is_some_and(|count| printer.entries >= count) {
                return Ok(());
            }
        }
        if !is_idle {
            idle_since = Instant::now();
        } else if consume.until_idle.is_some_and(|max| idle_since.elapsed() >= max) {
            return Ok(());
        } else {
            thread::sleep(POLL);
        }
    }
    Ok(())
}

/// Calls the bus, with retries. Returns `None` if a signal arrives while the bus cannot be reached.
fn ask<T>(
    bus: &Bus,
    signals: &StopSignals,
    printer: &mut Printer<'_>,
    ask: impl Fn() -> Result<T, BusError>,
) -> Result<Option<T>, BusError> {
    let is_stopped = || signals.has_come();
    match bus.retry(&is_stopped, ask, |note| printer.note(note)) {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_transient() && is_stopped() => Ok(None),
        Err(error) => Err(error),
    }
}
