//! Counting what is parked: [`Tallies`].

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::{SystemTime, UNIX_EPOCH};

use super::args::Receivers;
use super::pages;
use crate::EventData;
use crate::bus::{BusError, ParkedEvent};
use crate::cli::bus::amount::{self, bytes, counted, events, number};
use crate::cli::bus::topic::OpenTopic;
use crate::cli::outcome::Failure;
use crate::cli::output::one_line;
use crate::suggest::nearest;

/// What is parked in a group, by receiver.
#[derive(Default)]
pub(super) struct Tallies {
    by_receiver: BTreeMap<String, Tally>,
    /// The number of events. One that waits for several receivers counts once.
    pub(super) events: u64,
}

/// What waits for a receiver.
#[derive(Clone)]
pub(super) struct Tally {
    pub(super) events: u64,
    bytes: u64,
    /// When the first of them first failed, or was parked.
    oldest: SystemTime,
    max_runs: u32,
    /// Of the receiver, when the last of them was parked.
    last_error: Option<String>,
    /// The number of events that were started and not settled.
    started: u64,
    /// The number of events that wait for other receivers, too.
    shared: u64,
}

/// What waits for a receiver of a group, as a line of JSON.
#[derive(EventData)]
pub(super) struct Listed {
    group: String,
    receiver: String,
    events: i64,
    bytes: i64,
    /// When the oldest event first failed, or was parked.
    oldest: String,
    oldest_seconds: i64,
    /// How often the receiver has run at most for one of them.
    max_runs: u32,
    /// The last error of the receiver when the last of them was parked.
    last_error: Option<String>,
    /// The number of events that were started and not settled: they run, or their process has died.
    started: i64,
}

impl Tallies {
    /// Counts what is parked in a group.
    pub(super) fn of(open: &mut OpenTopic<'_>, group: &str) -> Result<Self, BusError> {
        let mut tallies = Self::default();
        pages::each(open, group, |_, event| {
            tallies.count(&event);
            ControlFlow::Continue(())
        })?;
        open.clear_progress();
        Ok(tallies)
    }

    fn count(&mut self, event: &ParkedEvent) {
        self.events += 1;
        for (place, waiting) in event.waiting.iter().enumerate() {
            // Closures can be connected under one name.
            let is_same = |other: &&str| **other == waiting.receiver;
            let paths = || event.waiting.iter().map(|waiting| &*waiting.receiver);
            let is_first = paths().take(place).all(|other| !is_same(&other));
            let shared = u64::from(paths().any(|other| !is_same(&other)));
            let tally = match self.by_receiver.get_mut(&waiting.receiver) {
                Some(tally) => tally,
                None => self.by_receiver.entry(waiting.receiver.clone()).or_insert_with(Tally::none),
            };
            tally.max_runs = tally.max_runs.max(waiting.runs);
            if waiting.last_error.is_some() {
                tally.last_error.clone_from(&waiting.last_error);
            }
            tally.oldest = if tally.events == 0 { waiting.since } else { tally.oldest.min(waiting.since) };
            if is_first {
                tally.events += 1;
                tally.bytes = tally.bytes.saturating_add(event.size);
                tally.started += u64::from(event.starts > 0);
                tally.shared += shared;
            }
        }
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.by_receiver.keys().map(String::as_str)
    }

    /// What waits for these receivers.
    pub(super) fn chosen(&self, receivers: Receivers<'_>) -> impl Iterator<Item = (&str, &Tally)> {
        let all = self.by_receiver.iter().map(|(path, tally)| (path.as_str(), tally));
        all.filter(move |(path, _)| receivers.contain(path))
    }

    /// The number of events that wait for these receivers.
    pub(super) fn number(&self, receivers: Receivers<'_>) -> u64 {
        match receivers {
            Receivers::All => self.events,
            Receivers::One(path) => self.by_receiver.get(path).map_or(0, |tally| tally.events),
        }
    }
}

/// Says that nothing waits for these receivers, with the nearest of those that something waits for.
pub(super) fn none_waits<'a>(receivers: Receivers<'_>, paths: impl Iterator<Item = &'a str>) -> Failure {
    let near = match receivers {
        Receivers::All => String::new(),
        Receivers::One(path) => nearest(path, paths),
    };
    Failure::Refused(format!("nothing is parked {}{near}", receivers.for_them()))
}

impl Tally {
    fn none() -> Self {
        Self { events: 0, bytes: 0, oldest: UNIX_EPOCH, max_runs: 0, last_error: None, started: 0, shared: 0 }
    }

    pub(super) fn print(&self, group: &str, path: &str, out: &mut dyn Write) -> io::Result<()> {
        let Self { events: number, bytes: size, oldest, max_runs, last_error, started, shared } = self;
        let mut facts = vec![
            format!("{group}: {path}: {}, {}", events(*number), bytes(*size)),
            format!("oldest {}", amount::since(*oldest)),
            format!("at most {}", counted(*max_runs, "run")),
        ];
        facts.extend((*started > 0).then(|| format!("{started} started")));
        facts.extend((*shared > 0).then(|| format!("{shared} also for other receivers")));
        facts.extend(last_error.as_ref().map(|error| format!("last error: {error}")));
        writeln!(out, "{}", one_line(&facts.join("; ")))
    }

    pub(super) fn listed(&self, group: &str, path: &str) -> Listed {
        let age = SystemTime::now().duration_since(self.oldest).unwrap_or_default();
        Listed {
            group: group.to_owned(),
            receiver: path.to_owned(),
            events: number(self.events),
            bytes: number(self.bytes),
            oldest: amount::utc(self.oldest),
            oldest_seconds: number(age.as_secs()),
            max_runs: self.max_runs,
            last_error: self.last_error.clone(),
            started: number(self.started),
        }
    }
}
