//! What the log of a soak says: [`History`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::event::Fate;
use crate::log::{END, Life, Line, Record, Text};

/// A place in the log, which tells what came first, and its time in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    pub(crate) line: usize,
    pub(crate) at: u64,
}

#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) lives: BTreeMap<Life, Lifetime>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) events: BTreeMap<i64, Event>,
    /// The entries of the topic in their order, with the numbers of their events.
    pub(crate) stored: Vec<(String, i64)>,
    pub(crate) dead: Vec<Dead>,
    pub(crate) deliveries: Vec<Delivery>,
    pub(crate) runs: Vec<Run>,
    pub(crate) outcomes: Vec<Outcome>,
    /// By life and entry: when it was acknowledged, released or lost, and when attempts were about to be counted or had returned.
    pub(crate) acknowledged: BTreeMap<(Life, String), Vec<Moment>>,
    pub(crate) released: BTreeMap<(Life, String), Vec<Moment>>,
    pub(crate) lost: BTreeMap<(Life, String), Vec<Moment>>,
    pub(crate) counting: BTreeMap<String, Vec<(Life, Moment)>>,
    /// When it was parked, or put back into the store.
    pub(crate) parked: BTreeMap<(Life, String), Vec<Moment>>,
    pub(crate) parkings: Vec<Parking>,
    /// Parked events, by group and id: their entries and numbers.
    ids: BTreeMap<(String, u64), (String, i64)>,
    starting: Vec<(Life, String, u64, Moment)>,
    /// By life and entry: when it came from the store.
    started: BTreeMap<(Life, String), Vec<Moment>>,
    /// Parked events that were done.
    removing: Vec<Parking>,
    claiming: Vec<(Life, String, u64, Moment)>,
    /// By group and entry: who has claimed it when it was parked by another.
    pub(crate) claimed_parked: BTreeMap<(String, String), Vec<(Life, Moment)>>,
    pub(crate) returned: BTreeMap<(Life, String), Vec<Moment>>,
    pub(crate) undrained: Vec<(Moment, String)>,
    pub(crate) calm: Option<Moment>,
    pub(crate) start: u64,
    pub(crate) end: Moment,
}

/// A life of a process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lifetime {
    /// `-` for a producer.
    pub(crate) group: String,
    pub(crate) start: Moment,
    pub(crate) kill: Option<Moment>,
    pub(crate) term: Option<Moment>,
    /// Like `term`, but it must end with 0.
    pub(crate) finish: Option<Moment>,
    pub(crate) ended: Option<(Moment, String)>,
    pub(crate) overstayed: Option<Moment>,
    pub(crate) has_subscribed: bool,
    pub(crate) is_ready_at_end: Option<bool>,
}

impl Lifetime {
    pub(crate) fn is_consumer(&self) -> bool {
        self.group != "-"
    }

    /// Whether it ended before this, and not as it should.
    pub(crate) fn ended_uncleanly_before(&self, moment: Moment) -> bool {
        let was_killed = self.kill.is_some_and(|kill| kill < moment);
        let ended = self.ended.as_ref().filter(|(_, how)| how != "exit-0");
        // A process has ended some time before this is noticed.
        was_killed || ended.is_some_and(|(ended, _)| ended.at < moment.at + NOTICED)
    }

    pub(crate) fn last(&self, end: Moment) -> Moment {
        self.ended.as_ref().map_or(end, |(ended, _)| *ended)
    }
}

/// The end of a process is noticed at most so long afterwards, while a server is restarted.
const NOTICED: u64 = 2_000_000;
/// What a call has done is logged at most so long afterwards.
const LOGGED: u64 = 100_000;

/// A fault of `bus`, of a member or of a receiver.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) id: u64,
    pub(crate) target: String,
    pub(crate) what: String,
    pub(crate) from: u64,
    pub(crate) to: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) producer: Life,
    pub(crate) key: String,
    pub(crate) fate: Fate,
    /// Of its fate.
    pub(crate) receiver: String,
    pub(crate) sent: Moment,
    pub(crate) published: Option<Moment>,
    pub(crate) refused: Option<(Moment, String)>,
}

impl Event {
    /// What happens to it at a receiver.
    pub(crate) fn fate_at(&self, receiver: &str) -> Fate {
        if self.receiver == receiver { self.fate } else { Fate::Healthy }
    }

    /// Whether a receiver never does it.
    pub(crate) fn is_hopeless(&self) -> bool {
        match self.fate {
            Fate::Fails | Fate::FailsForGood | Fate::Kills => true,
            Fate::Healthy | Fate::Wavers | Fate::Hangs => false,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) moment: Moment,
    /// When the call began that returned it.
    pub(crate) since: u64,
    pub(crate) life: Life,
    pub(crate) group: String,
    pub(crate) entry: String,
    pub(crate) number: i64,
    /// It was another consumer's.
    pub(crate) is_claimed: bool,
    /// It was parked.
    pub(crate) is_of_store: bool,
}

/// An event was parked, or put back into the store.
#[derive(Clone, Debug)]
pub(crate) struct Parking {
    pub(crate) moment: Moment,
    pub(crate) life: Life,
    pub(crate) group: String,
    pub(crate) entry: String,
    pub(crate) number: i64,
    /// Those that it waits for.
    pub(crate) receivers: Vec<String>,
}

/// A run of a receiver.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) life: Life,
    pub(crate) group: String,
    pub(crate) number: i64,
    pub(crate) receiver: String,
    pub(crate) begin: Moment,
    /// `None` if it did not return.
    pub(crate) end: Option<(Moment, bool)>,
}

impl Run {
    /// When it succeeded, if it did.
    pub(crate) fn done(&self) -> Option<Moment> {
        self.end.filter(|(_, is_ok)| *is_ok).map(|(moment, _)| moment)
    }

    /// When it failed, if it did.
    pub(crate) fn failed(&self) -> Option<Moment> {
        self.end.filter(|(_, is_ok)| !*is_ok).map(|(moment, _)| moment)
    }
}

/// The end of an entry, as a consumer told.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) moment: Moment,
    pub(crate) life: Life,
    pub(crate) group: String,
    pub(crate) entry: String,
    pub(crate) number: i64,
    /// The name of an `EventOutcome`.
    pub(crate) name: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Dead {
    pub(crate) group: String,
    pub(crate) entry: String,
    pub(crate) number: i64,
    pub(crate) reason: String,
    pub(crate) receivers: Vec<String>,
}

/// Names that are separated by commas.
fn names(text: &Text) -> Vec<String> {
    text.0.split(',').filter(|name| *name != "-").map(str::to_owned).collect()
}

/// Microseconds in seconds, for messages.
pub(crate) fn seconds(micros: u64) -> f64 {
    Duration::from_micros(micros).as_secs_f64()
}

/// The whole lines of a log, and those that make no sense.
pub(crate) fn parse(text: &str) -> (Vec<Line>, Vec<String>) {
    let (mut lines, mut problems) = (Vec::new(), Vec::new());
    for text in text.lines().filter_map(|line| line.strip_suffix(END)) {
        match text.parse() {
            Ok(line) => lines.push(line),
            Err(_) => problems.push(format!("a line of the log makes no sense: {text}")),
        }
    }
    (lines, problems)
}

impl History {
    pub(crate) fn of(lines: &[Line]) -> Self {
        let mut history = Self { start: lines.first().map_or(0, |line| line.at), ..Self::default() };
        let mut open: BTreeMap<(Life, i64, String), usize> = BTreeMap::new();
        for (number, line) in lines.iter().enumerate() {
            let moment = Moment { line: number, at: line.at };
            history.end = moment;
            history.add(moment, line, &mut open);
        }
        for (life, group, id, moment) in std::mem::take(&mut history.starting) {
            if let Some((entry, _)) = history.ids.get(&(group, id)) {
                history.counting.entry(entry.clone()).or_default().push((life, moment));
            }
        }
        for (life, group, id, moment) in std::mem::take(&mut history.claiming) {
            if let Some((entry, _)) = history.ids.get(&(group.clone(), id)) {
                history.claimed_parked.entry((group, entry.clone())).or_default().push((life, moment));
            }
        }
        for parking in std::mem::take(&mut history.removing) {
            history.removed(parking);
        }
        for fault in history.faults.iter_mut().filter(|fault| fault.to == u64::MAX) {
            fault.to = history.end.at;
        }
        history
    }

    fn add(&mut self, moment: Moment, of: &Line, open: &mut BTreeMap<(Life, i64, String), usize>) {
        let life = of.life.clone();
        let group = self.lives.get(&life).map(|life| life.group.clone()).unwrap_or_default();
        match of.record.clone() {
            Record::Start { life, group } => {
                let lifetime = Lifetime { group: group.0, start: moment, ..Lifetime::default() };
                self.lives.insert(life, lifetime);
            }
            Record::Kill { life } => self.life(&life).kill = Some(moment),
            Record::Term { life } => self.life(&life).term = Some(moment),
            Record::Finish { life } => self.life(&life).finish = Some(moment),
            Record::Ended { life, how } => self.life(&life).ended = Some((moment, how.0)),
            Record::Overstayed { life } => self.life(&life).overstayed = Some(moment),
            Record::Subscribing {} => self.life(&life).has_subscribed = true,
            Record::Ready { is_ready } => self.life(&life).is_ready_at_end = Some(is_ready),
            Record::Fault { id, target, what } => {
                self.faults.push(Fault { id, target: target.0, what: what.0, from: moment.at, to: u64::MAX });
            }
            Record::Healed { id } => {
                for fault in self.faults.iter_mut().filter(|fault| fault.id == id) {
                    fault.to = moment.at;
                }
            }
            Record::Calm {} => self.calm = Some(moment),
            Record::Undrained { what } => self.undrained.push((moment, what.0)),
            Record::Stored { entry, number } => self.stored.push((entry.0, number)),
            Record::Dead { group, entry, number, reason, receivers } => {
                let receivers = names(&receivers);
                self.dead.push(Dead { group: group.0, entry: entry.0, number, reason: reason.0, receivers });
            }
            Record::Sent { number, key, fate, receiver } => {
                let event = Event {
                    producer: life,
                    key: key.0,
                    fate: Fate::of(&fate.0).unwrap_or(Fate::Healthy),
                    receiver: receiver.0,
                    sent: moment,
                    published: None,
                    refused: None,
                };
                self.events.insert(number, event);
            }
            Record::Published { number } => {
                if let Some(event) = self.events.get_mut(&number) {
                    event.published = Some(moment);
                }
            }
            Record::Refused { number, why } => {
                if let Some(event) = self.events.get_mut(&number) {
                    event.refused = Some((moment, why.0));
                }
            }
            Record::Delivered { entry, number, way, since } => {
                let (entry, is_claimed) = (entry.0, way.0 == "claim");
                let is_of_store = false;
                let delivery =
                    Delivery { moment, since, life, group, entry, number, is_claimed, is_of_store };
                self.deliveries.push(delivery);
            }
            Record::Begin { number, receiver } => {
                let run = Run { life, group, number, receiver: receiver.0, begin: moment, end: None };
                open.insert((run.life.clone(), number, run.receiver.clone()), self.runs.len());
                self.runs.push(run);
            }
            Record::Done { number, receiver } => {
                self.end_run(open, &(life, number, receiver.0), (moment, true));
            }
            Record::Failed { number, receiver } => {
                self.end_run(open, &(life, number, receiver.0), (moment, false));
            }
            Record::Outcome { entry, number, outcome } => {
                let (entry, name) = (entry.0, outcome.0);
                self.outcomes.push(Outcome { moment, life, group, entry, number, name });
            }
            Record::Counting { entry } => self.counting.entry(entry.0).or_default().push((life, moment)),
            Record::Returned { entry } => self.returned.entry((life, entry.0)).or_default().push(moment),
            Record::Acknowledged { entry } => self.acknowledge(life, entry.0, moment),
            Record::Lost { entry } => self.lost.entry((life, entry.0)).or_default().push(moment),
            Record::Parked { id, entry, number, receivers } => {
                self.ids.insert((group.clone(), id), (entry.0.clone(), number));
                let (entry, receivers) = (entry.0, names(&receivers));
                self.park(Parking { moment, life, group, entry, number, receivers });
            }
            Record::ClaimedParked { id } => self.claiming.push((life, group, id, moment)),
            Record::Starting { id } => self.starting.push((life, group, id, moment)),
            Record::Started { id, entry, number, way, since } => {
                self.ids.insert((group.clone(), id), (entry.0.clone(), number));
                let (entry, is_claimed, is_of_store) = (entry.0, way.0 == "claim", true);
                self.started.entry((life.clone(), entry.clone())).or_default().push(moment);
                let delivery =
                    Delivery { moment, since, life, group, entry, number, is_claimed, is_of_store };
                self.deliveries.push(delivery);
            }
            Record::Settled { id, receivers } => {
                let Some((entry, number)) = self.ids.get(&(group.clone(), id)).cloned() else { return };
                let receivers = names(&receivers);
                self.settled(Parking { moment, life, group, entry, number, receivers });
            }
            Record::Released { entry } => self.released.entry((life, entry.0)).or_default().push(moment),
        }
    }

    /// What a parked event waits for from now on; nothing, if it is done.
    fn settled(&mut self, parking: Parking) {
        if parking.receivers.is_empty() {
            self.removing.push(parking);
        } else {
            self.park(parking);
        }
    }

    /// Has no effect if another one has claimed the event since it was started, which may be logged later.
    fn removed(&mut self, Parking { moment, life, group, entry, .. }: Parking) {
        let of = (life.clone(), entry.clone());
        let started = self.started.get(&of).into_iter().flatten().filter(|started| **started < moment);
        let started = started.max().copied().unwrap_or_default();
        let claims = self.claimed_parked.get(&(group, entry.clone())).into_iter().flatten();
        let mut since = claims.filter(|(by, claimed)| *by != life && started < *claimed);
        if !since.any(|(_, claimed)| claimed.at < moment.at + LOGGED) {
            self.acknowledge(life, entry, moment);
        }
    }

    fn acknowledge(&mut self, life: Life, entry: String, moment: Moment) {
        self.acknowledged.entry((life, entry)).or_default().push(moment);
    }

    fn park(&mut self, parking: Parking) {
        let of = (parking.life.clone(), parking.entry.clone());
        self.parked.entry(of).or_default().push(parking.moment);
        self.parkings.push(parking);
    }

    fn life(&mut self, life: &Life) -> &mut Lifetime {
        self.lives.entry(life.clone()).or_default()
    }

    fn end_run(
        &mut self,
        open: &mut BTreeMap<(Life, i64, String), usize>,
        which: &(Life, i64, String),
        end: (Moment, bool),
    ) {
        if let Some(run) = open.remove(which) {
            self.runs[run].end = Some(end);
        }
    }

    /// A time in seconds since the start, for messages.
    pub(crate) fn at(&self, at: u64) -> String {
        format!("{:.3} s", seconds(at.saturating_sub(self.start)))
    }

    /// The groups of the consumers.
    pub(crate) fn groups(&self) -> BTreeSet<&str> {
        self.lives.values().filter(|life| life.is_consumer()).map(|life| life.group.as_str()).collect()
    }

    /// The members of a group.
    pub(crate) fn members(&self, group: &str) -> BTreeSet<&str> {
        self.lives.iter().filter(|(_, life)| life.group == group).map(|(life, _)| life.member()).collect()
    }

    /// The first entry of each event, in the order of the topic.
    pub(crate) fn first_stored(&self) -> Vec<i64> {
        let mut seen = BTreeSet::new();
        self.stored.iter().map(|(_, number)| *number).filter(|number| seen.insert(*number)).collect()
    }

    /// When each event was first done, by group, receiver and number.
    pub(crate) fn first_done(&self) -> BTreeMap<(&str, &str, i64), &Run> {
        let mut first: BTreeMap<(&str, &str, i64), &Run> = BTreeMap::new();
        for run in self.runs.iter().filter(|run| run.done().is_some()) {
            let of = (run.group.as_str(), run.receiver.as_str(), run.number);
            let known = first.entry(of).or_insert(run);
            if run.done() < known.done() {
                *known = run;
            }
        }
        first
    }
}
