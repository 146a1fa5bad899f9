//! How a consumer ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use openedx_events::bus::StopError;
use openedx_events_tests::wait_until;

use crate::faulty_bus::{DRAIN, Sea, quick};

#[test]
fn a_receiver_still_running_at_the_deadline_is_an_error() {
    let sea = Sea::new("deadline");
    let begun = Arc::new(AtomicBool::new(false));
    let release = Arc::new(AtomicBool::new(false));
    let (has_begun, released) = (Arc::clone(&begun), Arc::clone(&release));
    let _connection = sea.receive(move |_| {
        has_begun.store(true, Ordering::Relaxed);
        wait_until("the test is over", || released.load(Ordering::Relaxed));
        Ok(())
    });
    sea.publish(0..1);
    let consumer = sea.start(quick());
    wait_until("it has begun", || begun.load(Ordering::Relaxed));
    let error = consumer.stop(Duration::from_millis(20)).expect_err("it still runs");
    assert!(matches!(error, StopError::Unfinished { receivers: 1, .. }), "{error}");
    assert_eq!((error.exit_code(), sea.pending()), (6, 1));
    release.store(true, Ordering::Relaxed);
}

/// As an event has not failed because of a hook, it neither ends the consumer nor changes what becomes of the event.
#[test]
fn a_hook_that_panics_changes_nothing() {
    let sea = Sea::new("hook");
    let _connection = sea.receive(|_| Ok(()));
    sea.publish(0..3);
    let consumer = sea
        .consumer(quick())
        .before_message(|_| panic!("a bad hook"))
        .after_message(|_| panic!("another bad hook"));
    let running = consumer.start().expect("started");
    wait_until("all are done", || running.report().done == 3);
    running.stop(DRAIN).expect("stopped");
    assert_eq!((sea.pending(), sea.dead_letters()), (0, 0));
}
