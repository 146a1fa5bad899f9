//! While something waits and no fault explains it, nobody stands still.

use std::collections::{BTreeMap, BTreeSet};

use super::spans::{Spans, faults, of_bus, of_member};
use super::{Order, STANDSTILL};
use crate::event::{Fate, RECEIVERS};
use crate::history::{History, seconds};

/// A time in which something waits, or a moment at which something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    Waits,
    Moves,
    Ends,
}

/// A time in which nothing moved although something waited.
#[derive(Clone, Debug, Default)]
pub(super) struct Standstill {
    /// Without the faults on its path.
    pub(super) micros: u64,
    pub(super) what: String,
}

/// Returns the longest standstill.
pub(super) fn check(history: &History, order: Order, problems: &mut Vec<String>) -> Standstill {
    let bus = of_bus(history, order);
    let mut longest = Standstill::default();
    let mut look = |what: &str, changes: Vec<(u64, Change, i64)>, path: &Spans| {
        walk(history, what, changes, path, &mut longest, problems);
    };
    for group in history.groups() {
        let members = history.members(group);
        // As long as one of them works, the group does.
        let members = members.into_iter().map(|member| of_member(history, member));
        let down = members.reduce(|one, two| one.common(&two)).unwrap_or_default();
        for receiver in RECEIVERS {
            let path = bus.and(&down).and(&faults(history, receiver));
            look(&format!("{receiver} in {group}"), of_receiver(history, group, receiver), &path);
        }
    }
    for (life, lifetime) in history.lives.iter().filter(|(_, lifetime)| !lifetime.is_consumer()) {
        let end = lifetime.last(history.end).at;
        let mut changes = Vec::new();
        for (number, event) in history.events.iter().filter(|(_, event)| event.producer == *life) {
            let published = event.published.or(event.refused.as_ref().map(|(moment, _)| *moment));
            changes.push((event.sent.at, Change::Waits, *number));
            changes.push((published.map_or(end, |moment| moment.at), Change::Ends, *number));
        }
        look(&format!("the producer {life}"), changes, &bus.and(&of_member(history, life.member())));
    }
    longest
}

/// What waits for a receiver in a group.
fn of_receiver(history: &History, group: &str, receiver: &str) -> Vec<(u64, Change, i64)> {
    let mut ends = BTreeMap::new();
    let mut end = |number: i64, at: u64| {
        let first = ends.entry(number).or_insert(at);
        *first = at.min(*first);
    };
    let mut changes = Vec::new();
    for run in history.runs.iter().filter(|run| run.group == group && run.receiver == receiver) {
        if let Some(done) = run.done() {
            changes.push((done.at, Change::Moves, run.number));
            end(run.number, done.at);
        }
    }
    for outcome in history.outcomes.iter().filter(|outcome| outcome.group == group) {
        changes.push((outcome.moment.at, Change::Moves, outcome.number));
        end(outcome.number, outcome.moment.at);
    }
    // An event that is never done may wait as an outage would, and those of its key behind it.
    let mut blocked: BTreeMap<&str, u64> = BTreeMap::new();
    for number in history.first_stored() {
        let Some((event, published)) =
            history.events.get(&number).and_then(|event| Some((event, event.published?)))
        else {
            continue;
        };
        let end = ends.get(&number).copied().unwrap_or(history.end.at);
        let blocked = blocked.entry(&event.key).or_default();
        if event.is_hopeless() {
            // One that kills its process may keep other receivers from it, too.
            if event.fate_at(receiver) == event.fate || event.fate == Fate::Kills {
                *blocked = end.max(*blocked);
            }
        } else {
            let from = published.at.max(*blocked);
            if from < end {
                changes.push((from, Change::Waits, number));
                changes.push((end, Change::Ends, number));
            }
        }
    }
    changes
}

/// Goes through the changes in time.
fn walk(
    history: &History,
    what: &str,
    mut changes: Vec<(u64, Change, i64)>,
    path: &Spans,
    longest: &mut Standstill,
    problems: &mut Vec<String>,
) {
    changes.sort_unstable();
    let (mut waiting, mut still_since) = (BTreeSet::new(), 0);
    for (at, change, number) in changes {
        if !waiting.is_empty() && change != Change::Waits {
            let still = (at - still_since).saturating_sub(path.within(still_since, at));
            if longest.micros < still {
                let what = format!("{what} from {} to {}", history.at(still_since), history.at(at));
                *longest = Standstill { micros: still, what };
            }
            if u128::from(still) > STANDSTILL.as_micros() {
                let example = waiting.first().copied().unwrap_or(number);
                problems.push(format!(
                    "standstill: {what} from {} to {}, {:.1} s of it without a fault; {} events waited, such as {example}",
                    history.at(still_since),
                    history.at(at),
                    seconds(still),
                    waiting.len()
                ));
            }
            still_since = at;
        }
        match change {
            Change::Waits => {
                if waiting.is_empty() {
                    still_since = at;
                }
                waiting.insert(number);
            }
            Change::Ends => drop(waiting.remove(&number)),
            Change::Moves => {}
        }
    }
}
