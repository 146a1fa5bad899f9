//! What always fails is dead-lettered, and nothing else without a cause.

use std::collections::{BTreeMap, BTreeSet};

use super::spans::{Spans, faults};
use super::{EVIDENCE, FEW, MAX_ATTEMPTS, MAX_CRASHES, OUTAGE_LIMIT};
use crate::event::{Fate, RECEIVERS};
use crate::history::{Dead, Event, History, Moment, Run, seconds};
use crate::log::Life;

pub(super) fn check(history: &History, problems: &mut Vec<String>) {
    let mut by_entry: BTreeMap<(&str, &str), Vec<&Dead>> = BTreeMap::new();
    for letter in &history.dead {
        by_entry.entry((&letter.group, &letter.entry)).or_default().push(letter);
    }
    for ((group, entry), letters) in &by_entry {
        let (number, count) = (letters[0].number, letters.len());
        // What was given up when the event was parked has one of its own.
        let mut seen = BTreeSet::new();
        let mut names = letters.iter().flat_map(|letter| &letter.receivers);
        let are_apart = letters.iter().all(|letter| !letter.receivers.is_empty())
            && names.all(|receiver| seen.insert(receiver));
        if count > 1 && !are_apart {
            problems
                .push(format!("dead: event {number}, entry {entry}, has {count} dead letters of {group}"));
        }
    }
    for group in history.groups() {
        for (entry, number) in &history.stored {
            let Some(event) = history.events.get(number) else { continue };
            if event.is_hopeless() && !by_entry.contains_key(&(group, entry.as_str())) {
                problems.push(format!(
                    "dead: event {number}, entry {entry}, {} at {} and is no dead letter of {group}",
                    event.fate.name(),
                    event.receiver
                ));
            }
        }
    }
    check_causes(history, problems);
}

fn check_causes(history: &History, problems: &mut Vec<String>) {
    let outages: BTreeMap<&str, Spans> =
        RECEIVERS.into_iter().map(|receiver| (receiver, faults(history, receiver))).collect();
    let mut few: BTreeMap<(Life, String, usize), usize> = BTreeMap::new();
    for letter in &history.dead {
        let Dead { group, entry, number, reason, receivers } = letter;
        let Some(event) = history.events.get(number) else { continue };
        let author = author(history, letter);
        let author = author.as_ref();
        let problem = match reason.as_str() {
            "crashed" => of_crashes(history, letter, event).err(),
            "receiver_failed" | "outage" => {
                let mut why: Vec<_> = receivers
                    .iter()
                    .filter_map(|receiver| {
                        of_receiver(history, letter, event, receiver, author, &outages, &mut few).err()
                    })
                    .collect();
                if receivers.is_empty() {
                    why.push("no receiver has failed".to_owned());
                }
                (!why.is_empty()).then(|| why.join(", "))
            }
            other => Some(format!("the reason is {other}")),
        };
        if let Some(why) = problem {
            let at = author.map_or("an unknown time".to_owned(), |author| history.at(author.moment.at));
            problems.push(format!(
                "dead: event {number}, entry {entry}, which {} at {}, is a dead letter of {group} at {at} ({reason}): {why}",
                event.fate.name(),
                event.receiver
            ));
        }
    }
}

/// Who has written a dead letter, and when.
struct Author {
    life: Life,
    moment: Moment,
}

/// A process says that the event is dead-lettered, or has parked it for others than those that were given up.
fn author(history: &History, letter: &Dead) -> Option<Author> {
    let of_entry = |group: &str, entry: &str| group == letter.group && entry == letter.entry;
    let parked = history.parkings.iter().find(|parking| {
        of_entry(&parking.group, &parking.entry)
            && !letter.receivers.is_empty()
            && !letter.receivers.iter().any(|receiver| parking.receivers.contains(receiver))
    });
    let outcome = history
        .outcomes
        .iter()
        .rfind(|outcome| of_entry(&outcome.group, &outcome.entry) && outcome.name == "DeadLettered");
    let parked = parked.map(|parking| Author { life: parking.life.clone(), moment: parking.moment });
    let outcome = outcome.map(|outcome| Author { life: outcome.life.clone(), moment: outcome.moment });
    let told = parked.into_iter().chain(outcome).min_by_key(|author| author.moment);
    told.or_else(|| parked_without_an_answer(history, letter))
}

/// Who had the entry when it came from the store for the first time, which nobody has said to have parked.
fn parked_without_an_answer(history: &History, letter: &Dead) -> Option<Author> {
    let mut of_entry = history
        .deliveries
        .iter()
        .filter(|delivery| delivery.group == letter.group && delivery.entry == letter.entry);
    let mut from_topic = None;
    let from_store = of_entry.find(|delivery| {
        if !delivery.is_of_store {
            from_topic = Some(&delivery.life);
        }
        delivery.is_of_store
    })?;
    Some(Author { life: from_topic?.clone(), moment: from_store.moment })
}

/// The process died several times while it handled the event, or was frozen until others had it.
fn of_crashes(history: &History, letter: &Dead, event: &Event) -> Result<(), String> {
    if event.fate == Fate::Kills {
        return Ok(());
    }
    let begun = history.counting.get(&letter.entry).into_iter().flatten();
    let crashes = begun.filter(|(life, counted)| {
        let Some(lifetime) = history.lives.get(life).filter(|lifetime| lifetime.group == letter.group) else {
            return false;
        };
        let of = (life.clone(), letter.entry.clone());
        let settled = [history.returned.get(&of), history.acknowledged.get(&of), history.parked.get(&of)];
        let settled: Vec<_> = settled.into_iter().flatten().flatten().collect();
        let has_returned = settled.iter().any(|moment| counted < *moment);
        let has_died = lifetime.ended.as_ref().is_some_and(|(_, how)| how.starts_with("signal"));
        (has_died && !has_returned) || was_frozen_out(history, letter, life, *counted, &settled)
    });
    let crashes = crashes.count();
    if crashes >= MAX_CRASHES {
        return Ok(());
    }
    Err(format!("only {crashes} processes died with a counted attempt"))
}

/// Another one began the event before this one, which was frozen, had recorded what became of its attempt.
fn was_frozen_out(
    history: &History,
    letter: &Dead,
    life: &Life,
    counted: Moment,
    settled: &[&Moment],
) -> bool {
    let begun = history.counting.get(&letter.entry).into_iter().flatten();
    let by_others = begun.filter(|(other, moment)| {
        other != life
            && counted < *moment
            && history.lives.get(other).is_some_and(|lifetime| lifetime.group == letter.group)
    });
    let Some(next) = by_others.map(|(_, moment)| *moment).min() else { return false };
    let is_recorded = settled.iter().any(|moment| counted < **moment && **moment < next);
    !is_recorded && faults(history, life.member()).touch(counted.at, next.at)
}

/// A receiver failed at every attempt.
fn of_receiver(
    history: &History,
    letter: &Dead,
    event: &Event,
    receiver: &str,
    author: Option<&Author>,
    outages: &BTreeMap<&str, Spans>,
    few: &mut BTreeMap<(Life, String, usize), usize>,
) -> Result<(), String> {
    let fate = event.fate_at(receiver);
    match fate {
        Fate::FailsForGood if letter.reason == "receiver_failed" => return Ok(()),
        Fate::Fails => return Ok(()),
        Fate::FailsForGood | Fate::Kills => return Err(format!("{receiver} does not fail like that")),
        Fate::Healthy | Fate::Wavers | Fate::Hangs => {}
    }
    let Some(author) = author else { return Err(format!("no process says that it failed at {receiver}")) };
    let failed: Vec<&Run> = history
        .runs
        .iter()
        .filter(|run| run.life == author.life && run.number == letter.number && run.receiver == receiver)
        // What was published twice may fail again as another entry.
        .filter(|run| run.failed().is_some_and(|failed| failed < author.moment))
        .collect();
    let in_outage = |run: &Run| {
        let end = run.end.map_or(run.begin.at, |(end, _)| end.at);
        outages.get(receiver).is_some_and(|outages| outages.touch(run.begin.at, end))
    };
    let outside = failed.iter().filter(|run| !in_outage(run)).count();
    if outside > usize::from(fate == Fate::Wavers) {
        return Err(format!("{receiver} failed {outside} times without an outage"));
    }
    let Some(last) = failed.last() else { return Err(format!("{receiver} did not fail in {}", author.life)) };
    if letter.reason == "outage" {
        // The store remembers since when it waits, over the lives of processes.
        let delivered = history
            .deliveries
            .iter()
            .filter(|delivery| delivery.group == letter.group && delivery.entry == letter.entry)
            .map(|delivery| delivery.moment.at)
            .min();
        let waited = last.begin.at.saturating_sub(delivered.unwrap_or(last.begin.at));
        if u128::from(waited) < OUTAGE_LIMIT.as_micros() {
            return Err(format!("{receiver} has had it for {:.1} s", seconds(waited)));
        }
        return Ok(());
    }
    if failed.len() < MAX_ATTEMPTS {
        return Err(format!("{receiver} failed only {} times", failed.len()));
    }
    // One that had failed before may have had evidence for itself.
    if fate == Fate::Wavers {
        return Ok(());
    }
    let of_receiver = history.runs.iter().filter(|run| run.life == author.life && run.receiver == receiver);
    let successes: Vec<_> =
        of_receiver.filter_map(Run::done).filter(|done| Some(*done) < last.failed()).collect();
    // So may one that failed in an outage before.
    if successes.iter().filter(|done| failed.first().is_some_and(|first| first.begin < **done)).count()
        >= EVIDENCE
    {
        return Ok(());
    }
    // Since the last success, which one that had begun before the outage may still have in it.
    let few = few.entry((author.life.clone(), receiver.to_owned(), successes.len())).or_default();
    *few += 1;
    if *few > FEW {
        return Err(format!("it is the {few}th in a row of {receiver}, in one process"));
    }
    Ok(())
}
