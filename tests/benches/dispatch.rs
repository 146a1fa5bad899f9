//! What sending costs: every way of sending against the physical floor and against other crates, in one binary and in
//! one run.
//!
//! ```sh
//! cargo bench -p openedx-events-tests --features peers --bench dispatch
//! ```
//!
//! The payload is a full course enrollment; the peers get a `u64`, the cheapest there is. Compare ratios inside one
//! run and not nanoseconds between runs: rows of a few nanoseconds shift with the layout of the binary.

#![allow(missing_docs, reason = "a program; the macros make its statics as visible as their structs")]

#[path = "support/enrollment.rs"]
mod enrollment;
mod peers;
#[path = "support/receivers.rs"]
mod receivers;
mod support;

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context as Waking, Poll, Waker};
use std::time::{Duration, Instant, SystemTime};

use enrollment::{CourseEnrollmentData, full};
use openedx_events::{AnySignal as _, EventsMetadata, receiver, signal};
use receivers::{Count, counts};
use support::{Bench, EMPTY, Measured, Targets};

macro_rules! enrollment_signals {
    ($($event:ident $event_type:literal)*) => {
        $(#[signal($event_type)]
        #[derive(Clone)]
        pub(crate) struct $event {
            pub(crate) enrollment: CourseEnrollmentData,
        })*
    };
}

enrollment_signals! {
    One "org.example.bench.enrollment.one.v1"
    Ten "org.example.bench.enrollment.ten.v1"
    Nobody "org.example.bench.enrollment.nobody.v1"
    Disabled "org.example.bench.enrollment.disabled.v1"
    ConnectedOne "org.example.bench.enrollment.connected_one.v1"
    ConnectedTen "org.example.bench.enrollment.connected_ten.v1"
    ConnectedMany "org.example.bench.enrollment.connected_many.v1"
    Awaited "org.example.bench.enrollment.awaited.v1"
    Shared "org.example.bench.enrollment.shared.v1"
}

macro_rules! counting_receivers {
    ($counts:ident of $signal:ident: $($name:ident $index:literal)*) => {
        $(#[receiver($signal)]
        fn $name(_enrollment: &CourseEnrollmentData) {
            $counts[$index].up();
        })*
    };
}

static ONE_COUNTS: [Count; 1] = counts();
static TEN_COUNTS: [Count; 10] = counts();
static DISABLED_COUNTS: [Count; 1] = counts();
static AWAITED_COUNTS: [Count; 1] = counts();
static CONNECTED_ONE_COUNTS: [Count; 1] = counts();
static CONNECTED_TEN_COUNTS: [Count; 10] = counts();

counting_receivers! { ONE_COUNTS of ONE: one 0 }
counting_receivers! { DISABLED_COUNTS of DISABLED: disabled 0 }
counting_receivers! {
    TEN_COUNTS of TEN:
    ten_0 0 ten_1 1 ten_2 2 ten_3 3 ten_4 4 ten_5 5 ten_6 6 ten_7 7 ten_8 8 ten_9 9
}

#[receiver(AWAITED)]
async fn awaited(_enrollment: &CourseEnrollmentData) {
    std::future::ready(()).await;
    AWAITED_COUNTS[0].up();
}

/// Two threads send this one: a counter of theirs would be what is measured.
#[receiver(SHARED)]
fn shared(enrollment: &CourseEnrollmentData) {
    black_box(enrollment);
}

macro_rules! connect_counting {
    ($counts:ident to $signal:ident: $($index:literal)*) => {
        $($signal.connect(stringify!($index), |_, _| {
            $counts[$index].up();
            Ok(())
        }).keep();)*
    };
}

fn main() {
    DISABLED.disable();
    connect_counting! { CONNECTED_ONE_COUNTS to CONNECTED_ONE: 0 }
    connect_counting! { CONNECTED_TEN_COUNTS to CONNECTED_TEN: 0 1 2 3 4 5 6 7 8 9 }

    let mut bench = Bench::default();
    floor_rows(&mut bench);
    sending_rows(&mut bench);
    dispatch_rows(&mut bench);
    connection_rows(&mut bench);
    peers::rows(&mut bench);
    thread_rows(&mut bench);
    let measured = bench.measure();

    check_delivery();
    measured.print();
    println!("| Python's send_event, 1 receiver (measured elsewhere) | 18051 | |");
    judge(&measured);
}

const EVENT: &str = "clone and drop of the event";
const METADATA: &str = "metadata alone: EventsMetadata::new";
const SEND_REF: &str = "event_ref.send, 1 receiver";
const SEND: &str = "send_event of a clone, 1 receiver";
const SEND_NOBODY: &str = "event_ref.send, no receivers";
const SEND_DISABLED: &str = "event_ref.send, disabled";
const DISPATCH_1: &str = "dispatch alone, 1 receiver";
const DISPATCH_10: &str = "dispatch alone, 10 receivers";
const CONNECT_1000: &str = "1,000 closures: connect, one send, drop";
const CONNECT_10000: &str = "10,000 closures: connect, one send, drop";
const ONE_THREAD: &str = "event_ref.send, one thread";
const TWO_THREADS: &str = "event_ref.send, each of two threads";

fn floor_rows(bench: &mut Bench) {
    bench.row(EMPTY, || ());
    bench.row("SystemTime::now", SystemTime::now);
    bench.row(peers::CLOCK, chrono::Utc::now);
    bench.row("Uuid::new_v4 (fast-rng)", uuid::Uuid::new_v4);
    bench.row(peers::UUID, uuid::Uuid::now_v7);
    bench.row(METADATA, || EventsMetadata::new("org.example.bench.enrollment.one.v1"));
    let event = full();
    bench.row(EVENT, move || black_box(&event).clone());
}

/// Metadata, panics contained, responses looked at.
fn sending_rows(bench: &mut Bench) {
    let event = One { enrollment: full() };
    bench.row(SEND_REF, move || ONE.event_ref(black_box(&event)).send().is_ok());
    let data = full();
    bench.row(SEND, move || ONE.send_event(black_box(&data).clone()).is_ok());
    let event = Ten { enrollment: full() };
    bench.row("event_ref.send, 10 receivers", move || TEN.event_ref(black_box(&event)).send().is_ok());
    let event = One { enrollment: full() };
    bench.row("event_ref.send, 1 receiver, responses kept", move || ONE.event_ref(black_box(&event)).send());
    let event = Nobody { enrollment: full() };
    bench.row(SEND_NOBODY, move || NOBODY.event_ref(black_box(&event)).send().is_ok());
    let event = Disabled { enrollment: full() };
    bench.row(SEND_DISABLED, move || DISABLED.event_ref(black_box(&event)).send().is_ok());
    let data = full();
    bench.row("send_event_async of a clone, 1 async receiver", move || {
        ready(AWAITED.send_event_async(black_box(&data).clone())).is_ok()
    });
}

/// With prepared metadata.
fn dispatch_rows(bench: &mut Bench) {
    macro_rules! row {
        ($name:expr, $signal:ident, $event:ident) => {
            let event = $event { enrollment: full() };
            let metadata = $signal.generate_metadata();
            bench.row($name, move || {
                $signal
                    .event_ref(black_box(&event))
                    .metadata(black_box(&metadata))
                    .from_event_bus()
                    .send()
                    .is_ok()
            });
        };
    }
    row!(DISPATCH_1, ONE, One);
    row!(DISPATCH_10, TEN, Ten);
    row!("dispatch alone, 1 connected closure", CONNECTED_ONE, ConnectedOne);
    row!("dispatch alone, 10 connected closures", CONNECTED_TEN, ConnectedTen);
}

/// As many as a plugin host or a test may have.
fn connection_rows(bench: &mut Bench) {
    bench.row(CONNECT_1000, || connect(1000));
    bench.row(CONNECT_10000, || connect(10_000));
}

/// Connects closures, sends to them once, and drops them one after the other.
fn connect(count: usize) -> usize {
    let connections: Vec<_> = (0..count)
        .map(|_| {
            CONNECTED_MANY.connect("many", |event, _| {
                black_box(event);
                Ok(())
            })
        })
        .collect();
    let reached = CONNECTED_MANY.send_event(black_box(full())).len();
    assert_eq!(reached, count);
    drop(connections);
    reached
}

fn thread_rows(bench: &mut Bench) {
    bench.timed_row(ONE_THREAD, |iterations| send_from_threads(1, iterations));
    bench.timed_row(TWO_THREADS, |iterations| send_from_threads(2, iterations));
}

/// This many threads, each of which sends this often. The time is the mean of those that the threads measure.
fn send_from_threads(threads: u32, iterations: u64) -> Duration {
    let start = std::sync::Barrier::new(threads as usize);
    let send = || {
        let event = Shared { enrollment: full() };
        start.wait();
        let began = Instant::now();
        for _ in 0..iterations {
            black_box(SHARED.event_ref(black_box(&event)).send().is_ok());
        }
        began.elapsed()
    };
    let total: Duration = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(send)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    });
    total / threads
}

/// The value of a future that never waits.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Waking::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("no receiver here waits"),
    }
}

/// Every receiver of a signal ran equally often, and those of a disabled one never.
fn check_delivery() {
    for counts in
        [&ONE_COUNTS[..], &TEN_COUNTS, &AWAITED_COUNTS, &CONNECTED_ONE_COUNTS, &CONNECTED_TEN_COUNTS]
    {
        assert!(counts.iter().all(|count| count.get() > 0 && count.get() == counts[0].get()), "lost calls");
    }
    assert_eq!(DISABLED_COUNTS[0].get(), 0, "a disabled signal called its receiver");
    peers::check_delivery();
}

fn judge(measured: &Measured) {
    let net = |name: &str| measured.net(name);
    let call = net(peers::FLOOR_10) / 10.0;
    let sent = net(SEND_REF);
    let mut targets = Targets::new();
    let parts = net(peers::CLOCK) + net(peers::UUID) + net(peers::FLOOR_1);
    targets.ratio("event_ref.send / (Utc::now + Uuid::now_v7 + a call)", sent, parts, 0.7);
    targets.ratio("send_event less clone and drop / the same", net(SEND) - net(EVENT), parts, 0.7);
    targets.ratio("dispatch, 1 receiver / bevy_ecs", net(DISPATCH_1), net(peers::BEVY_1), 0.6);
    targets.ratio("dispatch, 10 receivers / bevy_ecs", net(DISPATCH_10), net(peers::BEVY_10), 0.3);
    let further = (net(DISPATCH_10) - net(DISPATCH_1)) / 9.0;
    targets.ratio("each further receiver / a call", further, call, 2.0);
    targets.ratio("no receivers / 1 receiver", net(SEND_NOBODY), sent, 0.125);
    targets.ratio("disabled / 1 receiver", net(SEND_DISABLED), sent, 0.125);
    let for_each = (net(CONNECT_10000) / 10_000.0, net(CONNECT_1000) / 1000.0);
    targets.ratio("each of 10,000 closures / each of 1,000", for_each.0, for_each.1, 2.0);
    // Half a nanosecond in ten is what two cores of one machine differ by.
    targets.ratio("each of two threads / one thread", net(TWO_THREADS), net(ONE_THREAD), 1.05);
}
