//! How a consumer ends whose program must not block.

use std::sync::Arc;
use std::time::Duration;

use openedx_events::bus::StopError;
use openedx_events::{receiver, signal};
use openedx_events_tests::{block_on, logs, wait_until, within};
use tokio::runtime::Handle;
use tokio::sync::Notify;

use crate::bus::{Bus, Runs, settings};
use crate::faulty_bus::{DRAIN, Sea, quick};
use crate::held::Held;

/// Sent when a ferry was boarded.
#[signal("org.example.sea.ferry.boarded.v1")]
struct FerryBoarded {
    passengers: i64,
}

static BEGUN: Runs = Runs::new();
static FERRIED: Runs = Runs::new();
static CAST_OFF: Notify = Notify::const_new();

#[receiver(FERRY_BOARDED)]
async fn ferry(passengers: i64) {
    BEGUN.add();
    CAST_OFF.notified().await;
    // The timer and the tasks of the runtime, which only its one thread drives.
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(tokio::spawn(async move { passengers }).await.ok(), Some(passengers));
    FERRIED.add();
}

/// Waits for a condition while other tasks of the runtime run.
async fn turns_out(condition: impl Fn() -> bool) {
    within(async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// The one thread of the runtime drives the receiver that the stop waits for, and other tasks.
#[tokio::test]
async fn receivers_on_the_thread_that_stops_can_finish() {
    let bus = Bus::with(&FERRY_BOARDED, &[FerryBoarded { passengers: 3 }]);
    let consumer = openedx_events::bus::EventConsumer::new(Arc::new(bus.memory.clone()), "group")
        .topic(bus.topic.clone())
        .settings(settings())
        .runtime(Handle::current());
    let handle = consumer.handle();
    let running = tokio::task::spawn_blocking(|| consumer.start()).await.expect("no panic").expect("started");
    turns_out(|| BEGUN.get() == 1).await;
    // By a handle and by its owner.
    let by_handle = tokio::spawn(async move { handle.stop_async(DRAIN).await });
    let stopped = tokio::spawn(running.stop_async(DRAIN));
    assert_eq!(FERRIED.get(), 0);
    CAST_OFF.notify_one();
    let report = within(stopped).await.expect("no panic").expect("stopped");
    assert_eq!((report.done, FERRIED.get()), (1, 1));
    let same = within(by_handle).await.expect("no panic").expect("stopped");
    assert_eq!(same, report);
}

#[test]
fn a_stop_needs_no_runtime() {
    let sea = Sea::new("canal");
    let _connection = sea.receive(|_| Ok(()));
    sea.publish(0..3);
    let running = sea.start(quick());
    wait_until("all are done", || running.report().done == 3);
    assert_eq!(block_on(running.stop_async(DRAIN)).expect("stopped").done, 3);
    assert_eq!(sea.pending(), 0);
}

/// Also if nobody has polled it.
#[test]
fn a_stop_goes_on_without_its_future() {
    let sea = Sea::new("ford");
    let (held, _connection, running) = Held::start(&sea);
    // A drop that stopped the consumer here would block until the receiver has finished, which it has not yet.
    drop(running.stop_async(DRAIN));
    assert_eq!(sea.pending(), 1);
    held.release();
    wait_until("what the receiver did is acknowledged", || sea.pending() == 0);
}

#[test]
fn an_error_that_nobody_awaits_is_logged() {
    logs::collect();
    let sea = Sea::new("maelstrom");
    let (held, _connection, running) = Held::start(&sea);
    drop(running.stop_async(Duration::from_millis(20)));
    wait_until("it is logged", || {
        let is_it = |record: &logs::Record| {
            record.message == "the consumer did not stop cleanly, and nobody awaits it"
                && record.field("error").starts_with("1 receiver still ran")
        };
        logs::all().iter().any(is_it)
    });
    held.release();
}

#[tokio::test]
async fn an_end_is_awaited() {
    let sea = Sea::new("polder");
    let _connection = sea.receive(|_| Ok(()));
    let mut settings = quick();
    settings.max_entries = Some(2);
    let running = sea.start(settings);
    // Dropped, which changes nothing.
    let early = tokio::time::timeout(Duration::from_millis(20), running.wait_async()).await;
    early.expect_err("it still waits for entries");
    let ended = async {
        sea.publish(0..2);
        running.wait_async().await;
        // A wait that begins after the end returns, too.
        running.wait_async().await;
    };
    within(ended).await;
    assert!(running.has_ended());
    assert_eq!(within(running.stop_async(DRAIN)).await.expect("complete").done, 2);
}

/// The end of one topic is the end of the consumer.
#[test]
fn why_a_consumer_has_ended_is_the_outcome_of_a_stop() {
    let sea = Sea::new("estuary");
    let _connection = sea.receive(|_| Err("no tide".into()));
    let mut settings = quick();
    settings.retry.max_attempts = 1;
    settings.consecutive_errors_limit = Some(1);
    let other = openedx_events::bus::Topic::new("another-estuary").expect("a topic");
    let running = sea.consumer(settings).topic(other).start().expect("started");
    sea.publish(0..1);
    block_on(running.wait_async());
    let error = block_on(running.stop_async(DRAIN)).expect_err("it has ended by itself");
    assert!(matches!(error, StopError::TooManyErrors { in_a_row: 1 }), "{error}");
}
