//! How often a failed receiver runs again, and after which pause.

use std::time::Duration;

use openedx_events::bus::Backend as _;
use openedx_events::{BoxError, Permanent, receiver, signal};
use openedx_events_tests::{DEADLINE, wait_until};
use tokio::task::yield_now;

use crate::bus::{Bus, Runs, settings};

/// For receivers that always fail.
#[signal("org.example.policy.attempts.counted.v1")]
pub struct AttemptsCounted {
    pub number: i64,
}

static RUNS: [Runs; 4] = [const { Runs::new() }; 4];

#[receiver(ATTEMPTS_COUNTED, max_attempts = 3)]
fn thrice() -> Result<(), BoxError> {
    RUNS[0].add();
    Err("no".into())
}

#[receiver(ATTEMPTS_COUNTED, max_attempts = 1)]
fn once() -> Result<(), BoxError> {
    RUNS[1].add();
    Err("no".into())
}

/// The settings decide.
#[receiver(ATTEMPTS_COUNTED)]
fn usual() -> Result<(), BoxError> {
    RUNS[2].add();
    Err("no".into())
}

#[receiver(ATTEMPTS_COUNTED, max_attempts = 8)]
fn permanent() -> Result<(), BoxError> {
    RUNS[3].add();
    Err(Permanent::new("never").into())
}

#[test]
fn each_receiver_has_its_own_number_of_attempts() {
    let bus = Bus::with(&ATTEMPTS_COUNTED, &[AttemptsCounted { number: 1 }]);
    let mut settings = settings();
    settings.retry.max_attempts = 5;
    let report = bus.consume_until(settings, |report| report.dead == 1);
    assert_eq!(RUNS.each_ref().map(Runs::get), [3, 1, 5, 1]);
    assert_eq!((report.failed_attempts, report.done), (10, 0));
    let expected = [("once", "1"), ("permanent", "1"), ("thrice", "3"), ("usual", "5")]
        .map(|(name, attempts)| (format!("bus_consume::retries::{name}"), attempts.to_owned()));
    assert_eq!(bus.given_up(), expected);
}

/// For receivers that fail.
#[signal("org.example.policy.pauses.kept.v1")]
pub struct PausesKept {
    pub number: i64,
}

static PAUSING: Runs = Runs::new();
static EAGER: Runs = Runs::new();
static LATE: Runs = Runs::new();
static DONE: Runs = Runs::new();

/// Its pause is longer than the longest one of the settings.
#[receiver(PAUSES_KEPT, initial_backoff = "1000000h")]
fn pausing() -> Result<(), BoxError> {
    PAUSING.add();
    Err("not yet".into())
}

#[receiver(PAUSES_KEPT, max_attempts = 20)]
fn eager() -> Result<(), BoxError> {
    if EAGER.add() < 9 { Err("not yet".into()) } else { Ok(()) }
}

#[receiver(PAUSES_KEPT, max_attempts = 20, initial_backoff = "2ms", max_backoff = "3ms")]
async fn late() -> Result<(), BoxError> {
    yield_now().await;
    if LATE.add() < 5 { Err("not yet".into()) } else { Ok(()) }
}

#[receiver(PAUSES_KEPT)]
fn done() {
    DONE.add();
}

#[test]
fn only_receivers_whose_pause_has_passed_run_again() {
    let bus = Bus::with(&PAUSES_KEPT, &[PausesKept { number: 1 }]);
    let consumer = bus.consume(settings());
    wait_until("the eager ones are done", || EAGER.get() == 10 && LATE.get() == 6);
    assert_eq!((consumer.in_flight(), consumer.report().done), (1, 0));
    let report = consumer.stop(DEADLINE).expect("stopped");
    assert_eq!([&PAUSING, &EAGER, &LATE, &DONE].map(Runs::get), [1, 10, 6, 1]);
    assert_eq!((report.failed_attempts, report.dead_letters()), (1 + 9 + 5, 0));
    // It is not done, so it will be redelivered.
    let group = bus.memory.groups(&bus.topic).expect("groups").remove(0);
    assert_ne!((group.lag, group.pending), (Some(0), 0), "{group:?}");
}

/// For receivers with short pauses.
#[signal("org.example.policy.pauses.shortened.v1")]
pub struct PausesShortened {
    pub number: i64,
}

static QUICK: Runs = Runs::new();
static CAPPED: Runs = Runs::new();

#[receiver(PAUSES_SHORTENED, max_attempts = 4, initial_backoff = "1ms", max_backoff = "1ms")]
fn quick() -> Result<(), BoxError> {
    QUICK.add();
    Err("not yet".into())
}

#[receiver(PAUSES_SHORTENED, max_attempts = 4, max_backoff = "1ms")]
fn capped() -> Result<(), BoxError> {
    CAPPED.add();
    Err("not yet".into())
}

#[test]
fn a_receivers_pauses_override_those_of_the_settings() {
    let bus = Bus::with(&PAUSES_SHORTENED, &[PausesShortened { number: 1 }]);
    let mut settings = settings();
    settings.retry.initial_backoff = Duration::MAX / 2;
    settings.retry.max_backoff = Duration::MAX;
    bus.consume_until(settings, |report| report.dead == 1);
    assert_eq!([&QUICK, &CAPPED].map(Runs::get), [4, 4]);
}
