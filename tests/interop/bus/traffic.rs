//! Many events of every signal, in one direction and in both.

use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, thread};

use openedx_events::bus::{self, ConsumerReport, RunningConsumer};
use openedx_events::{AnyEvent, AnySignal, EventsMetadata, TraceParent};
use openedx_events_tests::random::Random;
use openedx_events_tests::{DEADLINE, wait_until};
use serde_json::Value;

use crate::ledger::Ledger;
use crate::notice::notice;
use crate::receiving::{record_in, with_metadata};
use crate::sending::send;
use crate::sides::{SEED, Sides, TIMEOUT};
use crate::signals::signals_on_the_bus;
use crate::upstream::arguments;

/// How many events go one way.
const EVENTS: usize = 10_000;
/// How many each side sends when both do.
const EVENTS_OF_BOTH: usize = 2_000;
/// The number of events that Python gets at once.
const LOT: usize = 100;
/// More of them would show nothing new.
const FAILURES_SHOWN: usize = 10;

/// Events of all signals in turn.
struct Draw {
    signals: Vec<&'static dyn AnySignal>,
    random: Random,
    left: usize,
}

impl Draw {
    /// `test` is a number of its own for each, so that none has the values of another.
    fn new(test: u64, default: usize) -> Self {
        let given = env::var("INTEROP_EVENTS").ok().map(|given| given.parse::<usize>().expect("a number"));
        let left = given.map_or(default, |given| given.min(default));
        Self { signals: signals_on_the_bus(), random: Random::new(SEED.wrapping_add(test)), left }
    }
}

impl Iterator for Draw {
    type Item = (&'static dyn AnySignal, Value);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let signal = self.signals[self.left % self.signals.len()];
        Some((signal, self.random.record(signal.record())))
    }
}

/// Lets Python produce events that groups expect.
fn produce_in_python(
    sides: &Sides,
    topic: &str,
    mut draw: Draw,
    expect: impl Fn(&Value, &EventsMetadata),
) -> usize {
    let mut upstream = sides.upstream();
    let mut count = 0;
    loop {
        let lot: Vec<_> = draw.by_ref().take(LOT).collect();
        if lot.is_empty() {
            break;
        }
        count += lot.len();
        let lot: Vec<_> = lot
            .into_iter()
            .map(|(signal, record)| (record, draw.random.metadata(signal.event_type())))
            .collect();
        for (record, metadata) in &lot {
            expect(record, metadata);
        }
        let events: Vec<_> = lot.iter().map(|(record, metadata)| (record, metadata)).collect();
        upstream.produce(topic, &events);
    }
    assert_eq!(upstream.log, [""; 0], "the producer in Python logs errors");
    count
}

/// Sends events by their signals; what produces them is connected.
fn produce_in_rust(draw: Draw, expect: impl Fn(&Value, &EventsMetadata) + Clone + 'static) -> usize {
    let mut count = 0;
    for (signal, record) in draw {
        let event: Box<dyn AnyEvent> =
            signal.read_json(&record.to_string()).unwrap_or_else(|error| panic!("{error}: {record}"));
        let expect = expect.clone();
        let responses = with_metadata(move |metadata| expect(&record, metadata), || send(event));
        assert!(responses.is_ok(), "{responses}");
        count += 1;
    }
    count
}

/// Waits until this many events are done or dead-lettered, and stops the consumer.
///
/// # Panics
///
/// Nothing happens for [`DEADLINE`].
fn finish(consumer: RunningConsumer, count: usize) -> ConsumerReport {
    let ended = || consumer.report().done + consumer.report().dead_letters();
    let (mut last, mut since) = (ended(), Instant::now());
    while last < count as u64 {
        assert!(since.elapsed() < DEADLINE, "nothing comes any more: {:?}", consumer.report());
        thread::sleep(Duration::from_millis(2));
        if ended() > last {
            (last, since) = (ended(), Instant::now());
        }
    }
    consumer.stop(TIMEOUT).expect("it stops")
}

/// Prints the result.
fn conclude(what: &str, start: Instant, ledgers: &[(&str, &Ledger)]) {
    let failures: Vec<_> = ledgers
        .iter()
        .flat_map(|(who, ledger)| {
            ledger.failures().into_iter().map(move |failure| format!("{who}: {failure}"))
        })
        .collect();
    let received: Vec<_> =
        ledgers.iter().map(|(who, ledger)| format!("{} received by {who}", ledger.received())).collect();
    notice(&format!(
        "bus interop: seed {:#x}, {} signals, {what}, {}, {} failures, {:.1} s",
        *SEED,
        signals_on_the_bus().len(),
        received.join(" and "),
        failures.len(),
        start.elapsed().as_secs_f64(),
    ));
    assert!(
        failures.is_empty(),
        "INTEROP_SEED={:#x} repeats {} failures:\n{}",
        *SEED,
        failures.len(),
        failures[..failures.len().min(FAILURES_SHOWN)].join("\n"),
    );
}

#[test]
fn rust_receives_what_python_produces() {
    let Some(sides) = Sides::start() else { return };
    let start = Instant::now();
    let ledger = Arc::new(Ledger::default());
    let consumer = sides.consume("from-python", "rust");
    let count = produce_in_python(&sides, "from-python", Draw::new(1, EVENTS), |record, metadata| {
        ledger.send(record, metadata);
        record_in(&ledger, metadata);
    });
    let report = finish(consumer, count);
    conclude(&format!("{count} events produced by Python"), start, &[("Rust", &ledger)]);
    assert_eq!(report.done, count as u64, "{report:?}");
    assert_eq!((report.failed_attempts, report.dead_letters(), report.trimmed), (0, 0, 0), "{report:?}");
    assert!(count < 100 || report.unknown_releases > 0, "none came from a release that is not out yet");
    assert_eq!(sides.pending("from-python", "rust"), 0);
}

#[test]
fn python_receives_what_rust_produces() {
    let Some(sides) = Sides::start() else { return };
    let ledger = Arc::new(Ledger::default());
    let mut upstream = sides.upstream();
    upstream.consume(&arguments("from-rust", "python", "one", true), false);
    // A header more, which Python is to ignore.
    bus::set_traceparent_source(|| TraceParent::new([7; 16], [8; 8], true));
    let producer = sides.produce("from-rust");
    let start = Instant::now();
    let expect = {
        let ledger = Arc::clone(&ledger);
        move |record: &Value, metadata: &EventsMetadata| ledger.send(record, metadata)
    };
    let count = produce_in_rust(Draw::new(2, EVENTS), expect);
    let report = producer.finish();
    assert_eq!((report.published, report.refused), (count as u64, 0));
    upstream.receive_all(&ledger);
    wait_until("Python has acknowledged the last", || sides.pending("from-rust", "python") == 0);
    conclude(&format!("{count} events produced by Rust"), start, &[("Python", &ledger)]);
}

#[test]
fn both_produce_and_both_receive_on_one_stream() {
    let Some(sides) = Sides::start() else { return };
    let (ours, theirs) = (Arc::new(Ledger::default()), Arc::new(Ledger::default()));
    let consumer = sides.consume("shared", "rust");
    let mut upstream = sides.upstream();
    upstream.consume(&arguments("shared", "python", "one", true), false);
    let producer = sides.produce("shared");
    let start = Instant::now();
    let expect = {
        let (ours, theirs) = (Arc::clone(&ours), Arc::clone(&theirs));
        move |record: &Value, metadata: &EventsMetadata| {
            ours.send(record, metadata);
            theirs.send(record, metadata);
            record_in(&ours, metadata);
        }
    };
    let (by_python, by_rust) = thread::scope(|scope| {
        let by_python =
            scope.spawn(|| produce_in_python(&sides, "shared", Draw::new(3, EVENTS_OF_BOTH), expect.clone()));
        let by_rust = produce_in_rust(Draw::new(4, EVENTS_OF_BOTH), expect.clone());
        (by_python.join().expect("no panic"), by_rust)
    });
    producer.finish();
    let count = by_python + by_rust;
    let report = finish(consumer, count);
    upstream.receive_all(&theirs);
    conclude(
        &format!("{by_python} events produced by Python and {by_rust} by Rust on one stream"),
        start,
        &[("Rust", &ours), ("Python", &theirs)],
    );
    assert_eq!(report.done, count as u64, "{report:?}");
    assert_eq!((report.failed_attempts, report.dead_letters()), (0, 0), "{report:?}");
}
