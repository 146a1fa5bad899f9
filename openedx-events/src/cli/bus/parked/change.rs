//! Changing parked events: [`ChangeArgs`].

use clap::Args;

use super::args::{Receivers, nothing_parked};
use super::pages::{PAGE, number_at_a_time, parked};
use super::tally::{Tallies, none_waits};
use crate::bus::{
    BusError, DeadLetter, ParkedChange, ParkedEvent, ParkedEvents, ParkedPlace, ParkedWrite, Topic, Waiting,
};
use crate::cli::Streams;
use crate::cli::bus::amount::events;
use crate::cli::bus::consent::{Asked, Consent, Question};
use crate::cli::bus::progress::Progress;
use crate::cli::bus::topic::{OpenTopic, TopicArgs};
use crate::cli::outcome::{Outcome, Success};
use crate::cli::output::report;
use crate::cli::terminal::Terminal;

/// The number of passes in a row that change nothing, before what consumers have in use is left to them.
const MAX_IN_VAIN: u32 = 10;

/// The options of a command that changes parked events.
#[derive(Args)]
pub(super) struct ChangeArgs {
    #[command(flatten)]
    topic: TopicArgs,
    /// Consumer group.
    #[arg(short = 'g', long, value_name = "GROUP")]
    group: String,
    #[command(flatten)]
    consent: Consent,
}

/// What a command does to parked events.
pub(super) struct Change<'a> {
    /// As a command: `drop`.
    pub(super) verb: &'a str,
    /// And when it is done: `dropped`.
    pub(super) done: &'a str,
    /// It changes the events that wait for these.
    pub(super) receivers: Receivers<'a>,
    /// Behind a number of events: `for PATH`.
    pub(super) target: String,
    /// What is lost with it.
    pub(super) loss: Option<&'a str>,
    /// How such an event is changed.
    pub(super) apply: &'a dyn Fn(&ParkedEvent) -> Changed,
}

/// How an event is changed.
pub(super) struct Changed {
    /// The receivers that it still waits for.
    pub(super) waiting: Vec<Waiting>,
    pub(super) dead_letter: Option<DeadLetter>,
}

impl ChangeArgs {
    /// Counts, asks, changes, and says what it has changed.
    pub(super) fn run(&self, change: &Change<'_>, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        let Streams { stdin, stdout, stderr } = streams;
        let Change { verb, done, receivers, target, loss, .. } = change;
        let (group, mut open) = (self.group.as_str(), self.topic.open_existing(stderr)?);
        open.group(group)?;
        open.progress = Progress::new(terminal.is_watched());
        let tallies = Tallies::of(&mut open, group)?;
        if tallies.events == 0 {
            writeln!(stdout, "{}", nothing_parked(group, &open))?;
            return Ok(Success::Complete);
        }
        let total = tallies.number(*receivers);
        if total == 0 {
            return Err(none_waits(*receivers, tallies.paths()));
        }
        for (path, tally) in tallies.chosen(*receivers) {
            tally.print(group, path, stdout)?;
        }
        stdout.flush()?;
        let what = format!("{} {target}", events(total));
        let question = Question { verb, done, what: &what, loss: *loss };
        if !self.consent.ask(&question, Asked { stdin, stderr: open.stderr, terminal })? {
            return Ok(Success::Complete);
        }
        open.progress = Progress::new(terminal.is_watched()).of(total);
        let mut walk = Walk { group, change, total, changed: 0, left: Left::default() };
        let ended = walk.run(&mut open);
        open.clear_progress();
        let changed = walk.changed;
        let left = (walk.left.started + walk.left.moved).min(total - changed);
        if let Err(error) = ended {
            // The bus has failed, whether or not the output has, too.
            let _ = report(stdout, open.stderr, &format!("{done} {changed} of {what}"));
            return Err(error.into());
        }
        let lost = if loss.is_some() && changed > 0 { "; they are lost" } else { "" };
        let mut lines = format!("{done} {} {target}{lost}", events(changed));
        let gone = total - changed - left;
        if gone > 0 {
            lines.extend(["\n", &events(gone), " no longer waited"]);
        }
        if left > 0 {
            let (are, were) = if left == 1 { ("is", "was") } else { ("are", "were") };
            let left = format!("{} {are} running and {were} left; try again", events(left));
            lines.extend(["\n", &left]);
        }
        report(stdout, open.stderr, &lines)?;
        Ok(Success::complete_if(left == 0))
    }
}

/// The way through the parked events of a group.
struct Walk<'a> {
    group: &'a str,
    change: &'a Change<'a>,
    /// The number of events that may be changed: those that were counted. More may be parked meanwhile.
    total: u64,
    changed: u64,
    /// The events of the last pass that could not be changed.
    left: Left,
}

/// Events that could not be changed.
#[derive(Clone, Copy, Default)]
struct Left {
    /// They have been started.
    started: u64,
    /// A consumer has claimed them, or put them back, since they were listed.
    moved: u64,
}

/// An event that is to be changed.
struct Due {
    place: ParkedPlace,
    size: u64,
    changed: Changed,
}

impl Walk<'_> {
    /// Passes through all of them again until there is nothing left to change: consumers may claim events meanwhile, which
    /// are then at another place, or run them and put them back.
    fn run(&mut self, open: &mut OpenTopic<'_>) -> Result<(), BusError> {
        let mut passes_in_vain = 0;
        loop {
            let before = self.changed;
            self.left = Left::default();
            let mut after = None;
            while self.changed < self.total {
                after = self.page(open, after.as_ref())?;
                if after.is_none() {
                    break;
                }
                open.show_progress(self.changed);
            }
            passes_in_vain = if self.changed == before { passes_in_vain + 1 } else { 0 };
            // One that is being claimed may be behind this pass, though it was before it a moment ago: so it looks twice.
            let in_vain = if self.changed + self.left.started < self.total { 2 } else { 1 };
            let is_over =
                passes_in_vain == MAX_IN_VAIN || (passes_in_vain >= in_vain && self.left.moved == 0);
            if self.changed == self.total || is_over {
                return Ok(());
            }
        }
    }

    /// Changes what is due on a page. Returns its last place.
    fn page(
        &mut self,
        open: &mut OpenTopic<'_>,
        after: Option<&ParkedPlace>,
    ) -> Result<Option<ParkedPlace>, BusError> {
        // Listed again after an error, as it is not known then what has been changed.
        let (last, left) = open.call(|backend, topic| {
            let parked = parked(backend)?;
            let page = parked.list(topic, self.group, after, PAGE)?;
            let last = page.last().map(|(place, _)| place.clone());
            let is_due = |event: &ParkedEvent| self.change.receivers.has_waiting(event);
            let due: Vec<_> = page
                .into_iter()
                .filter(|(_, event)| is_due(event))
                .map(|(place, event)| Due { place, size: event.size, changed: (self.change.apply)(&event) })
                .collect();
            Ok((last, self.write(parked, topic, &due)?))
        })?;
        self.left.started += left.started;
        self.left.moved += left.moved;
        Ok(last)
    }

    /// Changes events, and counts those that are changed. Returns those that could not be changed.
    fn write(&mut self, parked: &dyn ParkedEvents, topic: &Topic, mut due: &[Due]) -> Result<Left, BusError> {
        let mut left = Left::default();
        while self.changed < self.total && !due.is_empty() {
            let max = usize::try_from(self.total - self.changed).unwrap_or(usize::MAX);
            let (chunk, rest) = due.split_at(number_at_a_time(due.iter().map(|due| due.size)).min(max));
            for write in change(parked, topic, self.group, chunk)? {
                match write {
                    ParkedWrite::Done => self.changed += 1,
                    ParkedWrite::Started => left.started += 1,
                    ParkedWrite::Gone => left.moved += 1,
                }
            }
            due = rest;
        }
        Ok(left)
    }
}

/// Changes some events, with their messages if they are dead-lettered. Returns what has become of each, in any order.
fn change(
    parked: &dyn ParkedEvents,
    topic: &Topic,
    group: &str,
    due: &[Due],
) -> Result<Vec<ParkedWrite>, BusError> {
    let with_letters = due.iter().filter(|due| due.changed.dead_letter.is_some());
    let places: Vec<_> = with_letters.map(|due| due.place.clone()).collect();
    let read = if places.is_empty() { Vec::new() } else { parked.read(topic, group, &places)? };
    let mut messages = read.iter();
    let (mut changes, mut gone) = (Vec::with_capacity(due.len()), Vec::new());
    for Due { place, changed: Changed { waiting, dead_letter }, .. } in due {
        let dead_letter = if let Some(letter) = dead_letter {
            let Some(Some(delivery)) = messages.next() else {
                gone.push(ParkedWrite::Gone);
                continue;
            };
            Some((delivery, letter))
        } else {
            None
        };
        changes.push((place, ParkedChange { id: place.id, waiting, dead_letter }));
    }
    if !changes.is_empty() {
        gone.extend(parked.change(topic, group, &changes)?);
    }
    Ok(gone)
}
