//! Asking and stopping a consumer by its handles.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use openedx_events::bus::{ConsumerHandle, ConsumerReport, EventConsumer, StopError};
use openedx_events_tests::{block_on, finishes, wait_until, within};

use crate::faulty_bus::{DRAIN, Sea, quick};
use crate::held::Held;

/// Why a consumer is not ready, in one line.
fn why(handle: &ConsumerHandle) -> String {
    let health = handle.health();
    assert_eq!(health.is_ready, health.reasons.is_empty());
    health.reasons.join("; ")
}

#[test]
fn a_handle_says_where_the_consumer_is_in_its_life() {
    let sea = Sea::new("baltic");
    let _connection = sea.receive(|_| Ok(()));
    sea.faulty.set_down(true);
    sea.publish(0..2);
    let consumer = sea.consumer(quick());
    let handle = consumer.handle();
    assert_eq!(why(&handle), "the consumer has not started yet");
    assert!(!handle.is_ready() && !handle.has_ended() && !handle.wait(Duration::ZERO));

    let service = thread::spawn(move || consumer.run_until_signal(DRAIN));
    wait_until("it waits", || why(&handle) == "waiting for the bus: the switch is off");
    assert!(!handle.has_ended());
    sea.faulty.set_down(false);
    // What is done is counted just before it leaves the window.
    wait_until("it runs", || handle.report().done == 2 && handle.in_flight() == 0);
    assert_eq!((why(&handle).as_str(), handle.is_ready()), ("", true));

    sea.faulty.set_down(true);
    wait_until("the bus is lost", || why(&handle).starts_with("baltic: the connection to the bus is lost: "));
    sea.faulty.set_down(false);
    wait_until("it is ready again", || handle.is_ready());

    let report = handle.stop(DRAIN).expect("stopped");
    assert_eq!(report.done, 2);
    assert_eq!(service.join().expect("no panic").expect("stopped"), report);
    assert_eq!(why(&handle), "the consumer has stopped");
    assert_eq!((handle.report(), handle.in_flight(), handle.has_ended()), (report, 0, true));
}

#[test]
fn why_a_consumer_has_ended_is_a_reason() {
    let sea = Sea::new("bosporus");
    let _connection = sea.receive(|_| Err("no light".into()));
    let mut settings = quick();
    settings.retry.max_attempts = 1;
    settings.consecutive_errors_limit = Some(1);
    let running = sea.start(settings);
    let handle = running.handle();
    sea.publish(0..1);
    assert!(handle.wait(DRAIN));
    let text = "1 events in a row have failed; the log says why";
    assert_eq!(why(&handle), format!("bosporus: the consumer has ended: {text}"));
    let error = running.stop(DRAIN).expect_err("it has ended by itself");
    assert_eq!(error.to_string(), text);
    assert_eq!(why(&handle), format!("the consumer has stopped: {text}"));
    // Also for those who ask later.
    assert_eq!(handle.stop(DRAIN).expect_err("the same").to_string(), text);
}

#[test]
fn a_start_that_fails_is_the_outcome_for_its_handles() {
    let sea = Sea::new("whirlpool");
    sea.faulty.refuse();
    let consumer = sea.consumer(quick());
    let handle = consumer.handle();
    let waiting = thread::spawn({
        let handle = handle.clone();
        move || handle.wait(DRAIN)
    });
    let error = consumer.start().expect_err("the bus refuses");
    assert!(waiting.join().expect("no panic"));
    assert_eq!(handle.stop(DRAIN).expect_err("the same").exit_code(), error.exit_code());
    assert_eq!(why(&handle), format!("the consumer has stopped: {error}"));
}

#[test]
fn a_stop_ends_the_wait_for_the_bus() {
    let sea = Sea::new("roads");
    sea.faulty.set_down(true);
    let settings = quick().start_timeout(Duration::MAX);
    let consumer = sea.consumer(settings.clone());
    let handle = consumer.handle();
    let starting = thread::spawn(|| consumer.start());
    wait_until("it has tried", || sea.faulty.attempts() > 0);
    assert_eq!(finishes(move || handle.stop(DRAIN)).expect("nothing was begun"), ConsumerReport::default());
    let running = starting.join().expect("no panic").expect("a stop is no error");
    assert!(running.has_ended() && !running.is_ready());
    running.stop(DRAIN).expect("it has stopped");

    let consumer = sea.consumer(settings);
    let (handle, attempts) = (consumer.handle(), sea.faulty.attempts());
    let service = thread::spawn(|| consumer.run_until_signal(DRAIN));
    wait_until("it has tried", || sea.faulty.attempts() > attempts);
    block_on(handle.stop_async(DRAIN)).expect("nothing was begun");
    assert_eq!(service.join().expect("no panic").expect("no error"), ConsumerReport::default());
}

#[test]
fn what_is_stopped_before_its_start_never_runs() {
    let sea = Sea::new("dogger");
    let consumer = sea.consumer(quick());
    let handle = consumer.handle();
    handle.stop(DRAIN).expect("nothing was begun");
    // The bus is not asked: that would be an error.
    sea.faulty.refuse();
    assert!(consumer.start().expect("a stop is no error").has_ended());
}

#[test]
fn nobody_waits_for_a_consumer_that_is_dropped_before_its_start() {
    let sea = Sea::new("venice");
    let consumer = sea.consumer(quick());
    let handle = consumer.handle();
    let waiting = thread::spawn(move || block_on(handle.wait_async()));
    drop(consumer);
    waiting.join().expect("no panic");
}

#[test]
fn a_clone_of_a_consumer_has_handles_of_its_own() {
    let sea = Sea::new("bight");
    let consumer = sea.consumer(quick());
    let (handle, other) = (consumer.handle(), consumer.clone());
    let running = other.name("you").start().expect("started");
    assert_eq!(why(&handle), "the consumer has not started yet");
    handle.stop(DRAIN).expect("stopped");
    assert!(running.handle().is_ready());
    running.stop(DRAIN).expect("stopped");
}

#[test]
fn all_who_stop_a_consumer_get_the_same_outcome() {
    let sea = Sea::new("pentland");
    let (held, _connection, running) = Held::start(&sea);
    let handle = running.handle();
    // The first one has a deadline that has passed; the others would wait.
    let stops: Vec<_> = [Duration::ZERO, DRAIN, DRAIN]
        .into_iter()
        .map(|drain| {
            let handle = running.handle();
            let stop = handle.stop_async(drain);
            thread::spawn(move || block_on(stop))
        })
        .collect();
    let unfinished = |result: Result<ConsumerReport, StopError>| {
        let error = result.expect_err("the receiver still runs");
        assert!(matches!(error, StopError::Unfinished { receivers: 1 }), "{error}");
    };
    for stop in stops {
        unfinished(stop.join().expect("no panic"));
    }
    unfinished(running.stop(DRAIN));
    unfinished(handle.stop(DRAIN));
    held.release();
}

#[test]
fn a_stop_by_a_handle_wakes_the_owner_whose_drop_waits_for_it() {
    let sea = Sea::new("gibraltar");
    let (held, _connection, running) = Held::start(&sea);
    let handle = running.handle();
    let owner = thread::spawn(move || {
        assert!(running.wait(DRAIN));
        drop(running);
    });
    let stop = handle.stop_async(DRAIN);
    assert_eq!((why(&handle).as_str(), handle.in_flight()), ("the consumer stops", 1));
    // It cannot have ended while the receiver runs, however long this would wait.
    thread::sleep(Duration::from_millis(20));
    assert!(!owner.is_finished());
    held.release();
    assert_eq!(block_on(stop).expect("stopped").done, 1);
    owner.join().expect("no panic");
    assert_eq!(sea.pending(), 0);
}

/// A handle that outlives its consumer keeps nothing of it open.
#[test]
fn the_name_of_a_consumer_that_has_stopped_is_free() {
    let sea = Sea::new("narrows");
    let mut handles = Vec::new();
    for _ in 0..3 {
        let running = sea.start(quick());
        handles.push(running.handle());
        drop(running);
    }
    assert!(handles.iter().all(ConsumerHandle::has_ended));
}

#[test]
fn a_consumer_can_stop_another_one() {
    let (one, two) = (Sea::new("ebb"), Sea::new("flood"));
    let other = two.start(quick());
    let handle = other.handle();
    let _connection = one.receive(move |_| {
        drop(handle.stop_async(DRAIN));
        Ok(())
    });
    one.publish(0..1);
    let running = one.start(quick());
    assert!(other.wait(DRAIN));
    other.stop(DRAIN).expect("stopped");
    running.stop(DRAIN).expect("stopped");
}

#[tokio::test]
async fn an_end_by_a_handle_is_awaited() {
    let sea = Sea::new("firth");
    let running = sea.start(quick());
    let handle = running.handle();
    let waiting = tokio::spawn(async move { handle.wait_async().await });
    tokio::task::yield_now().await;
    within(running.handle().stop_async(DRAIN)).await.expect("stopped");
    within(waiting).await.expect("no panic");
    within(running.stop_async(DRAIN)).await.expect("the same");
}

#[test]
fn a_handle_can_be_shared() {
    fn is_shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let sea = Sea::new("wharf");
    let handle = EventConsumer::new(sea.backend(), "group").handle();
    is_shared(&Arc::new(handle.clone()));
    is_shared(&handle);
}
