//! `pending`: what the groups of a topic have read and not finished.

mod parked;

use std::io::{self, Write};

use clap::Args;

use crate::EventData;
use crate::bus::{BusError, Delivery, EntryId, PendingEntry, headers};
use crate::cli::Streams;
use crate::cli::bus::amount::{age, counted, number};
use crate::cli::bus::progress::Progress;
use crate::cli::bus::topic::{OpenTopic, TopicArgs, admin};
use crate::cli::outcome::{Failure, Outcome, Success};
use crate::cli::output::{Format, json_line, one_line};
use crate::cli::terminal::Terminal;

/// Maximum number of entries per request.
const PAGE: usize = 100;

#[derive(Args)]
pub(in crate::cli) struct Pending {
    #[command(flatten)]
    topic: TopicArgs,
    /// Consumer group; by default all groups of the topic.
    #[arg(short = 'g', long, value_name = "GROUP")]
    group: Option<String>,
    /// Maximum number of pending entries of a group, and of parked events.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// An entry that a consumer has, or an event that is parked, as a line of JSON.
#[derive(EventData)]
struct Listed {
    group: String,
    /// `pending` or `parked`.
    state: String,
    entry: String,
    /// The id of a parked event.
    parked: Option<i64>,
    consumer: String,
    /// The time since the last delivery or heartbeat, if the bus knows it.
    idle_seconds: Option<i64>,
    /// How often it was delivered, if the bus counts that.
    deliveries: Option<i64>,
    event_type: Option<String>,
    event_id: Option<String>,
    /// The receivers that a parked event waits for.
    waiting: Vec<Waiting>,
}

/// A receiver that an event waits for.
#[derive(EventData)]
struct Waiting {
    receiver: String,
    runs: u32,
    /// When the event first failed, or was parked.
    since: String,
    /// Of the receiver, when the event was parked.
    last_error: Option<String>,
}

impl Pending {
    pub(in crate::cli) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        let mut open = self.topic.open_existing(stderr)?;
        open.progress = Progress::new(terminal.shows_progress());
        open.exists()?;
        let groups = match &self.group {
            Some(group) => vec![open.group(group)?],
            None => open.call(|bus, topic| bus.groups(topic))?,
        };
        let mut listed = 0;
        for group in groups {
            listed += self.list(&group.name, &mut open, stdout)?;
            if group.parked > 0 {
                listed += parked::list(self, &group.name, &mut open, stdout)?;
            }
        }
        open.clear_progress();
        if listed == 0 {
            let nothing = match &self.group {
                Some(group) => {
                    format!("the group `{}` of {} has nothing pending", group.escape_debug(), open.topic)
                }
                None => format!("no group of {} has anything pending", open.topic),
            };
            match self.format {
                Format::Human => writeln!(stdout, "{nothing}")?,
                // Whoever reads lines of JSON gets none.
                Format::Json => open.note(&nothing),
            }
        }
        Ok(Success::Complete)
    }

    fn limit(&self) -> u64 {
        self.limit.unwrap_or(u64::MAX)
    }

    /// Prints the entries that consumers of a group have. Returns how many.
    fn list(&self, group: &str, open: &mut OpenTopic<'_>, out: &mut dyn Write) -> Result<u64, Failure> {
        let (mut after, mut listed): (Option<EntryId>, u64) = (None, 0);
        while listed < self.limit() {
            let max = usize::try_from(self.limit() - listed).unwrap_or(usize::MAX).min(PAGE);
            let page = open.call(|bus, topic| admin(bus)?.pending(topic, group, after.as_ref(), max))?;
            let Some(last) = page.last() else { break };
            after = Some(last.entry.clone());
            let entries = messages(open, &page)?;
            for (pending, delivery) in page.iter().zip(&entries) {
                self.print(&Listed::of(group, pending, delivery.as_ref()), out)?;
                listed += 1;
            }
            open.show_progress(listed);
        }
        if listed == self.limit() && after.is_some() {
            let more = open.call(|bus, topic| admin(bus)?.pending(topic, group, after.as_ref(), 1))?;
            if !more.is_empty() {
                open.note(&format!("{group} has more pending entries; pass a larger `--limit`"));
            }
        }
        Ok(listed)
    }

    fn print(&self, listed: &Listed, out: &mut dyn Write) -> io::Result<()> {
        match self.format {
            Format::Human => listed.print(out),
            Format::Json => json_line(out, listed),
        }
    }
}

/// The messages of pending entries. `None` stands for one that was removed or trimmed.
fn messages(open: &mut OpenTopic<'_>, page: &[PendingEntry]) -> Result<Vec<Option<Delivery>>, BusError> {
    let ids: Vec<_> = page.iter().map(|pending| pending.entry.clone()).collect();
    open.call(|bus, topic| admin(bus)?.entries(topic, &ids))
}

/// A header as text.
fn header(delivery: &Delivery, name: &str) -> Option<String> {
    delivery.message.header(name).map(|value| String::from_utf8_lossy(value).into_owned())
}

impl Listed {
    fn of(group: &str, pending: &PendingEntry, delivery: Option<&Delivery>) -> Self {
        Self {
            group: group.to_owned(),
            state: "pending".to_owned(),
            entry: pending.entry.to_string(),
            parked: None,
            consumer: pending.consumer.clone(),
            idle_seconds: pending.idle.map(|idle| number(idle.as_secs())),
            deliveries: pending.deliveries.map(number::<u64>),
            event_type: delivery.and_then(|delivery| header(delivery, headers::TYPE)),
            event_id: delivery.and_then(|delivery| header(delivery, headers::ID)),
            waiting: Vec::new(),
        }
    }

    fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self {
            group,
            entry,
            parked,
            consumer,
            idle_seconds,
            deliveries,
            event_type,
            event_id,
            waiting,
            ..
        } = self;
        let event = match (event_type, event_id) {
            (Some(event_type), Some(id)) => format!("{event_type} {id}"),
            (Some(event_type), None) => event_type.clone(),
            (None, _) => "no type, or not in the topic any more".to_owned(),
        };
        let mut facts = vec![format!("{group} {entry}: {event}")];
        facts.push(match consumer.as_str() {
            "" => "of no consumer".to_owned(),
            consumer => format!("of consumer {consumer}"),
        });
        facts.extend(parked.map(|id| format!("parked as {id}")));
        let idle = idle_seconds.and_then(|idle| u64::try_from(idle).ok());
        facts.extend(idle.map(|idle| format!("idle for {}", age(std::time::Duration::from_secs(idle)))));
        facts.extend(deliveries.map(|times| format!("delivered {}", counted(times, "time"))));
        writeln!(out, "{}", one_line(&facts.join(", ")))?;
        for Waiting { receiver, runs, since, last_error } in waiting {
            let error = last_error.as_ref().map(|error| format!("; last error: {error}")).unwrap_or_default();
            let line = format!("waits for {receiver}: {}, since {since}{error}", counted(*runs, "run"));
            writeln!(out, "  {}", one_line(&line))?;
        }
        Ok(())
    }
}
