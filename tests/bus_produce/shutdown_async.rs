//! A flush and a shutdown of a program that must not block.

use std::time::Duration;

use openedx_events_tests::faulty::Faulty;
use openedx_events_tests::{block_on, logs, wait_until, within};
use serde_json::json;

use crate::rain::{
    DROP_AWAITED, DROP_FLUSHED, DROP_LOST, DROP_NOT_AWAITED, DROP_UNFLUSHED, DropAwaited, DropFlushed,
    DropLost, DropNotAwaited, DropUnflushed, FLUSH, send, settings, start, stored,
};

/// The one thread of the runtime goes on with other tasks: one of them ends the outage that the flush waits for.
#[tokio::test]
async fn other_tasks_run_during_a_flush() {
    let faulty = Faulty::default();
    faulty.set_down(true);
    let producer = start(&faulty, &settings(&DROP_FLUSHED, "flushed", &json!({})));
    send::<DropFlushed>(0..3);
    assert_eq!(within(producer.flush_async(Duration::from_millis(1))).await, 3);
    let bus = faulty.clone();
    let (left, ()) = tokio::join!(within(producer.flush_async(FLUSH)), async move { bus.set_down(false) });
    assert_eq!((left, stored(&faulty, "flushed")), (0, vec![0, 1, 2]));
    within(producer.shutdown_async(FLUSH)).await.expect("nothing is left");
}

#[test]
fn a_flush_without_its_future_changes_nothing() {
    let faulty = Faulty::default();
    faulty.set_down(true);
    let producer = start(&faulty, &settings(&DROP_UNFLUSHED, "unflushed", &json!({})));
    send::<DropUnflushed>(0..3);
    drop(producer.flush_async(Duration::MAX));
    assert_eq!(producer.report().queued, 3);
    faulty.set_down(false);
    assert_eq!(block_on(producer.flush_async(Duration::MAX)), 0);
    assert_eq!(block_on(producer.shutdown_async(FLUSH)).expect("nothing is left").published, 3);
}

#[tokio::test]
async fn other_tasks_run_during_a_shutdown() {
    let faulty = Faulty::default();
    faulty.set_down(true);
    let producer = start(&faulty, &settings(&DROP_AWAITED, "awaited", &json!({})));
    send::<DropAwaited>(0..3);
    let bus = faulty.clone();
    let (ended, ()) =
        tokio::join!(within(producer.shutdown_async(FLUSH)), async move { bus.set_down(false) });
    assert_eq!(ended.expect("published").published, 3);
    assert_eq!(stored(&faulty, "awaited"), [0, 1, 2]);
}

/// Also if nobody has polled it.
#[test]
fn a_shutdown_goes_on_without_its_future() {
    let faulty = Faulty::default();
    faulty.set_down(true);
    let producer = start(&faulty, &settings(&DROP_NOT_AWAITED, "not-awaited", &json!({})));
    send::<DropNotAwaited>(0..3);
    // A drop of the producer here would wait for the bus, for five seconds, and then give the events up.
    drop(producer.shutdown_async(FLUSH));
    faulty.set_down(false);
    wait_until("all are published", || stored(&faulty, "not-awaited").len() == 3);
    wait_until("no more are accepted", || {
        !DROP_NOT_AWAITED.send_event(DropNotAwaited { number: 3, text: String::new() }).is_ok()
    });
}

#[test]
fn an_error_that_nobody_awaits_is_logged() {
    logs::collect();
    let faulty = Faulty::default();
    faulty.set_down(true);
    let producer = start(&faulty, &settings(&DROP_LOST, "lost", &json!({})));
    send::<DropLost>(0..3);
    drop(producer.shutdown_async(Duration::ZERO));
    wait_until("it is logged", || {
        let is_it = |record: &logs::Record| {
            record.message == "the event producer did not shut down cleanly, and nobody awaits it"
                && record.field("error").ends_with("3 for `lost`")
        };
        logs::all().iter().any(is_it)
    });
}
