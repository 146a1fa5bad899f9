//! `parked show`.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::ops::ControlFlow;

use clap::Args;

use super::args::{LookArgs, Receivers};
use super::pages::{self, number_at_a_time, parked};
use super::tally::none_waits;
use crate::avro::writer::WriterSchemas;
use crate::bus::{BusError, Delivery, ParkedEvent, ParkedPlace, headers};
use crate::cli::Streams;
use crate::cli::bus::amount::{self, bytes, counted, number};
use crate::cli::bus::printer::event_line;
use crate::cli::bus::shown;
use crate::cli::bus::topic::OpenTopic;
use crate::cli::outcome::{Failure, Outcome, Success};
use crate::cli::output::{Format, one_line};
use crate::{EventData, PersonalData};

#[derive(Args)]
pub(super) struct Show {
    #[command(flatten)]
    look: LookArgs,
    /// Ids of parked events; by default the first ones of each consumer.
    #[arg(value_name = "ID")]
    ids: Vec<u64>,
    /// Maximum number of events.
    #[arg(long, value_name = "N", default_value = "10", conflicts_with = "ids")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
    /// Print personal data and keys.
    #[arg(long = "show-pii")]
    with_personal_data: bool,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// A parked event, as a line of JSON. Behind these members is the event.
#[derive(EventData)]
struct Shown {
    group: String,
    /// The consumer that it belongs to; empty if it belongs to nobody.
    consumer: String,
    id: i64,
    /// The entry that it was in the topic.
    entry: String,
    event_type: Option<String>,
    event_id: Option<String>,
    key: Option<String>,
    bytes: i64,
    /// How often it was started and not settled.
    starts: u32,
    waiting: Vec<ShownWaiting>,
    /// Why the event cannot be shown.
    problem: Option<String>,
}

/// A receiver that an event waits for.
#[derive(Clone, EventData)]
struct ShownWaiting {
    receiver: String,
    runs: u32,
    /// When the event first failed, or was parked.
    since: String,
    /// Of the receiver, when the event was parked.
    last_error: Option<String>,
}

/// An event that was found.
struct Found {
    group: String,
    place: ParkedPlace,
    event: ParkedEvent,
}

/// What was looked for.
#[derive(Default)]
struct Search {
    found: Vec<Found>,
    /// The receivers that other events wait for.
    others: BTreeSet<String>,
    /// There are more than are to be shown.
    has_more: bool,
}

impl Show {
    pub(super) fn run(&self, streams: Streams<'_>) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        let mut open = self.look.topic.open_existing(stderr)?;
        let Search { found, others, has_more } = self.search(&mut open)?;
        let missing = self.missing(&found);
        if found.is_empty() && missing.is_empty() {
            if let (Receivers::One(_), false) = (self.look.receivers(), others.is_empty()) {
                return Err(none_waits(self.look.receivers(), others.iter().map(String::as_str)));
            }
            let nothing = self.look.nothing(&open);
            match self.format {
                Format::Human => writeln!(stdout, "{nothing}")?,
                Format::Json => open.note(&nothing),
            }
        }
        let gone = self.print(&found, &mut open, stdout)?;
        stdout.flush()?;
        for id in missing.iter().chain(&gone) {
            open.note(&format!("{} has no parked event {id}", open.topic));
        }
        if has_more {
            open.note("there are more; pass a larger `--limit`");
        }
        Ok(Success::complete_if(missing.is_empty()))
    }

    fn search(&self, open: &mut OpenTopic<'_>) -> Result<Search, Failure> {
        let (mut search, receivers) = (Search::default(), self.look.receivers());
        let limit = if self.ids.is_empty() { self.limit } else { u64::MAX };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        for group in self.look.groups(open)? {
            pages::each(open, &group.name, |place, event| {
                let is_wanted = self.ids.is_empty() || self.ids.contains(&event.id.number());
                if !is_wanted || !receivers.has_waiting(&event) {
                    search.others.extend(event.waiting.into_iter().map(|waiting| waiting.receiver));
                } else if search.found.len() < limit {
                    search.found.push(Found { group: group.name.clone(), place, event });
                } else {
                    search.has_more = true;
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            })?;
        }
        Ok(search)
    }

    /// The ids that were not found.
    fn missing(&self, found: &[Found]) -> Vec<u64> {
        let is_missing = |id: &&u64| !found.iter().any(|found| found.event.id.number() == **id);
        self.ids.iter().filter(is_missing).copied().collect()
    }

    /// Prints events. Returns the ids of those that are not there any more.
    fn print(
        &self,
        mut found: &[Found],
        open: &mut OpenTopic<'_>,
        stdout: &mut dyn Write,
    ) -> Result<Vec<u64>, Failure> {
        let (schemas, mut gone) = (WriterSchemas::new(), Vec::new());
        while let Some(first) = found.first() {
            let same_group = found.iter().take_while(|found| found.group == first.group);
            let (chunk, rest) = found.split_at(number_at_a_time(same_group.map(|found| found.event.size)));
            let places: Vec<_> = chunk.iter().map(|found| found.place.clone()).collect();
            let read = open.call(|bus, topic| parked(bus)?.read(topic, &first.group, &places))?;
            for (found, delivery) in chunk.iter().zip(&read) {
                match delivery {
                    Some(delivery) => self.print_event(found, delivery, &schemas, open, stdout)?,
                    None => gone.push(found.event.id.number()),
                }
            }
            found = rest;
        }
        Ok(gone)
    }

    fn print_event(
        &self,
        found: &Found,
        delivery: &Delivery,
        schemas: &WriterSchemas,
        open: &mut OpenTopic<'_>,
        stdout: &mut dyn Write,
    ) -> Result<(), Failure> {
        let personal = if self.with_personal_data { PersonalData::Keep } else { PersonalData::Redact };
        let line: Result<Result<String, String>, BusError> =
            open.call(|bus, topic| event_line(delivery, topic, schemas, bus, personal));
        let line = line?;
        let members = Shown::of(found, delivery, personal, line.as_ref().err());
        match self.format {
            Format::Human => members.print(found, line.as_deref().ok(), stdout)?,
            Format::Json => {
                let event = line.as_deref().ok();
                writeln!(stdout, "{}", shown::line_with_event(&members, event)?)?;
            }
        }
        Ok(())
    }
}

impl Shown {
    fn of(found: &Found, delivery: &Delivery, personal: PersonalData, problem: Option<&String>) -> Self {
        let Found { group, place, event } = found;
        let text = |header| shown::text(&delivery.message, header).map(Cow::into_owned);
        let waiting = event.waiting.iter().map(|waiting| ShownWaiting {
            receiver: waiting.receiver.clone(),
            runs: waiting.runs,
            since: amount::utc(waiting.since),
            last_error: waiting.last_error.clone(),
        });
        Self {
            group: group.clone(),
            consumer: place.consumer.clone(),
            id: number(place.id.number()),
            entry: delivery.entry.to_string(),
            event_type: text(headers::TYPE),
            event_id: text(headers::ID),
            key: shown::key(&delivery.message, personal),
            bytes: number(event.size),
            starts: event.starts,
            waiting: waiting.collect(),
            problem: problem.cloned(),
        }
    }

    fn print(&self, found: &Found, event: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
        let Self { group, consumer, id, entry, event_type, event_id, key, starts, .. } = self;
        let event_type = event_type.as_deref().unwrap_or("no type");
        let event_id = event_id.as_deref().unwrap_or("no id");
        let mut facts = vec![format!("{group} {id}: {event_type} {event_id}"), format!("entry {entry}")];
        facts.push(key.as_ref().map_or_else(|| "no key".to_owned(), |key| format!("key {key}")));
        facts.push(bytes(found.event.size));
        facts.push(if consumer.is_empty() {
            "of no consumer".to_owned()
        } else {
            format!("of consumer {consumer}")
        });
        if *starts > 0 {
            facts.push(format!("started {} and not settled", counted(*starts, "time")));
        }
        writeln!(out, "{}", one_line(&facts.join(", ")))?;
        for waiting in &found.event.waiting {
            let (path, runs) = (&waiting.receiver, counted(waiting.runs, "run"));
            let error = waiting.last_error.as_ref().map(|error| format!("; last error: {error}"));
            let (since, error) = (amount::since(waiting.since), error.unwrap_or_default());
            let line = format!("waits for {path}: {runs}, since {since}{error}");
            writeln!(out, "  {}", one_line(&line))?;
        }
        match (event, &self.problem) {
            (Some(event), _) => writeln!(out, "  {event}"),
            (None, problem) => writeln!(out, "  {}", one_line(problem.as_deref().unwrap_or_default())),
        }
    }
}
