//! What is said of each scenario.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use openedx_events::bus::DeadLetterReason;

use super::receivers::{BAD, GOOD, Run};
use super::stage::{Published, Stage};

/// The delays of events, from publishing to the run that did them, in milliseconds.
pub(super) struct Delays(Vec<f64>);

impl Delays {
    /// Of the events that were published in this time.
    pub(super) fn of(runs: &[Run], published: &[Published], from: Instant, to: Instant) -> Self {
        let first_done = first_done(runs);
        let times = first_done.iter().map(|run| (published[run.number].at, run.at));
        let times = times.filter(|(published, _)| (from..=to).contains(published));
        let mut delays: Vec<_> = times
            .map(|(published, run)| run.saturating_duration_since(published).as_secs_f64() * 1e3)
            .collect();
        delays.sort_unstable_by(f64::total_cmp);
        Self(delays)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn median(&self) -> f64 {
        self.percentile(50)
    }

    pub(super) fn percentile(&self, percent: usize) -> f64 {
        self.0.get(self.0.len() * percent / 100).copied().unwrap_or(f64::NAN)
    }

    pub(super) fn max(&self) -> f64 {
        self.0.last().copied().unwrap_or(f64::NAN)
    }
}

/// The run that did an event, of each event that was done, in the order of the runs.
pub(super) fn first_done(runs: &[Run]) -> Vec<Run> {
    let mut seen = BTreeSet::new();
    runs.iter().filter(|run| run.is_done && seen.insert(run.number)).copied().collect()
}

/// How many events of a key were done before one that was published earlier.
fn out_of_order(runs: &[Run], published: &[Published]) -> usize {
    let mut last: BTreeMap<usize, usize> = BTreeMap::new();
    let mut count = 0;
    for run in first_done(runs) {
        let last = last.entry(published[run.number].key).or_default();
        if run.number < *last {
            count += 1;
        }
        *last = run.number.max(*last);
    }
    count
}

/// A scenario that is over: its consumer is stopped.
pub(super) struct Outcome {
    pub(super) good: Vec<Run>,
    pub(super) bad: Vec<Run>,
    outages: usize,
    other_letters: usize,
    wrong_letters: usize,
    lost: usize,
}

impl Outcome {
    /// `never_works` tells for which events `bad` fails for ever: dead letters of others are wrong.
    pub(super) fn of(stage: &mut Stage, never_works: impl Fn(usize) -> bool) -> Self {
        stage.stop();
        let (good, bad, letters) = (GOOD.take(), BAD.take(), stage.letters());
        let outages = letters.iter().filter(|letter| letter.reason == DeadLetterReason::Outage).count();
        let wrong_letters = letters.iter().filter(|letter| !never_works(letter.number)).count();
        let numbers = |runs: &[Run]| first_done(runs).iter().map(|run| run.number).collect::<BTreeSet<_>>();
        let (good_did, mut bad_ended) = (numbers(&good), numbers(&bad));
        bad_ended.extend(letters.iter().map(|letter| letter.number));
        let lost = 2 * stage.published.len() - good_did.len() - bad_ended.len();
        Self { good, bad, outages, other_letters: letters.len() - outages, wrong_letters, lost }
    }
}

pub(super) fn head() {
    println!(
        "\n| Outage of one of two receivers | events | good median ms | good 99 % ms | good max ms | parked | opened \
         | runs of bad | repeats of good | of bad | letters: outage | other | wrong | out of order | lost | empty after s |"
    );
    println!("|---|{}", "---:|".repeat(15));
}

/// Prints the row of a scenario.
pub(super) fn row(name: &str, stage: &Stage, outcome: &Outcome, good: &Delays, empty_after: Duration) {
    let repeats = |runs: &[Run]| runs.iter().filter(|run| run.is_done).count() - first_done(runs).len();
    let Outcome { good: good_runs, bad: bad_runs, .. } = outcome;
    println!(
        "| {name} | {} | {:.1} | {:.1} | {:.0} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.1} |",
        stage.published.len(),
        good.median(),
        good.percentile(99),
        good.max(),
        stage.total(|report| report.parked),
        stage.total(|report| report.circuits_opened),
        bad_runs.len(),
        repeats(good_runs),
        repeats(bad_runs),
        outcome.outages,
        outcome.other_letters,
        outcome.wrong_letters,
        [good_runs, bad_runs].map(|runs| out_of_order(runs, &stage.published)).iter().sum::<usize>(),
        outcome.lost,
        empty_after.as_secs_f64(),
    );
}
