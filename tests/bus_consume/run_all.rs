//! Several consumers that are one service.

use std::thread;
use std::time::Duration;

use openedx_events::bus::{self, ConsumerHandle};
use openedx_events_tests::{finishes, logs, wait_until};

use crate::faulty_bus::{DRAIN, Sea, code, quick};
use crate::held::Held;

#[test]
fn one_that_is_stopped_stops_the_others() {
    let (one, two) = (Sea::new("red-sea"), Sea::new("black-sea"));
    let _connections = [one.receive(|_| Ok(())), two.receive(|_| Ok(()))];
    one.publish(0..3);
    two.publish(0..5);
    let consumers = [one.consumer(quick()), two.consumer(quick())];
    let handles = [consumers[0].handle(), consumers[1].handle()];
    let service = thread::spawn(|| bus::run_all_until_signal(consumers, DRAIN));
    wait_until("all is done", || handles[0].report().done == 3 && handles[1].report().done == 5);
    handles[1].stop(DRAIN).expect("stopped");
    let reports = finishes(|| service.join()).expect("no panic").expect("stopped");
    assert_eq!(reports.iter().map(|report| report.done).collect::<Vec<_>>(), [3, 5]);
    assert!(handles.iter().all(ConsumerHandle::has_ended));
}

#[test]
fn the_error_is_that_of_the_one_that_ended_first() {
    logs::collect();
    let (one, two) = (Sea::new("white-sea"), Sea::new("yellow-sea"));
    let _connection = two.receive(|_| Err("no wind".into()));
    let mut failing = quick();
    failing.retry.max_attempts = 1;
    failing.consecutive_errors_limit = Some(1);
    // The first one has a receiver that still runs at the deadline, which is an error, too.
    let (held, _other) = Held::receive(&one);
    let consumers = [one.consumer(quick()), two.consumer(failing)];
    let first = consumers[0].handle();
    let service = thread::spawn(|| bus::run_all_until_signal(consumers, Duration::ZERO));
    held.wait_until_begun();
    two.publish(0..1);
    let ended = service.join().expect("no panic");
    assert_eq!(code(ended.map(|_| bus::ConsumerReport::default())), 4);
    assert_eq!(first.stop(DRAIN).expect_err("its receiver still runs").exit_code(), 6);
    let is_told = |record: &logs::Record| {
        record.message == "another consumer ended with an error, too"
            && record.field("error").contains("still ran at the deadline")
    };
    assert!(logs::all().iter().any(is_told));
    held.release();
}

#[test]
fn one_that_waits_for_its_bus_does_not_hold_up_the_others() {
    let (down, up) = (Sea::new("dead-sea"), Sea::new("salton-sea"));
    down.faulty.set_down(true);
    let _connection = up.receive(|_| Ok(()));
    up.publish(0..1);
    let settings = quick().start_timeout(Duration::MAX);
    let consumers = [down.consumer(settings), up.consumer(quick())];
    let handles = [consumers[0].handle(), consumers[1].handle()];
    let service = thread::spawn(|| bus::run_all_until_signal(consumers, DRAIN));
    wait_until("the other one consumes", || handles[1].report().done == 1);
    assert!(!handles[0].is_ready());
    handles[1].stop(DRAIN).expect("stopped");
    finishes(|| service.join()).expect("no panic").expect("a stop is no error");
}

#[test]
fn one_that_cannot_start_stops_the_others() {
    let (one, two) = (Sea::new("aral-sea"), Sea::new("coral-sea"));
    two.faulty.refuse();
    let consumers = [one.consumer(quick()), two.consumer(quick())];
    let ended = finishes(|| bus::run_all_until_signal(consumers, DRAIN));
    assert_eq!(ended.expect_err("the bus refuses").exit_code(), 5);
}

#[test]
fn nothing_to_consume_is_an_error() {
    let error = bus::run_all_until_signal([], DRAIN).expect_err("there is no consumer");
    assert_eq!(
        (error.exit_code(), error.to_string().as_str()),
        (2, "there is nothing to consume: give a consumer")
    );
}
