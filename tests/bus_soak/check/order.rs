//! The events of a key are stored and done in order.

use std::collections::BTreeMap;

use super::{MAX_ATTEMPTS, Order};
use crate::event::RECEIVERS;
use crate::history::{Delivery, History, Moment, Run};
use crate::log::Life;

pub(super) fn check(history: &History, order: Order, problems: &mut Vec<String>) {
    let stored = history.first_stored();
    check_topic(history, &stored, problems);
    let (done, failures) = (history.first_done(), failures(history));
    for group in history.groups() {
        for receiver in RECEIVERS {
            let runs = stored.iter().filter_map(|number| done.get(&(group, receiver, *number)).copied());
            match order {
                Order::Group => {
                    check_runs(history, &failures, &format!("{receiver} in {group}"), runs, problems);
                }
                // An entry that others have claimed comes later than what it was read with.
                Order::Consumer => {
                    for member in history.members(group) {
                        let of = only(history, group, member);
                        let runs = runs.clone().filter(|run| of.contains_key(&run.number));
                        let what = format!("{receiver} in {group}, {member}");
                        check_runs(history, &failures, &what, runs, problems);
                    }
                }
            }
        }
    }
}

/// The events that were delivered to one member of the group alone. One that was claimed was delivered to another one before,
/// which may have been frozen before it could say so.
fn only<'a>(history: &'a History, group: &str, member: &str) -> BTreeMap<i64, &'a str> {
    let is_claimed = |delivery: &Delivery| {
        history.claimed_parked.contains_key(&(group.to_owned(), delivery.entry.clone()))
    };
    let mut of = BTreeMap::new();
    for delivery in history.deliveries.iter().filter(|delivery| delivery.group == group) {
        let only = of.entry(delivery.number).or_insert(Some(delivery.life.member()));
        let is_claimed = delivery.is_claimed || is_claimed(delivery);
        if is_claimed || *only != Some(delivery.life.member()) {
            *only = None;
        }
    }
    of.into_iter()
        .filter_map(|(number, only)| Some((number, only?)))
        .filter(|(_, only)| *only == member)
        .collect()
}

/// A producer's events of a key are stored in the order in which it has sent them.
fn check_topic(history: &History, stored: &[i64], problems: &mut Vec<String>) {
    let mut last = BTreeMap::new();
    for number in stored {
        let Some(event) = history.events.get(number) else { continue };
        if let Some(before) = last.insert((&event.producer, &event.key), *number)
            && before > *number
        {
            problems.push(format!(
                "order: event {number} of key {} is stored behind {before}, and {} has sent it before, at {}",
                event.key,
                event.producer,
                history.at(event.sent.at)
            ));
        }
    }
}

/// When runs failed, by life, event and receiver.
type Failures<'a> = BTreeMap<(&'a Life, i64, &'a str), Vec<Moment>>;

fn failures(history: &History) -> Failures<'_> {
    let mut failures = Failures::new();
    for run in &history.runs {
        if let Some(failed) = run.failed() {
            failures.entry((&run.life, run.number, &run.receiver)).or_default().push(failed);
        }
    }
    failures
}

/// The first successful runs of each key follow each other, in the order of the topic. What has used up its attempts may be given up:
/// later ones go on, and it runs again if the process ends before it has said so.
fn check_runs<'a>(
    history: &History,
    failures: &Failures<'_>,
    what: &str,
    runs: impl Iterator<Item = &'a Run>,
    problems: &mut Vec<String>,
) {
    let mut earlier: BTreeMap<&str, Vec<(i64, Moment)>> = BTreeMap::new();
    for run in runs {
        let Some((event, done)) = history.events.get(&run.number).zip(run.done()) else { continue };
        let may_be_given_up = |before: i64| {
            let failed = failures.get(&(&run.life, before, run.receiver.as_str())).into_iter().flatten();
            failed.filter(|failed| **failed < run.begin).count() >= MAX_ATTEMPTS
        };
        let earlier = earlier.entry(&event.key).or_default();
        let is_late = |(before, end): &&(i64, Moment)| run.begin < *end && !may_be_given_up(*before);
        if let Some((before, end)) = earlier.iter().rfind(is_late) {
            problems.push(format!(
                "order: event {} of key {} was begun by {what} at {} in {}, before {before} was done at {}",
                run.number,
                event.key,
                history.at(run.begin.at),
                run.life,
                history.at(end.at)
            ));
        }
        earlier.push((run.number, done));
    }
}
