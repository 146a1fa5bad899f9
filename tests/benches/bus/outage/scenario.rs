//! The scenarios. Each returns what is to be said besides its row of the table.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use openedx_events::bus::{Backend, ConsumerSettings, RetryPolicy};

use super::receivers::{self, BAD, GOOD};
use super::stage::{Stage, wait_for};
use super::table::{self, Delays, Outcome};

const ALL: usize = usize::MAX;
const KEYS: usize = 100;

/// Stands for the limit of a day in those scenarios whose receiver never works again.
const SHORT_LIMIT: Duration = Duration::from_secs(3);
/// As the limit is short, so are the pauses.
const SHORT_RETRY: RetryPolicy = RetryPolicy::new().max_backoff(Duration::from_secs(1));

pub(super) type Scenario = fn(&str, &Arc<dyn Backend>) -> Vec<String>;

/// `bad` fails for a minute. What the good one has of it.
pub(super) fn delay(bus: &str, backend: &Arc<dyn Backend>) -> Vec<String> {
    const RATE: u32 = 100;
    const SECONDS: u32 = 60;

    let mut stage = Stage::new(backend);
    receivers::let_bad_work_from(ALL);
    stage.consume(ConsumerSettings::new());
    let start = Instant::now();
    stage.publish_steadily(RATE, 0, KEYS, |_, count| count == RATE * SECONDS);
    let end = Instant::now();
    receivers::let_bad_work_from(0);
    let empty = wait_for("all is done", || stage.is_empty());
    let outcome = Outcome::of(&mut stage, |_| false);
    let good = Delays::of(&outcome.good, &stage.published, start, end);
    let name = format!("delay, {bus}: bad fails for {SECONDS} s at {RATE}/s");
    table::row(&name, &stage, &outcome, &good, empty);
    let p99 = good.percentile(99);
    let verdict = if p99 < 50.0 { "ok" } else { "MISSED" };
    vec![format!("delay, {bus}: 99 % of the good receiver | {p99:.1} ms | below 50 ms | {verdict}")]
}

/// `bad` fails for ever.
pub(super) fn for_ever(bus: &str, backend: &Arc<dyn Backend>) -> Vec<String> {
    const RATE: u32 = 60;
    const EVENTS: u32 = 600;

    let mut stage = Stage::new(backend);
    receivers::let_bad_work_from(ALL);
    stage.consume(ConsumerSettings::new().outage_limit(SHORT_LIMIT).retry(SHORT_RETRY));
    let start = Instant::now();
    stage.publish_steadily(RATE, 0, KEYS, |_, count| count == EVENTS);
    let end = Instant::now();
    let empty = wait_for("all are dead letters", || stage.is_empty());
    let outcome = Outcome::of(&mut stage, |_| true);
    let good = Delays::of(&outcome.good, &stage.published, start, end);
    let name = format!("b, {bus}: bad fails for ever, {EVENTS} at {RATE}/s, limit {SHORT_LIMIT:?}");
    table::row(&name, &stage, &outcome, &good, empty);
    Vec::new()
}

/// More events that always fail than may be in flight, and then good ones.
pub(super) fn poison(bus: &str, backend: &Arc<dyn Backend>) -> Vec<String> {
    const POISONED: usize = 1500;
    const EVENTS: usize = 2500;
    const WATCHED: Duration = Duration::from_secs(30);

    let mut stage = Stage::new(backend);
    receivers::let_bad_work_from(POISONED);
    stage.consume(ConsumerSettings::new());
    let start = Instant::now();
    stage.publish(EVENTS, 0, EVENTS);
    let end = Instant::now();
    thread::sleep(WATCHED.saturating_sub(start.elapsed()));
    stage.stop();
    let then = Instant::now();
    // All have waited longer than that.
    stage.consume(ConsumerSettings::new().outage_limit(SHORT_LIMIT).retry(SHORT_RETRY));
    let empty = wait_for("all have ended", || stage.is_empty());
    let outcome = Outcome::of(&mut stage, |number| number < POISONED);
    let good = Delays::of(&outcome.good, &stage.published, start, end);
    let name = format!("d2, {bus}: {POISONED} that always fail, then {} others", EVENTS - POISONED);
    table::row(&name, &stage, &outcome, &good, empty);

    let done = table::first_done(&outcome.bad);
    let after = |part: usize| done.get((EVENTS - POISONED) * part / 100 - 1);
    let seconds = [25, 50, 75].map(|part| match after(part) {
        Some(run) if run.at < then => format!("{:.1} s", (run.at - start).as_secs_f64()),
        _ => "-".to_owned(),
    });
    let in_time = done.iter().filter(|run| run.at < then).count();
    vec![format!(
        "d2, {bus}: others that bad has done after {WATCHED:?} of a limit of 24 h; a quarter, half, three quarters after \
         | {in_time} of {}; {} | |",
        EVENTS - POISONED,
        seconds.join(", ")
    )]
}

/// A backlog that is run again while new events come.
pub(super) fn backlog(bus: &str, backend: &Arc<dyn Backend>) -> Vec<String> {
    const EVENTS: usize = 70_000;
    const OLD_KEYS: usize = 9000;
    const NEW_KEYS: usize = 1000;
    const RATE: u32 = 60;

    let consumed = per_second(EVENTS, consume_all(backend, EVENTS, OLD_KEYS));

    let mut stage = Stage::new(backend);
    receivers::let_bad_work_from(ALL);
    stage.consume(ConsumerSettings::new());
    let start = Instant::now();
    stage.publish(EVENTS, 0, OLD_KEYS);
    wait_for("all are parked", || GOOD.done() >= EVENTS && stage.waiting().0 == 0);
    let parking = per_second(EVENTS, start.elapsed());
    let (_, parked) = stage.waiting();
    receivers::let_bad_work_from(0);
    let repair = Instant::now();
    let mut looked = repair;
    stage.publish_steadily(RATE, OLD_KEYS, NEW_KEYS, |stage, _| {
        // Counting takes a while: not for each event.
        let is_time = looked.elapsed() > Duration::from_millis(200);
        if is_time {
            looked = Instant::now();
        }
        is_time && stage.waiting().1 == 0
    });
    let empty = repair.elapsed();
    wait_for("all is done", || stage.is_empty());
    let outcome = Outcome::of(&mut stage, |_| false);

    // Until the first success the circuit is open, and what comes is parked.
    let done: Vec<_> = table::first_done(&outcome.bad);
    let closed = done.first().map_or(repair, |run| run.at);
    let drained = done.iter().rfind(|run| run.number < EVENTS).map_or(closed, |run| run.at);
    let [good, bad] =
        [&outcome.good, &outcome.bad].map(|runs| Delays::of(runs, &stage.published, closed, drained));
    let name = format!("g, {bus}: {EVENTS} parked, then {RATE}/s");
    table::row(&name, &stage, &outcome, &good, empty);
    let draining = per_second(done.iter().filter(|run| run.number < EVENTS).count(), drained - closed);
    vec![
        format!(
            "g, {bus}: {parked} parked, published and parked by {parking:.0}/s; drained after the circuit closed, which was {:.1} s \
             after the repair | {:.1} s, {draining:.0}/s | |",
            (closed - repair).as_secs_f64(),
            (drained - closed).as_secs_f64()
        ),
        format!(
            "g, {bus}: draining / consuming as many from the topic, {consumed:.0}/s | {:.2} | |",
            draining / consumed
        ),
        format!(
            "g, {bus}: {} new events meanwhile: good median, 99 %, max; bad median, 99 %, max \
             | {:.1}, {:.1}, {:.0}; {:.1}, {:.1}, {:.0} ms | |",
            good.len(),
            good.median(),
            good.percentile(99),
            good.max(),
            bad.median(),
            bad.percentile(99),
            bad.max()
        ),
    ]
}

/// Consumes this many events from a topic, by both receivers, which work. How long it took.
fn consume_all(backend: &Arc<dyn Backend>, count: usize, keys: usize) -> Duration {
    let mut stage = Stage::new(backend);
    receivers::let_bad_work_from(0);
    stage.publish(count, 0, keys);
    let start = Instant::now();
    stage.consume(ConsumerSettings::new());
    wait_for("both have done all", || GOOD.done() >= count && BAD.done() >= count);
    let runs = [GOOD.take(), BAD.take()];
    stage.stop();
    runs.iter().filter_map(|runs| runs.last()).map(|run| run.at - start).max().unwrap_or_default()
}

fn per_second(count: usize, time: Duration) -> f64 {
    f64::from(u32::try_from(count).expect("not that many")) / time.as_secs_f64()
}
