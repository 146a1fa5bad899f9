//! Receivers that take too long.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use openedx_events::bus::StopError;
use openedx_events::{receiver, signal};
use openedx_events_tests::{DEADLINE, wait_until};
use tokio::task::yield_now;

use crate::bus::{Bus, Runs, message, settings};
use crate::faulty_bus::{DRAIN, Sea, quick};

/// For an async receiver that hangs.
#[signal("org.example.policy.limits.enforced.v1")]
pub struct LimitsEnforced {
    pub number: i64,
}

static ASYNC: Runs = Runs::new();
static DROPPED: Runs = Runs::new();

struct CountsDrop;

impl Drop for CountsDrop {
    fn drop(&mut self) {
        DROPPED.add();
    }
}

#[receiver(LIMITS_ENFORCED, timeout = "20ms")]
async fn hangs_twice() {
    if ASYNC.add() < 2 {
        let _counts = CountsDrop;
        pending::<()>().await;
    }
}

#[test]
fn an_async_receiver_is_dropped_and_run_again() {
    let bus = Bus::with(&LIMITS_ENFORCED, &[LimitsEnforced { number: 1 }]);
    let report = bus.consume_until(settings(), |report| report.done == 1);
    assert_eq!((ASYNC.get(), DROPPED.get()), (3, 2));
    assert_eq!((report.failed_attempts, report.overdue, report.dead_letters()), (2, 0, 0));
}

/// For a sync receiver that does not finish, and one with a longer timeout.
#[signal("org.example.policy.limits.passed.v1")]
pub struct LimitsPassed {
    pub is_slow: bool,
}

static SLOW: Runs = Runs::new();
static OVERDUE: Runs = Runs::new();
static MAY_END: AtomicBool = AtomicBool::new(false);

fn wait_for_the_end() {
    wait_until("the receivers may end", || MAY_END.load(Ordering::SeqCst));
}

#[receiver(LIMITS_PASSED, timeout = "1h")]
fn may_be_slow(is_slow: bool) {
    if is_slow {
        SLOW.add();
        wait_for_the_end();
    }
}

/// Has the timeout of the settings.
#[receiver(LIMITS_PASSED)]
fn may_not_be_slow(is_slow: bool) {
    if !is_slow {
        OVERDUE.add();
        wait_for_the_end();
    }
}

#[test]
fn an_overdue_sync_receiver_is_counted_and_not_run_again() {
    let bus = Bus::with(&LIMITS_PASSED, &[LimitsPassed { is_slow: true }]);
    let mut settings = settings();
    settings.timeout = Some(Duration::from_millis(300));
    // Does not apply to a receiver that declares a longer timeout.
    settings.stuck_after = Some(DEADLINE * 2);
    let consumer = bus.consume(settings);
    wait_until("the slow one runs", || SLOW.get() == 1);
    // The upkeep checks both at once, and the slow one has run for longer.
    bus.publish(&message(&LIMITS_PASSED, &LimitsPassed { is_slow: false }));
    wait_until("one is overdue", || consumer.report().overdue == 1);
    MAY_END.store(true, Ordering::SeqCst);
    wait_until("both are done", || consumer.report().done == 2);
    let report = consumer.stop(DEADLINE).expect("stopped");
    assert_eq!((SLOW.get(), OVERDUE.get()), (1, 1));
    assert_eq!((report.overdue, report.failed_attempts), (1, 0));
}

/// For an async receiver that blocks.
#[signal("org.example.policy.limits.blocked.v1")]
pub struct LimitsBlocked {
    pub number: i64,
}

static MAY_GO_ON: AtomicBool = AtomicBool::new(false);

#[receiver(LIMITS_BLOCKED, timeout = "1ms")]
async fn blocks() {
    yield_now().await;
    wait_until("the receiver may go on", || MAY_GO_ON.load(Ordering::SeqCst));
}

#[test]
fn an_async_receiver_that_cannot_be_dropped_is_counted() {
    let bus = Bus::with(&LIMITS_BLOCKED, &[LimitsBlocked { number: 1 }]);
    let consumer = bus.consume(settings());
    wait_until("it is overdue", || consumer.report().overdue == 1);
    MAY_GO_ON.store(true, Ordering::SeqCst);
    wait_until("it is done", || consumer.report().done == 1);
    assert_eq!(consumer.stop(DEADLINE).expect("stopped").failed_attempts, 0);
}

/// For receivers that run for longer than `stuck_after`.
#[signal("org.example.policy.limits.outlasted.v1")]
pub struct LimitsOutlasted {
    pub is_slow: bool,
}

static OUTLASTING: Runs = Runs::new();
static IS_STOPPED: AtomicBool = AtomicBool::new(false);

#[receiver(LIMITS_OUTLASTED, timeout = "1h")]
fn may_outlast(is_slow: bool) {
    if is_slow {
        OUTLASTING.add();
        wait_until("the consumer has stopped", || IS_STOPPED.load(Ordering::SeqCst));
    }
}

#[receiver(LIMITS_OUTLASTED)]
fn is_stuck(is_slow: bool) {
    if !is_slow {
        wait_until("the consumer has stopped", || IS_STOPPED.load(Ordering::SeqCst));
    }
}

#[test]
fn a_receiver_with_a_longer_timeout_is_not_stuck_before_it_has_passed() {
    let bus = Bus::with(&LIMITS_OUTLASTED, &[LimitsOutlasted { is_slow: true }]);
    let mut settings = settings();
    settings.stuck_after = Some(Duration::from_millis(1));
    let consumer = bus.consume(settings);
    wait_until("the slow one runs", || OUTLASTING.get() == 1);
    bus.publish(&message(&LIMITS_OUTLASTED, &LimitsOutlasted { is_slow: false }));
    wait_until("the other one is stuck", || consumer.has_ended());
    let end = consumer.stop(Duration::ZERO);
    IS_STOPPED.store(true, Ordering::SeqCst);
    match end {
        Err(StopError::Stuck { receiver, .. }) => {
            assert_eq!(receiver, "bus_consume::timeouts::is_stuck");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_receiver_that_hangs_ends_the_consumer_and_its_event_stays_pending() {
    let sea = Sea::new("hangs");
    let release = Arc::new(AtomicBool::new(false));
    let (released, others) = (Arc::clone(&release), Arc::new(AtomicU32::new(0)));
    let count = Arc::clone(&others);
    let _connection = sea.receive(move |number| {
        if number == 0 {
            wait_until("the test is over", || released.load(Ordering::Relaxed));
        }
        count.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    let mut settings = quick();
    settings.timeout = Some(Duration::from_millis(50));
    settings.stuck_after = Some(Duration::from_millis(400));
    sea.publish(0..20);
    let consumer = sea.start(settings);
    wait_until("the others are done", || others.load(Ordering::Relaxed) == 19);
    assert!(consumer.wait(DRAIN));
    assert!(!consumer.is_ready());
    assert_eq!(consumer.report().overdue, 1);
    let error = consumer.stop(DRAIN).expect_err("it is stuck");
    assert!(matches!(error, StopError::Stuck { .. }), "{error}");
    assert_eq!((error.exit_code(), sea.pending()), (5, 1));
    release.store(true, Ordering::Relaxed);
}
