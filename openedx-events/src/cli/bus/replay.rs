//! `replay`: runs receivers again for a part of a topic.

use std::collections::BTreeSet;
use std::sync::Arc;

use clap::Args;

use super::amount::{counted, events};
use super::consent::{Asked, Consent, Question};
use super::moment;
use super::printer::Printer;
use super::progress::Progress;
use super::rerun::{Range, RerunArgs, check_receivers};
use super::seek::before;
use super::topic::{OpenTopic, TopicArgs, admin};
use crate::avro::Fingerprint;
use crate::bus::{EntryId, Position, Rerun, Seek, StartAt, StopSignals, Topic, no_signals};
use crate::cli::Streams;
use crate::cli::outcome::{Failure, Outcome, Success};
use crate::cli::terminal::Terminal;
use crate::suggest::nearest;

#[derive(Args)]
pub(in crate::cli) struct Replay {
    #[command(flatten)]
    topic: TopicArgs,
    /// Where to begin: the id of an entry, a time (`2026-01-31T09:30:00Z`, or `2h` ago), or `first`.
    #[arg(long, value_name = "PLACE")]
    from: String,
    /// Where to end, this entry included: the id of an entry, a time, or `last`, what is there when the command starts.
    #[arg(long, value_name = "PLACE", default_value = "last")]
    to: String,
    /// Only events of these types.
    #[arg(long = "type", value_name = "EVENT_TYPE")]
    types: Vec<String>,
    /// Only these receivers, by their paths.
    #[arg(long = "receiver", value_name = "PATH")]
    receivers: Vec<String>,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    rerun: RerunArgs,
}

/// The entries to replay.
struct Found {
    /// The entry before the first one.
    after: Option<EntryId>,
    range: Range,
    events: u64,
}

/// The number of entries that are read at a time to count them.
const PAGE: usize = 500;

impl Replay {
    pub(in crate::cli) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        let Streams { stdin, stdout, stderr } = streams;
        check_receivers()?;
        self.check_names()?;
        let (from, to) = (place("--from", &self.from)?, place("--to", &self.to)?);
        let mut open = self.topic.open_existing(stderr)?;
        open.progress = Progress::new(terminal.is_watched());
        let Some(found) = self.find(&mut open, &from, &to)? else {
            let nothing = format!("{} has no such events between {} and {}", open.topic, self.from, self.to);
            writeln!(stdout, "{nothing}")?;
            return Ok(Success::Complete);
        };
        let group = self.group(&open.topic);
        let groups = open.call(|bus, topic| bus.groups(topic))?;
        let is_resumed = groups.iter().any(|each| each.name == group);
        let runs = self.runs();
        let goes_on = if is_resumed {
            format!("; goes on behind what the group {group} has done before")
        } else {
            String::new()
        };
        let what = format!("{} of {}", events(found.events), open.topic);
        let question = Question {
            verb: "replay",
            done: "replayed",
            what: &what,
            loss: Some(&format!("{runs}{goes_on}")),
        };
        if !self.consent.ask(&question, Asked { stdin, stderr: open.stderr, terminal })? {
            open.note(&format!("would replay {what}: {runs}{goes_on}"));
            return Ok(Success::Complete);
        }
        if !is_resumed {
            begin(&mut open, &group, found.after.as_ref())?;
        }
        let signals = StopSignals::watch().map_err(no_signals)?;
        let OpenTopic { bus, topic, stderr, .. } = open;
        let range = found.range;
        let receive = self.rerun.receive(Arc::new(range.clone()), &group, "replay");
        let progress = Progress::new(terminal.shows_progress()).of(found.events);
        let mut printer = Printer::new(stdout, stderr, progress);
        let ended = receive.run(&bus, vec![topic.clone()], &signals, &mut printer);
        let finished = printer.entries;
        if ended.is_ok() && range.is_read() {
            bus.backend.delete_group(&topic, &group)?;
            printer.note(&format!("replayed {what}"));
            return Ok(Success::Complete);
        }
        printer.note(&format!(
            "replayed {finished} of {what}: run the same command again to go on, or give up with `group delete -g {group}`"
        ));
        ended?;
        Ok(Success::Incomplete)
    }

    /// Refuses types and receivers that this program does not have.
    fn check_names(&self) -> Result<(), Failure> {
        for event_type in &self.types {
            crate::get_signal_by_type(event_type).map_err(|error| Failure::Refused(error.to_string()))?;
        }
        let paths: BTreeSet<_> = crate::all_events()
            .iter()
            .flat_map(|signal| signal.receivers())
            .map(|receiver| &*receiver.path)
            .collect();
        if let Some(path) = self.receivers.iter().find(|path| !paths.contains(path.as_str())) {
            let near = nearest(path, paths.iter().copied());
            return Err(Failure::Refused(format!(
                "this program has no receiver `{}`{near}",
                path.escape_debug()
            )));
        }
        Ok(())
    }

    /// Which receivers run, in words.
    fn runs(&self) -> String {
        match self.receivers.as_slice() {
            [] => format!(
                "the {} of this program run",
                counted(crate::registry_summary().receivers as u64, "receiver")
            ),
            receivers => format!("these receivers run: {}", receivers.join(", ")),
        }
    }

    /// The group that remembers how far the replay has come. The same command has the same one.
    fn group(&self, topic: &Topic) -> String {
        let command = (topic.as_str(), &self.from, &self.to, &self.types, &self.receivers);
        // Not a hasher of the standard library: the next release of the program must find the group, too.
        format!("replay-{}", Fingerprint::of(&format!("{command:?}")))
    }

    /// Counts what is to be replayed.
    fn find(
        &self,
        open: &mut OpenTopic<'_>,
        from: &Position,
        to: &Position,
    ) -> Result<Option<Found>, Failure> {
        let after = before(open, from)?;
        let last = last(open, to)?;
        let Some(last) = last else { return Ok(None) };
        if after.as_ref().is_some_and(|after| moment::order(after) >= moment::order(&last)) {
            if matches!((from, to), (_, Position::End)) {
                return Ok(None);
            }
            return Err(Failure::Refused(format!("`--to {}` is before `--from {}`", self.to, self.from)));
        }
        let range = Range::new(last, self.types.clone(), self.receivers.clone());
        let (mut events, mut seen, mut cursor) = (0, 0, after.clone());
        loop {
            let page = open.call(|bus, topic| bus.browse(topic, cursor.as_ref(), PAGE))?;
            let inside: Vec<_> = page.iter().filter(|delivery| range.has(&delivery.entry)).collect();
            events += inside.iter().filter(|delivery| range.has_type(delivery)).count() as u64;
            seen += inside.len() as u64;
            let Some(end) = page.last().filter(|_| inside.len() == page.len()) else { break };
            cursor = Some(end.entry.clone());
            open.show_progress(seen);
        }
        open.clear_progress();
        Ok((events > 0).then_some(Found { after, range, events }))
    }
}

/// The last entry to replay: it need not exist.
fn last(open: &mut OpenTopic<'_>, to: &Position) -> Result<Option<EntryId>, Failure> {
    match to {
        Position::At(id) => {
            before(open, to)?;
            Ok(Some(id.clone()))
        }
        other => Ok(open.call(|bus, topic| admin(bus)?.position(topic, other))?),
    }
}

fn place(option: &str, text: &str) -> Result<Position, Failure> {
    moment::place(text)
        .map_err(|error| Failure::Refused(format!("`{option} {}`: {error}", text.escape_debug())))
}

/// Creates the group that remembers how far the replay has come.
fn begin(open: &mut OpenTopic<'_>, group: &str, after: Option<&EntryId>) -> Result<(), Failure> {
    open.call(|bus, topic| bus.create_group(topic, group, StartAt::Earliest))?;
    match open.call(|bus, topic| admin(bus)?.seek(topic, group, after))? {
        Seek::Moved => Ok(()),
        Seek::NoGroup | Seek::InUse(_) => {
            Err(Failure::Refused("the same replay runs already: nothing was replayed".to_owned()))
        }
    }
}
