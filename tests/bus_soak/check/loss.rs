//! Nothing is lost: what was published is stored, and each receiver has done it, or it is a dead letter.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{Fate, RECEIVERS};
use crate::history::{Event, History};

pub(super) fn check(history: &History, problems: &mut Vec<String>) {
    let stored: BTreeSet<i64> = history.stored.iter().map(|(_, number)| *number).collect();
    for (number, event) in &history.events {
        let sent = history.at(event.sent.at);
        if let Some((refused, why)) = &event.refused {
            // The producer had ended before.
            let producer = &history.lives[&event.producer];
            if producer.term.or(producer.finish).is_none_or(|stopped| *refused < stopped) {
                let at = history.at(refused.at);
                problems.push(format!("refused: event {number} of {}: at {at}: {why}", event.producer));
            }
        }
        if stored.contains(number) {
            continue;
        }
        if let Some(published) = event.published {
            problems.push(format!(
                "lost: event {number} of {}, sent at {sent}, was acknowledged by the bus at {} and is not stored",
                event.producer,
                history.at(published.at)
            ));
        } else if history.lives.get(&event.producer).is_some_and(has_ended_cleanly) {
            problems.push(format!(
                "lost: event {number}, sent at {sent}, is not stored, though {} has ended with 0",
                event.producer
            ));
        }
    }
    for number in &stored {
        if !history.events.contains_key(number) {
            problems.push(format!("invented: event {number} is stored and was never sent"));
        }
    }
    check_receivers(history, &stored, problems);
    check_outcomes(history, problems);
    for (moment, what) in &history.undrained {
        problems.push(format!("undrained: at {}, long after the last fault: {what}", history.at(moment.at)));
    }
}

fn has_ended_cleanly(life: &crate::history::Lifetime) -> bool {
    life.ended.as_ref().is_some_and(|(_, how)| how == "exit-0")
}

/// Each event is done by each receiver, or is a dead letter of it.
fn check_receivers(history: &History, stored: &BTreeSet<i64>, problems: &mut Vec<String>) {
    let done = history.first_done();
    let mut dead: BTreeMap<(&str, i64), BTreeSet<&str>> = BTreeMap::new();
    let mut crashed = BTreeSet::new();
    for letter in &history.dead {
        let of = (letter.group.as_str(), letter.number);
        dead.entry(of).or_default().extend(letter.receivers.iter().map(String::as_str));
        if letter.reason == "crashed" {
            crashed.insert(of);
        }
    }
    for group in history.groups() {
        for number in stored {
            let Some(event) = history.events.get(number) else { continue };
            if crashed.contains(&(group, *number)) {
                continue;
            }
            for receiver in RECEIVERS {
                let is_dead =
                    dead.get(&(group, *number)).is_some_and(|receivers| receivers.contains(receiver));
                if !is_dead && !done.contains_key(&(group, receiver, *number)) {
                    problems.push(format!(
                        "lost: event {number} of key {}, sent at {}, was never done by {receiver} in {group}, and is no dead \
                         letter of it",
                        event.key,
                        history.at(event.sent.at)
                    ));
                }
            }
        }
    }
}

/// What counts as done is done by every receiver: in the same process, unless it was parked meanwhile.
fn check_outcomes(history: &History, problems: &mut Vec<String>) {
    let mut done = BTreeMap::new();
    let of_store = || history.deliveries.iter().filter(|delivery| delivery.is_of_store);
    let was_parked: BTreeSet<_> = of_store().map(|delivery| (&delivery.group, &delivery.entry)).collect();
    let of_store: BTreeSet<_> = of_store().map(|delivery| (&delivery.life, &delivery.entry)).collect();
    let first_done = history.first_done();
    // What was given up when the event was parked has its dead letter by then.
    let given_up = |group: &String, entry: &String, receiver: &str| {
        let mut letters =
            history.dead.iter().filter(|letter| letter.group == *group && letter.entry == *entry);
        was_parked.contains(&(group, entry))
            && letters.any(|letter| letter.receivers.iter().any(|each| each == receiver))
    };
    for run in &history.runs {
        if let Some(moment) = run.done() {
            let of = (&run.life, run.number, run.receiver.as_str());
            let first = done.entry(of).or_insert(moment);
            *first = moment.min(*first);
        }
    }
    for outcome in history.outcomes.iter().filter(|outcome| outcome.name != "DeadLettered") {
        let crate::history::Outcome { moment, life, group, entry, number, .. } = outcome;
        let at = history.at(moment.at);
        if outcome.name != "Done" {
            problems.push(format!("lost: event {number}, entry {entry}, ended as {} at {at}", outcome.name));
        }
        for receiver in RECEIVERS {
            let first = first_done.get(&(group.as_str(), receiver, *number)).and_then(|run| run.done());
            let is_over = first.is_some_and(|first| first < *moment) || given_up(group, entry, receiver);
            let is_done_before = of_store.contains(&(life, entry)) && is_over;
            let is_done = done.get(&(life, *number, receiver)).is_some_and(|done| done <= moment);
            if !is_done && !is_done_before {
                problems.push(format!(
                    "early: event {number}, entry {entry}, counts as done in {life} at {at}, and {receiver} has not done it"
                ));
            }
        }
        let is_hopeless = |event: &Event| {
            event.is_hopeless() && event.fate != Fate::Kills && !given_up(group, entry, &event.receiver)
        };
        if history.events.get(number).is_some_and(is_hopeless) {
            problems.push(format!(
                "early: event {number}, entry {entry}, always fails and counts as done at {at}"
            ));
        }
    }
}
