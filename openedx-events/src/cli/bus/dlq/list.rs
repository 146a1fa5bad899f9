//! `dlq list`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::ControlFlow;

use clap::Args;

use super::args::Filter;
use super::letter::Letter;
use super::letters;
use crate::EventData;
use crate::cli::Streams;
use crate::cli::bus::amount::{counted, number};
use crate::cli::bus::progress::Progress;
use crate::cli::bus::topic::TopicArgs;
use crate::cli::outcome::{Outcome, Success};
use crate::cli::output::{Format, json_line, one_line};
use crate::cli::terminal::Terminal;

#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    topic: TopicArgs,
    #[command(flatten)]
    filter: Filter,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What dead letters have in common.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    group: String,
    reason: &'static str,
    receiver: Option<String>,
    event_type: Option<String>,
}

/// Dead letters of one kind.
#[derive(Default)]
struct Tally {
    letters: u64,
    oldest: String,
    newest: String,
    last_error: Option<String>,
}

/// Dead letters by kind.
#[derive(Default)]
pub(super) struct Kinds(BTreeMap<Kind, Tally>);

/// Dead letters of one kind, as a line of JSON.
#[derive(EventData)]
struct Listed {
    group: String,
    reason: String,
    /// `null` if the dead letters are not those of a receiver.
    receiver: Option<String>,
    event_type: Option<String>,
    letters: i64,
    /// When the first of them became a dead letter.
    oldest: String,
    newest: String,
    /// The error of the last of them.
    last_error: Option<String>,
}

impl List {
    pub(super) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        let mut open = self.topic.open_existing(stderr)?;
        open.progress = Progress::new(terminal.shows_progress());
        let mut kinds = Kinds::default();
        let others = letters::each(&mut open, &self.filter, |letter| {
            kinds.add(&letter);
            Ok(ControlFlow::Continue(()))
        })?;
        if kinds.0.is_empty() && !others.is_empty() {
            return Err(self.filter.none_admitted(&others));
        }
        if kinds.0.is_empty() {
            let nothing = nothing(&open.topic);
            match self.format {
                Format::Human => writeln!(stdout, "{nothing}")?,
                Format::Json => open.note(&nothing),
            }
        }
        for listed in kinds.listed() {
            match self.format {
                Format::Human => listed.print(stdout)?,
                Format::Json => json_line(stdout, &listed)?,
            }
        }
        Ok(Success::Complete)
    }
}

/// That a topic has no dead letters.
pub(super) fn nothing(topic: &crate::bus::Topic) -> String {
    format!("{topic} has no dead letters")
}

impl Kinds {
    /// Counts a dead letter, once for each receiver that failed.
    pub(super) fn add(&mut self, letter: &Letter) {
        let failures = letter.failures();
        let kinds: Vec<_> = if failures.is_empty() {
            vec![(None, None)]
        } else {
            failures.iter().map(|failure| (failure.receiver.clone(), Some(failure.error.clone()))).collect()
        };
        for (receiver, error) in kinds {
            let (group, event_type) = (letter.group(), letter.event_type());
            let tally =
                self.0.entry(Kind { group, reason: letter.reason(), receiver, event_type }).or_default();
            tally.letters += 1;
            let time = letter.time();
            if tally.oldest.is_empty() {
                tally.oldest.clone_from(&time);
            }
            tally.newest = time;
            if error.is_some() {
                tally.last_error = error;
            }
        }
    }

    fn listed(self) -> impl Iterator<Item = Listed> {
        self.0.into_iter().map(|(kind, tally)| Listed::of(kind, tally))
    }

    pub(super) fn print(self, out: &mut dyn Write) -> io::Result<()> {
        self.listed().try_for_each(|listed| listed.print(out))?;
        out.flush()
    }
}

impl Listed {
    fn of(kind: Kind, tally: Tally) -> Self {
        let Kind { group, reason, receiver, event_type } = kind;
        let Tally { letters, oldest, newest, last_error } = tally;
        Self {
            group,
            reason: reason.to_owned(),
            receiver,
            event_type,
            letters: number(letters),
            oldest,
            newest,
            last_error,
        }
    }

    fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { group, reason, receiver, event_type, letters, oldest, newest, last_error } = self;
        let event_type = event_type.as_deref().unwrap_or("no type");
        let receiver = receiver.as_ref().map(|path| format!(" of {path}")).unwrap_or_default();
        let times =
            if oldest == newest { format!("at {oldest}") } else { format!("from {oldest} to {newest}") };
        let error = last_error.as_ref().map(|error| format!("; last error: {error}")).unwrap_or_default();
        let letters = counted(*letters, "dead letter");
        writeln!(
            out,
            "{}",
            one_line(&format!("{group}: {reason}{receiver}: {event_type}: {letters}, {times}{error}"))
        )
    }
}
