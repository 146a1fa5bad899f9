//! `topic list`.

use std::time::{Duration, SystemTime};

use clap::Args;

use crate::EventData;
use crate::bus::TopicInfo;
use crate::cli::Streams;
use crate::cli::bus::amount::{age, number, utc};
use crate::cli::bus::open_bus::OpenBus;
use crate::cli::bus::options::BusOptions;
use crate::cli::outcome::{Outcome, Success};
use crate::cli::output::{Format, json_line};
use crate::cli::table::{Alarm, Cell, Table};
use crate::cli::terminal::Terminal;

#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    bus: BusOptions,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl List {
    pub(super) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        let mut open = OpenBus::open(&self.bus, stderr)?;
        let topics = open.topics()?;
        let now = SystemTime::now();
        match self.format {
            Format::Human if topics.is_empty() => writeln!(stdout, "{}", open.nothing())?,
            // Whoever reads lines of JSON gets none.
            Format::Json if topics.is_empty() => open.note(&open.nothing()),
            Format::Human => {
                let mut table = Table::new(&["TOPIC", "ENTRIES", "FIRST", "LAST", "DEAD LETTERS"]);
                for topic in &topics {
                    table.row(row(topic, now));
                }
                table.print(terminal.colors(), stdout)?;
            }
            Format::Json => {
                topics.iter().try_for_each(|topic| json_line(stdout, &Listed::of(topic, now)))?;
            }
        }
        Ok(Success::Complete)
    }
}

/// A topic, as a line of JSON.
#[derive(EventData)]
struct Listed {
    topic: String,
    entries: i64,
    /// When the first entry was stored, by the clock of the bus.
    first: Option<String>,
    first_seconds: Option<i64>,
    /// When the last entry was stored.
    last: Option<String>,
    last_seconds: Option<i64>,
    dead_letters: Option<i64>,
}

impl Listed {
    fn of(info: &TopicInfo, now: SystemTime) -> Self {
        let seconds = |time: Option<SystemTime>| time.map(|time| number(since(time, now).as_secs()));
        Self {
            topic: info.topic.to_string(),
            entries: number(info.length),
            first: info.oldest.map(utc),
            first_seconds: seconds(info.oldest),
            last: info.newest.map(utc),
            last_seconds: seconds(info.newest),
            dead_letters: info.dead_letters.map(number::<u64>),
        }
    }
}

fn row(info: &TopicInfo, now: SystemTime) -> Vec<Cell> {
    let ago =
        |time: Option<SystemTime>| Cell::optional(time.map(|time| format!("{} ago", age(since(time, now)))));
    vec![
        Cell::text(info.topic.as_str()),
        Cell::number(Some(info.length)),
        ago(info.oldest),
        ago(info.newest),
        Cell::number(info.dead_letters).alarm(Alarm::Warn.when(info.dead_letters.unwrap_or_default() > 0)),
    ]
}

/// The clock of the bus may be ahead of ours.
fn since(time: SystemTime, now: SystemTime) -> Duration {
    now.duration_since(time).unwrap_or_default()
}
