//! `dlq show`.

use std::io::{self, Write};
use std::ops::ControlFlow;

use clap::Args;

use super::args::Filter;
use super::letter::Letter;
use super::{letters, list};
use crate::avro::writer::WriterSchemas;
use crate::bus::{BusError, DeadLetter, Delivery, EntryId};
use crate::cli::Streams;
use crate::cli::bus::amount::{bytes, counted, number};
use crate::cli::bus::printer::event_line;
use crate::cli::bus::shown;
use crate::cli::bus::topic::{OpenTopic, TopicArgs};
use crate::cli::outcome::{Failure, Outcome, Success};
use crate::cli::output::{Format, one_line};
use crate::{EventData, PersonalData};

#[derive(Args)]
pub(super) struct Show {
    #[command(flatten)]
    topic: TopicArgs,
    #[command(flatten)]
    filter: Filter,
    /// Ids of dead letters; by default the first ones.
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// Maximum number of dead letters.
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

/// A dead letter, as a line of JSON. Behind these members is the event.
#[derive(EventData)]
struct Shown {
    id: String,
    group: String,
    /// The entry that it was in its topic.
    entry: String,
    reason: String,
    /// When it became a dead letter.
    time: String,
    event_type: Option<String>,
    event_id: Option<String>,
    key: Option<String>,
    bytes: i64,
    failures: Vec<ShownFailure>,
    /// Why the event cannot be shown.
    problem: Option<String>,
}

/// Why an event is a dead letter.
#[derive(Clone, EventData)]
struct ShownFailure {
    receiver: Option<String>,
    attempts: u32,
    error: String,
}

impl Show {
    pub(super) fn run(&self, streams: Streams<'_>) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        let mut open = self.topic.open_existing(stderr)?;
        let (found, gone, has_more) = self.search(&mut open)?;
        if found.is_empty() && gone.is_empty() {
            let nothing = list::nothing(&open.topic);
            match self.format {
                Format::Human => writeln!(stdout, "{nothing}")?,
                Format::Json => open.note(&nothing),
            }
        }
        let schemas = WriterSchemas::new();
        for letter in &found {
            self.print(letter, &schemas, &mut open, stdout)?;
        }
        stdout.flush()?;
        for id in &gone {
            open.note(&format!("{} has no dead letter {id}", open.topic));
        }
        if has_more {
            open.note("there are more; pass a larger `--limit`");
        }
        Ok(Success::complete_if(gone.is_empty()))
    }

    fn search(&self, open: &mut OpenTopic<'_>) -> Result<(Vec<Letter>, Vec<EntryId>, bool), Failure> {
        if !self.ids.is_empty() {
            let ids: Vec<_> = self.ids.iter().map(|id| EntryId::new(id.as_str())).collect();
            let (mut found, gone) = letters::read(open, &ids)?;
            found.retain(|letter| self.filter.admits(letter));
            return Ok((found, gone, false));
        }
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let (mut found, mut has_more) = (Vec::new(), false);
        let others = letters::each(open, &self.filter, |letter| {
            if found.len() == limit {
                has_more = true;
                return Ok(ControlFlow::Break(()));
            }
            found.push(letter);
            Ok(ControlFlow::Continue(()))
        })?;
        if found.is_empty() && !others.is_empty() {
            return Err(self.filter.none_admitted(&others));
        }
        Ok((found, Vec::new(), has_more))
    }

    fn print(
        &self,
        letter: &Letter,
        schemas: &WriterSchemas,
        open: &mut OpenTopic<'_>,
        stdout: &mut dyn Write,
    ) -> Result<(), Failure> {
        let personal = if self.with_personal_data { PersonalData::Keep } else { PersonalData::Redact };
        let delivery = Delivery::new(letter.entry.clone(), DeadLetter::original(&letter.message));
        let line: Result<Result<String, String>, BusError> =
            open.call(|bus, topic| event_line(&delivery, topic, schemas, bus, personal));
        let line = line?;
        let members = Shown::of(letter, &delivery, personal, line.as_ref().err());
        match self.format {
            Format::Human => members.print(&delivery, line.as_deref().ok(), stdout)?,
            Format::Json => {
                let event = line.as_deref().ok();
                writeln!(stdout, "{}", shown::line_with_event(&members, event)?)?;
            }
        }
        Ok(())
    }
}

impl Shown {
    fn of(letter: &Letter, delivery: &Delivery, personal: PersonalData, problem: Option<&String>) -> Self {
        let failures = letter.failures().iter().map(|failure| ShownFailure {
            receiver: failure.receiver.clone(),
            attempts: failure.attempts,
            error: failure.error.clone(),
        });
        Self {
            id: letter.entry.to_string(),
            group: letter.group(),
            entry: letter.original_entry(),
            reason: letter.reason().to_owned(),
            time: letter.time(),
            event_type: letter.event_type(),
            event_id: letter.event_id(),
            key: shown::key(&delivery.message, personal),
            bytes: number(delivery.message.size()),
            failures: failures.collect(),
            problem: problem.cloned(),
        }
    }

    fn print(&self, delivery: &Delivery, event: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
        let Self { id, group, entry, reason, time, event_type, event_id, key, .. } = self;
        let event_type = event_type.as_deref().unwrap_or("no type");
        let event_id = event_id.as_deref().unwrap_or("no id");
        let key = key.as_ref().map_or_else(|| "no key".to_owned(), |key| format!("key {key}"));
        let size = bytes(delivery.message.size() as u64);
        let line = format!(
            "{id}: {event_type} {event_id}, entry {entry}, {key}, {size}, {reason} in group {group} at {time}"
        );
        writeln!(out, "{}", one_line(&line))?;
        for ShownFailure { receiver, attempts, error } in &self.failures {
            let who = match receiver {
                Some(path) => format!("{path}: {}: ", counted(*attempts, "attempt")),
                None => String::new(),
            };
            writeln!(out, "  {}", one_line(&format!("{who}{error}")))?;
        }
        match (event, &self.problem) {
            (Some(event), _) => writeln!(out, "  {event}"),
            // The failure has said it already.
            (None, Some(problem)) if self.failures.iter().any(|failure| failure.error == *problem) => Ok(()),
            (None, problem) => writeln!(out, "  {}", one_line(problem.as_deref().unwrap_or_default())),
        }
    }
}
