//! Looking at topics, without a group and without consequences.

use std::thread;
use std::time::{Duration, Instant};

use super::Consume;
use crate::PersonalData;
use crate::avro::WriterSchemas;
use crate::bus::{
    Backend, BusError, DeadLetter, Decoded, Delivery, EntryId, StartTimeout, StopSignals, Topic, Undecoded,
};
use crate::cli::Failure;
use crate::cli::bus::options::Bus;
use crate::cli::bus::printer::{Printed, Printer};

/// How many entries are asked for at once.
const PAGE: usize = 100;
/// How long to wait for new ones.
const PAUSE: Duration = Duration::from_millis(100);

/// Prints the entries of topics from the first one on, and then the new ones, until a signal or what the options say.
pub(super) fn follow(
    consume: &Consume,
    bus: &Bus,
    topics: Vec<Topic>,
    signals: &StopSignals,
    printer: &mut Printer<'_>,
) -> Result<(), Failure> {
    let schemas = WriterSchemas::new();
    let mut places: Vec<(Topic, Option<EntryId>)> = topics.into_iter().map(|topic| (topic, None)).collect();
    let mut idle_since = Instant::now();
    while !signals.has_come() {
        let mut has_come = false;
        for (topic, place) in &mut places {
            let left = consume.count.map_or(u64::MAX, |count| count - printer.entries);
            let max = usize::try_from(left).unwrap_or(usize::MAX).min(PAGE);
            let page = ask(bus, signals, printer, || bus.backend.browse(topic, place.as_ref(), max));
            let Some(page) = page? else { return Ok(()) };
            has_come |= !page.is_empty();
            for delivery in page {
                let read = ask(bus, signals, printer, || read(&delivery, topic, &schemas, &*bus.backend));
                let Some(read) = read? else { return Ok(()) };
                printer.print(&printed(read, &delivery.entry, topic, consume.personal()))?;
                *place = Some(delivery.entry);
            }
            printer.flush()?;
            printer.show_progress();
            if consume.count.is_some_and(|count| printer.entries >= count) {
                return Ok(());
            }
        }
        if has_come {
            idle_since = Instant::now();
        } else if consume.until_idle.is_some_and(|max| idle_since.elapsed() >= max) {
            return Ok(());
        } else {
            thread::sleep(PAUSE);
        }
    }
    Ok(())
}

/// Asks the bus, which is waited for. `None` if a signal came meanwhile.
fn ask<T>(
    bus: &Bus,
    signals: &StopSignals,
    printer: &mut Printer<'_>,
    ask: impl Fn() -> Result<T, BusError>,
) -> Result<Option<T>, BusError> {
    let is_over = || signals.has_come();
    match StartTimeout::new(bus.timeout, &is_over).retry(ask, |error| printer.tell_of_waiting(error)) {
        Ok(answer) => {
            printer.has_waited();
            Ok(Some(answer))
        }
        Err(error) if error.is_transient() && is_over() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads an entry, or tells why it is none.
fn read(
    delivery: &Delivery,
    topic: &Topic,
    schemas: &WriterSchemas,
    backend: &dyn Backend,
) -> Result<Result<Decoded, DeadLetter>, BusError> {
    match Decoded::of(delivery, topic, schemas, backend) {
        Ok(decoded) => Ok(Ok(decoded)),
        Err(Undecoded::Dead(letter)) => Ok(Err(letter)),
        Err(Undecoded::NotNow(error)) => Err(error),
    }
}

fn printed(
    read: Result<Decoded, DeadLetter>,
    entry: &EntryId,
    topic: &Topic,
    personal: PersonalData,
) -> Printed {
    match read {
        Ok(decoded) => Printed::event(&*decoded.event, &decoded.metadata, personal, topic, entry),
        Err(letter) => {
            let why = letter.failures.first().map_or(letter.reason.as_str(), |failure| &failure.error);
            Printed::problem(topic, entry, &why)
        }
    }
}
