//! What `after_message` learns.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use openedx_events::bus::{EventOutcome, ReceiverRun, RunOutcome, headers};
use openedx_events_tests::{DEADLINE, wait_until};

use crate::faulty_bus::{DRAIN, Sea, quick};

#[derive(Debug, PartialEq)]
struct Seen {
    outcome: EventOutcome,
    runs: Vec<(String, RunOutcome, u32, Option<String>)>,
    has_id: bool,
    is_timed: bool,
}

fn run(
    path: &str,
    outcome: RunOutcome,
    attempt: u32,
    error: Option<&str>,
) -> (String, RunOutcome, u32, Option<String>) {
    (path.to_owned(), outcome, attempt, error.map(str::to_owned))
}

#[test]
fn each_receiver_is_told_with_its_attempt_its_error_and_its_time() {
    const SLEEP: Duration = Duration::from_millis(3);
    let sea = Sea::new("consumed");
    let is_own = |run: &&ReceiverRun<'_>| ["works", "fails once"].contains(&&*run.receiver.path);
    let _works = sea.receive_as("works", |_| {
        std::thread::sleep(SLEEP);
        Ok(())
    });
    let failures = AtomicU32::new(0);
    let _fails = sea.receive_as("fails once", move |_| {
        if failures.fetch_add(1, Ordering::SeqCst) == 0 {
            return Err("no wind".into());
        }
        std::thread::sleep(SLEEP);
        Ok(())
    });
    sea.publish(0..1);
    let (sender, seen) = mpsc::channel();
    let consumer = sea.consumer(quick()).after_message(move |consumed| {
        // Other tests have receivers of the same events.
        let runs = consumed.runs.iter().filter(is_own);
        let runs =
            runs.map(|each| run(&each.receiver.path, each.outcome, each.attempt, each.error.as_deref()));
        let has_id = consumed.headers.iter().any(|header| *header.name == *headers::ID.as_bytes());
        let sum: Duration = consumed.runs.iter().map(|run| run.duration).sum();
        let is_timed = consumed.duration >= SLEEP && consumed.duration == sum;
        // Nobody listens any more if the test has failed.
        let _ = sender.send(Seen { outcome: consumed.outcome, runs: runs.collect(), has_id, is_timed });
    });
    let running = consumer.start().expect("started");
    let first = seen.recv_timeout(DEADLINE).expect("the first attempt");
    let second = seen.recv_timeout(DEADLINE).expect("the second attempt");
    wait_until("the event is done", || running.report().done == 1);
    running.stop(DRAIN).expect("stopped");

    let runs = vec![
        run("works", RunOutcome::Done, 1, None),
        run("fails once", RunOutcome::Failed, 1, Some("no wind")),
    ];
    assert_eq!(first, Seen { outcome: EventOutcome::Retrying, runs, has_id: true, is_timed: true });
    let runs = vec![run("fails once", RunOutcome::Done, 2, None)];
    assert_eq!(second, Seen { outcome: EventOutcome::Done, runs, has_id: true, is_timed: true });
}

#[test]
fn a_receiver_that_is_given_up_is_told_so() {
    let sea = Sea::new("given-up");
    let _fails = sea.receive(|_| Err(openedx_events::Permanent::new("never").into()));
    sea.publish(0..1);
    let (sender, seen) = mpsc::channel();
    let consumer = sea.consumer(quick()).after_message(move |consumed| {
        let is_own = |run: &&ReceiverRun<'_>| run.receiver.path == "given-up";
        let runs: Vec<_> =
            consumed.runs.iter().filter(is_own).map(|run| (run.outcome, run.attempt)).collect();
        // Nobody listens any more if the test has failed.
        let _ = sender.send((consumed.outcome, runs));
    });
    let running = consumer.start().expect("started");
    let (outcome, runs) = seen.recv_timeout(DEADLINE).expect("an attempt");
    assert_eq!((outcome, runs), (EventOutcome::DeadLettered, vec![(RunOutcome::GivenUp, 1)]));
    running.stop(DRAIN).expect("stopped");
}
