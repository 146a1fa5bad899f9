//! What a soak has seen, in a line.

use std::collections::{BTreeMap, BTreeSet};

use super::standstill::Standstill;
use crate::history::{History, seconds};

pub(super) fn of(history: &History, longest: &Standstill) -> String {
    let published = history.events.values().filter(|event| event.published.is_some()).count();
    let done: BTreeSet<_> = history
        .outcomes
        .iter()
        .filter(|outcome| outcome.name == "Done")
        .map(|outcome| (&outcome.group, outcome.number))
        .collect();
    let mut runs: BTreeMap<_, usize> = BTreeMap::new();
    for run in history.runs.iter().filter(|run| run.done().is_some()) {
        *runs.entry((&run.group, run.number, &run.receiver)).or_default() += 1;
    }
    let repeats: usize = runs.values().map(|count| count - 1).sum();
    let stored: BTreeSet<_> = history.stored.iter().map(|(_, number)| number).collect();
    let parked: BTreeSet<_> =
        history.parkings.iter().map(|parking| (&parking.group, &parking.entry)).collect();
    let of_store = history.deliveries.iter().filter(|delivery| delivery.is_of_store).count();
    let copies = history.stored.len() - stored.len();
    let reasons = counts(history.dead.iter().map(|letter| letter.reason.as_str()));
    let faults = counts(history.faults.iter().map(|fault| fault.what.split('(').next().unwrap_or_default()));
    let ends = counts(history.lives.values().filter_map(|life| Some(life.ended.as_ref()?.1.as_str())));
    let kills = history.lives.values().filter(|life| life.kill.is_some()).count();
    let terms = history.lives.values().filter(|life| life.term.is_some()).count();
    format!(
        "{published} published ({copies} copies), {} done, {} parked and {of_store} times started, {} dead letters ({reasons}), {repeats} repeats, {kills} kills, {terms} \
         stops, {} lives ({ends}), {} faults ({faults}); longest standstill {:.1} s ({})",
        done.len(),
        parked.len(),
        history.dead.len(),
        history.lives.len(),
        history.faults.len(),
        seconds(longest.micros),
        longest.what
    )
}

/// Such as `3 frozen, 1 outage`.
fn counts<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    let counts: Vec<_> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
    counts.join(", ")
}
