//! Against upstream's own package, live: what either side writes, the other reads as the same.
//!
//! `tests/run.sh` makes the virtual environment with the package. `INTEROP_SEED` repeats a run by the seed that it
//! printed, and `INTEROP_PAYLOADS` sets how many payloads each signal gets.

mod difference;
mod empty;
mod notice;
mod peer;
mod python;
mod signals;
mod values;
mod vectors;

use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::time::Instant;
use std::{env, thread};

use openedx_events::{AnySignal, PersonalData};
use openedx_events_tests::conformance::bytes;
use openedx_events_tests::random::{self, Random};
use serde_json::{Value, json};

use crate::difference::difference;
use crate::notice::notice;
use crate::peer::Peer;
use crate::signals::signals_on_the_bus;

const SEED: &str = "INTEROP_SEED";
const PAYLOADS: &str = "INTEROP_PAYLOADS";
/// With 73 signals that is more than 14,000 in all.
const DEFAULT_PAYLOADS: usize = 200;
/// More of them would show nothing new.
const FAILURES_SHOWN: usize = 10;

#[test]
fn either_side_reads_what_the_other_writes() {
    let Some(python) = python::interpreter() else { return };
    let seed = random::seed(SEED);
    let payloads = env::var(PAYLOADS).map_or(DEFAULT_PAYLOADS, |given| given.parse().expect("a number"));

    let signals = signals_on_the_bus();
    let mut random = Random::new(seed);
    // Each signal has random values of its own, so that it does not matter who comes to it and when.
    let work = Mutex::new(signals.iter().map(|&signal| (signal, random.fork())).collect::<Vec<_>>());
    let total = Mutex::new(Counts::default());
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZeroUsize::get).min(4) {
            scope.spawn(|| {
                let mut peer = Peer::start(&python, "peer.py", &[]);
                let mut counts = Counts::default();
                while let Some((signal, random)) = { work.lock().expect("no panic").pop() } {
                    counts.try_payloads(signal, random, payloads, &mut peer);
                }
                total.lock().expect("no panic").add(counts);
            });
        }
    });
    let total = total.into_inner().expect("no panic");

    let Counts { payloads, ours_read, same_bytes, theirs_read, bytes, failures } = &total;
    notice(&format!(
        "interop: seed {seed:#x}, {} signals, {payloads} payloads ({bytes} bytes): {ours_read} written by Rust and \
         read by Python, {theirs_read} written by Python and read by Rust, {same_bytes} the same to the byte, \
         {} failures, {:.1} s",
        signals.len(),
        failures.len(),
        start.elapsed().as_secs_f64(),
    ));
    assert!(
        failures.is_empty(),
        "{SEED}={seed:#x} repeats {} failures:\n{}",
        failures.len(),
        failures[..failures.len().min(FAILURES_SHOWN)].join("\n"),
    );
    assert!(*payloads >= 1000, "{payloads} are too few");
}

/// What came of the payloads.
#[derive(Default)]
struct Counts {
    payloads: usize,
    /// Read by Python from bytes that Rust wrote.
    ours_read: usize,
    /// Written alike by both.
    same_bytes: usize,
    /// Read by Rust from bytes that Python wrote.
    theirs_read: usize,
    /// All bytes that Rust wrote.
    bytes: usize,
    failures: Vec<String>,
}

impl Counts {
    fn try_payloads(&mut self, signal: &dyn AnySignal, mut random: Random, payloads: usize, peer: &mut Peer) {
        for number in 0..payloads {
            let record = random.record(signal.record());
            self.payloads += 1;
            if let Err(failure) = self.try_payload(signal, &record, peer) {
                let event_type = signal.event_type();
                self.failures.push(format!("{event_type}, payload {number}: {failure}\n  {record}"));
            }
        }
    }

    fn try_payload(&mut self, signal: &dyn AnySignal, record: &Value, peer: &mut Peer) -> Result<(), String> {
        let event_type = signal.event_type();
        let event = signal.read_json(&record.to_string()).map_err(|error| format!("Rust: {error}"))?;
        let mut ours = Vec::new();
        event.encode(&mut ours).map_err(|error| format!("Rust writes: {error}"))?;
        self.bytes += ours.len();

        let answer = peer.ask(&json!({ "event_type": event_type, "avro_hex": hex(&ours) }))?;
        same("Python reads", record, &answer["record"])?;
        if let Some(error) = answer["event_error"].as_str() {
            return Err(format!("Python makes no event of it: {error}"));
        }
        self.ours_read += 1;

        let answer = peer.ask(&json!({ "event_type": event_type, "record": record }))?;
        let theirs = bytes(&answer["avro_hex"]);
        let read = signal.decode(&theirs).map_err(|error| format!("Rust reads: {error}"))?;
        let json = read.to_json(PersonalData::Keep).map_err(|error| format!("Rust reads: {error}"))?;
        let json: Value = serde_json::from_str(&json).map_err(|error| format!("Rust reads: {error}"))?;
        same("Rust reads", record, &json)?;
        self.theirs_read += 1;

        if ours != theirs {
            return Err(format!("Rust writes {}\n  Python {}", hex(&ours), hex(&theirs)));
        }
        self.same_bytes += 1;
        Ok(())
    }

    fn add(&mut self, other: Self) {
        self.payloads += other.payloads;
        self.ours_read += other.ours_read;
        self.same_bytes += other.same_bytes;
        self.theirs_read += other.theirs_read;
        self.bytes += other.bytes;
        self.failures.extend(other.failures);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn same(who: &str, expected: &Value, found: &Value) -> Result<(), String> {
    difference(expected, found).map_or(Ok(()), |difference| Err(format!("{who} {difference}")))
}
