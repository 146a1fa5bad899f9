//! The outcome of an event whose receiver skips it, panics or fails.

use openedx_events::Skip;
use openedx_events::bus::{AckPolicy, Backend as _};
use openedx_events_tests::wait_until;
use tokio::runtime::{Builder, Handle};

use crate::faulty_bus::{DRAIN, Sea, quick};

#[test]
fn ack_policy_always_acknowledges_failures_as_upstream_does() {
    let sea = Sea::new("always");
    let _connection = sea.receive(|number| match number {
        0 => Err("fails".into()),
        1 => panic!("and panics"),
        _ => Ok(()),
    });
    let mut settings = quick();
    settings.ack_policy = AckPolicy::Always;
    sea.publish(0..5);
    let consumer = sea.start(settings);
    wait_until("all are acknowledged", || {
        let report = consumer.report();
        report.done + report.given_up == 5
    });
    let report = consumer.stop(DRAIN).expect("stopped");
    assert_eq!((report.done, report.given_up, report.failed_attempts), (3, 2, 2));
    assert_eq!((sea.dead_letters(), sea.pending()), (0, 0));
}

#[test]
fn a_panic_is_one_failed_attempt_and_the_worker_goes_on() {
    let sea = Sea::new("panics");
    let _connection = sea.receive(|number| if number == 0 { panic!("oh no") } else { Ok(()) });
    sea.publish(0..50);
    let consumer = sea.start(quick());
    wait_until("all are done with", || consumer.report().done == 49 && consumer.report().dead == 1);
    consumer.stop(DRAIN).expect("stopped");
    let topic = sea.topic().dead_letters();
    let dead_letters = sea.faulty.memory.browse(&topic, None, 10).expect("memory");
    assert_eq!(dead_letters[0].message.header("dlq_error"), Some(&b"panicked: oh no"[..]));
}

/// Sync receivers run outside of the runtime that awaits the async ones.
#[test]
fn a_sync_receiver_may_block_on_futures() {
    let sea = Sea::new("blocks");
    let _connection = sea.receive(|_| {
        Handle::current().block_on(tokio::task::yield_now());
        Builder::new_current_thread().build()?.block_on(tokio::task::yield_now());
        Ok(())
    });
    sea.publish(0..3);
    let consumer = sea.start(quick());
    wait_until("all are done", || consumer.report().done == 3);
    let report = consumer.stop(DRAIN).expect("stopped");
    assert_eq!((report.failed_attempts, sea.dead_letters()), (0, 0));
}

#[test]
fn a_receiver_may_skip() {
    let sea = Sea::new("skips");
    let _connection = sea.receive(|_| Err(Skip::new("not mine").into()));
    sea.publish(0..3);
    let consumer = sea.start(quick());
    wait_until("all are done", || consumer.report().done == 3);
    let report = consumer.stop(DRAIN).expect("stopped");
    assert_eq!((report.skipped, report.failed_attempts, sea.dead_letters()), (3, 0, 0));
}
