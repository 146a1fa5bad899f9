//! Reading topics without a group and without side effects: [`Follow`].

use std::thread;
use std::time::{Duration, Instant};

use super::options::Bus;
use super::printer::{Printed, Printer};
use super::topic::admin;
use crate::bus::{BusError, Delivery, EntryId, Position, StopSignals, Topic};
use crate::cli::outcome::Failure;

/// Maximum number of entries per request.
const PAGE: usize = 200;
/// The interval at which new entries are polled.
const POLL: Duration = Duration::from_millis(100);

/// What is read, and how long.
pub(super) struct Follow<'a> {
    pub(super) sources: Vec<Source>,
    /// Where it begins.
    pub(super) from: Position,
    /// The number of printed entries to stop after.
    pub(super) count: Option<u64>,
    /// Stop when no entry has arrived for this time.
    pub(super) until_idle: Option<Duration>,
    /// How an entry is printed; `None` for one that is passed over.
    pub(super) show: &'a Show<'a>,
}

pub(super) type Show<'a> = dyn Fn(&Delivery, &Source) -> Result<Option<Printed>, BusError> + 'a;

/// Entries of a topic.
#[derive(Clone)]
pub(super) struct Source {
    /// The topic.
    pub(super) topic: Topic,
    /// Where the entries are: in the topic, or in its dead letters.
    pub(super) stored: Topic,
}

impl Source {
    /// The entries of a topic itself.
    pub(super) fn of_topic(topic: Topic) -> Self {
        Self { stored: topic.clone(), topic }
    }

    /// The dead letters of a topic.
    pub(super) fn of_dead_letters(topic: Topic) -> Self {
        Self { stored: topic.dead_letters(), topic }
    }
}

impl Follow<'_> {
    /// Prints entries, and follows new ones until a signal arrives or an option ends it. Returns the number of entries
    /// that were read.
    pub(super) fn run(
        &self,
        bus: &Bus,
        signals: &StopSignals,
        printer: &mut Printer<'_>,
    ) -> Result<u64, Failure> {
        let mut positions: Vec<(&Source, Option<EntryId>)> = Vec::new();
        for source in &self.sources {
            let start = || match &self.from {
                Position::First => Ok(None),
                from => admin(&*bus.backend)?.position(&source.stored, from),
            };
            let Some(after) = ask(bus, signals, printer, start)? else { return Ok(0) };
            positions.push((source, after));
        }
        let mut read = 0;
        let ended = self.read(&mut positions, &mut read, bus, signals, printer);
        if matches!(ended, Err(Failure::Stopped(_))) {
            for (source, position) in &positions {
                let place =
                    position.as_ref().map_or("the beginning".to_owned(), |entry| format!("entry {entry}"));
                printer.note(&format!("{} was read up to {place}", source.stored));
            }
        }
        ended.map(|()| read)
    }

    fn read(
        &self,
        positions: &mut [(&Source, Option<EntryId>)],
        read: &mut u64,
        bus: &Bus,
        signals: &StopSignals,
        printer: &mut Printer<'_>,
    ) -> Result<(), Failure> {
        let mut idle_since = Instant::now();
        while !signals.has_come() {
            let mut is_idle = true;
            for (source, position) in &mut *positions {
                let browse = || bus.backend.browse(&source.stored, position.as_ref(), PAGE);
                let Some(page) = ask(bus, signals, printer, browse)? else { return Ok(()) };
                is_idle &= page.is_empty();
                for delivery in page {
                    let show = || (self.show)(&delivery, source);
                    let Some(shown) = ask(bus, signals, printer, show)? else { return Ok(()) };
                    *read += 1;
                    *position = Some(delivery.entry);
                    let Some(shown) = shown else { continue };
                    printer.print(&shown)?;
                    if self.count.is_some_and(|count| printer.entries >= count) {
                        return Ok(printer.flush()?);
                    }
                }
                printer.flush()?;
                printer.show_progress(*read);
            }
            if !is_idle {
                idle_since = Instant::now();
            } else if self.until_idle.is_some_and(|max| idle_since.elapsed() >= max) {
                return Ok(());
            } else {
                thread::sleep(POLL);
            }
        }
        Ok(())
    }
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
