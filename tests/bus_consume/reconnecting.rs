//! The connection to the bus is lost while the consumer runs.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use openedx_events_tests::wait_until;

use crate::faulty_bus::{DRAIN, Sea, code, quick};

#[test]
fn a_consumer_waits_for_a_lost_bus() {
    let sea = Sea::new("lost");
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let kept = Arc::clone(&seen);
    let count = move || seen.lock().unwrap_or_else(PoisonError::into_inner).len();
    let _connection = sea.receive(move |number| {
        kept.lock().unwrap_or_else(PoisonError::into_inner).insert(number);
        Ok(())
    });
    let consumer = sea.start(quick());
    sea.publish(0..100);
    wait_until("the first are done", || count() == 100);
    assert!(consumer.is_ready());
    sea.faulty.set_down(true);
    sea.publish(100..200);
    wait_until("the loss is noticed", || !consumer.is_ready());
    sea.faulty.set_down(false);
    wait_until("the others are done", || count() == 200 && consumer.is_ready());
    let report = consumer.stop(DRAIN).expect("stopped");
    assert_eq!((report.done, report.disconnects, report.dead_letters()), (200, 1, 0));
    assert_eq!(sea.pending(), 0);
}

#[test]
fn the_reconnect_timeout_ends_the_consumer() {
    let sea = Sea::new("stays-lost");
    let mut settings = quick();
    settings.reconnect_timeout = Some(Duration::from_millis(50));
    let consumer = sea.start(settings);
    sea.faulty.set_down(true);
    assert!(consumer.wait(DRAIN));
    assert_eq!(code(consumer.stop(DRAIN)), 3);
}

#[test]
fn a_bus_that_refuses_ends_the_consumer() {
    let sea = Sea::new("refuses");
    let consumer = sea.start(quick());
    sea.faulty.refuse();
    assert!(consumer.wait(DRAIN));
    assert!(!consumer.is_ready());
    let error = consumer.stop(DRAIN).expect_err("it ended by itself");
    assert_eq!((error.exit_code(), error.to_string().as_str()), (5, "the switch is off"));
}
