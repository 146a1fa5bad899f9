//! Receivers that say when the next attempt makes sense.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use openedx_events::{BoxError, RetryAfter, Unavailable};
use openedx_events_tests::wait_until;

use crate::faulty_bus::{DRAIN, Sea, quick};

const PAUSE: Duration = Duration::from_millis(300);

/// When events were delivered, by their number.
type Runs = Arc<Mutex<HashMap<i64, Vec<Instant>>>>;

/// A receiver that fails while `fails` is set, by this error.
fn failing(
    fails: &Arc<AtomicBool>,
    error: impl Fn() -> BoxError + Send + Sync + 'static,
) -> (Runs, impl Fn(i64) -> Result<(), BoxError> + Send + Sync + 'static) {
    let (runs, fails) = (Runs::default(), Arc::clone(fails));
    let record = Arc::clone(&runs);
    let receiver = move |number| {
        record.lock().unwrap_or_else(PoisonError::into_inner).entry(number).or_default().push(Instant::now());
        if fails.load(Ordering::Relaxed) { Err(error()) } else { Ok(()) }
    };
    (runs, receiver)
}

fn times(runs: &Runs, number: i64) -> Vec<Instant> {
    runs.lock().unwrap_or_else(PoisonError::into_inner).get(&number).cloned().unwrap_or_default()
}

/// The backoff of the settings is 10 ms at most.
#[test]
fn the_next_attempt_begins_no_sooner_and_counts() {
    let sea = Sea::new("later-atoll");
    let (runs, receiver) =
        failing(&Arc::new(AtomicBool::new(true)), || RetryAfter::new(PAUSE, "too fast").into());
    let _connection = sea.receive(receiver);
    sea.publish(0..1);
    let consumer = sea.start(quick());
    wait_until("its attempts are used up", || consumer.report().dead == 1);
    consumer.stop(DRAIN).expect("stopped");
    let times = times(&runs, 0);
    assert_eq!(times.len(), 3, "each attempt counts");
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= PAUSE), "{times:?}");
}

/// However many events wait, none of them is delivered before the pause is over.
#[test]
fn an_open_circuit_is_not_probed_before() {
    let sea = Sea::new("later-reef");
    let fails = Arc::new(AtomicBool::new(true));
    let (runs, receiver) =
        failing(&fails, || RetryAfter::new(PAUSE, Unavailable::new("down for a while")).into());
    let _connection = sea.receive(receiver);
    sea.publish(0..50);
    let consumer = sea.start(quick().workers(1));
    wait_until("the circuit is open", || consumer.report().circuits_opened == 1);
    wait_until("it was probed twice", || {
        let runs = runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.values().map(Vec::len).sum::<usize>() >= 5
    });
    fails.store(false, Ordering::Relaxed);
    wait_until("all are done", || consumer.report().done == 50);
    assert_eq!(consumer.report().dead_letters(), 0, "what is unavailable uses up no attempts");
    consumer.stop(DRAIN).expect("stopped");
    let runs = runs.lock().unwrap_or_else(PoisonError::into_inner);
    let mut all: Vec<_> = runs.values().flatten().copied().collect();
    all.sort_unstable();
    // Three open the circuit; what comes then is one probe after the other.
    assert!(all[2..5].windows(2).all(|pair| pair[1] - pair[0] >= PAUSE), "{:?}", &all[..5]);
}
