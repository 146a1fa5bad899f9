//! Async filters.

use std::future::poll_fn;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use openedx_events::filters::{FilterError, StepError};
use openedx_events::testing::{self, receiver_path};
use openedx_events::{filter, pipeline_step};

#[derive(Debug, PartialEq)]
enum SeatHalt {
    SoldOut,
}

/// Run before a seat is sold.
#[filter("org.example.filters.seat.requested.v1", halts = SeatHalt, async)]
#[derive(Clone)]
struct SeatRequested {
    seat: u32,
    trail: String,
}

fn seat(seat: u32) -> SeatRequested {
    SeatRequested { seat, trail: String::new() }
}

/// Pends once.
async fn pause() {
    let mut is_second = false;
    poll_fn(|context| {
        if std::mem::replace(&mut is_second, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[pipeline_step(SEAT_REQUESTED, priority = 5)]
async fn awaits(trail: &mut String, seat: u32) -> Result<(), SeatHalt> {
    trail.push('a');
    pause().await;
    if seat > 100 { Err(SeatHalt::SoldOut) } else { Ok(()) }
}

#[pipeline_step(SEAT_REQUESTED)]
fn does_not(trail: &mut String) {
    trail.push('s');
}

#[pipeline_step(SEAT_REQUESTED)]
async fn fails(trail: &mut String) -> Result<ControlFlow<()>, StepError<SeatRequested>> {
    trail.push('f');
    pause().await;
    Err("no network".into())
}

#[pipeline_step(SEAT_REQUESTED)]
async fn panics(trail: &mut String) {
    trail.push('p');
    pause().await;
    panic!("it broke");
}

static IS_DROPPED: AtomicBool = AtomicBool::new(false);

#[pipeline_step(SEAT_REQUESTED)]
async fn never_ends() {
    struct Dropped;

    impl Drop for Dropped {
        fn drop(&mut self) {
            IS_DROPPED.store(true, Ordering::Relaxed);
        }
    }

    let _dropped = Dropped;
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn sync_and_async_steps_run_in_one_order() {
    let scope = testing::isolate([]);
    scope.pipeline(&SEAT_REQUESTED, [receiver_path(&does_not), receiver_path(&awaits)]);
    assert_eq!(SEAT_REQUESTED.run_filter_async(seat(3)).await.expect("no step fails").trail, "sa");
    let error = SEAT_REQUESTED.run_filter_async(seat(300)).await.err().expect("it halts");
    assert_eq!(error.halt(), Some(&SeatHalt::SoldOut));
    assert_eq!(scope.ran::<SeatRequested>().len(), 2);
}

#[tokio::test]
async fn what_fails_or_panics_while_it_is_awaited_ends_the_run() {
    for (path, message) in
        [(receiver_path(&fails), "no network"), (receiver_path(&panics), "panicked: it broke")]
    {
        let scope = testing::isolate([]);
        scope.pipeline(&SEAT_REQUESTED, [path.clone(), receiver_path(&awaits)]);
        match SEAT_REQUESTED.run_filter_async(seat(3)).await {
            Err(FilterError::Failed { error, .. }) => assert_eq!(error.to_string(), message),
            _ => panic!("{path} does not fail"),
        }
    }
}

#[tokio::test]
async fn a_run_can_be_spawned_and_dropped() {
    let scope = testing::isolate([]);
    scope.pipeline(&SEAT_REQUESTED, [receiver_path(&never_ends)]);
    let run =
        tokio::spawn(scope.instrument(async { SEAT_REQUESTED.run_filter_async(seat(1)).await.is_ok() }));
    while scope.ran::<SeatRequested>().is_empty() {
        tokio::task::yield_now().await;
    }
    run.abort();
    assert!(run.await.is_err_and(|error| error.is_cancelled()));
    assert!(IS_DROPPED.load(Ordering::Relaxed));
}
