//! Hooks around the receivers of an event.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use openedx_events::bus::{Backend as _, ConsumerReport, EventConsumer, Next, Ran, ReceivedEvent};
use openedx_events::{BoxError, Event, Permanent, Signal, Skip, receiver, signal};
use openedx_events_tests::wait_until;

use crate::bus::{Bus, message};
use crate::faulty_bus::{DRAIN, quick};

thread_local! {
    static TENANT: Cell<u32> = const { Cell::new(0) };
}

macro_rules! signals {
    ($($event:ident $event_type:literal)*) => {
        $(/// Of one test alone: a refusal is for all receivers.
        #[signal($event_type)]
        pub struct $event {
            pub number: i64,
        }

        impl From<i64> for $event {
            fn from(number: i64) -> Self {
                Self { number }
            }
        })*
    };
}

signals! {
    FlagHoisted "org.example.hooks.flag.hoisted.v1"
    HooksOrdered "org.example.hooks.hooks.ordered.v1"
    RefusedOnce "org.example.hooks.refused.once.v1"
    RefusedForEver "org.example.hooks.refused.for_ever.v1"
    Skipped "org.example.hooks.refused.skipped.v1"
    PanickedBefore "org.example.hooks.panicked.before.v1"
    RefusedLate "org.example.hooks.refused.late.v1"
    PanickedLate "org.example.hooks.panicked.late.v1"
    Attempted "org.example.hooks.each.attempted.v1"
}

/// The tenants that receivers have seen.
static SEEN: Mutex<Vec<(&str, u32)>> = Mutex::new(Vec::new());

fn saw(receiver: &'static str) {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).push((receiver, TENANT.get()));
}

#[receiver(FLAG_HOISTED)]
fn salute() {
    saw("sync");
}

#[receiver(FLAG_HOISTED)]
async fn salute_later() {
    tokio::task::yield_now().await;
    saw("async");
}

#[test]
fn what_a_hook_sets_on_its_thread_is_seen_by_sync_and_async_receivers() {
    let bus = bus_with(&FLAG_HOISTED);
    let consumer = consumer(&bus).around_message(|event, next| {
        TENANT.set(u32::try_from(event.headers.len()).expect("few"));
        let ran = next.run();
        TENANT.set(0);
        ran
    });
    let running = consumer.start().expect("started");
    wait_until("the event is done", || running.report().done == 1);
    running.stop(DRAIN).expect("stopped");
    assert_eq!(*SEEN.lock().expect("no panic"), [("sync", HEADERS), ("async", HEADERS)]);
}

/// The number of headers of a message without a key.
const HEADERS: u32 = 8;

/// Contains one event.
fn bus_with<E: Event + From<i64>>(signal: &'static Signal<E>) -> Bus {
    let bus = Bus::with(signal, &[]);
    bus.publish(&message(signal, &E::from(0)));
    bus
}

fn consumer(bus: &Bus) -> EventConsumer {
    EventConsumer::new(Arc::new(bus.memory.clone()), "group").topic(bus.topic.clone()).settings(quick())
}

/// What happened, in its order.
#[derive(Clone, Default)]
struct Journal(Arc<Mutex<Vec<String>>>);

impl Journal {
    fn add(&self, what: impl Into<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(what.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[test]
fn the_first_hook_is_the_outermost_and_all_are_around_before_message() {
    let (bus, journal) = (bus_with(&HOOKS_ORDERED), Journal::default());
    let log = journal.clone();
    let _connection = HOOKS_ORDERED.connect("logs", move |_, _| {
        log.add("receiver");
        Ok(())
    });
    let hook = |name: &'static str| {
        let log = journal.clone();
        move |_: &ReceivedEvent<'_>, next: Next<'_>| -> Result<Ran, BoxError> {
            log.add(format!("{name} begins"));
            let ran = next.run()?;
            log.add(format!("{name} ends: {}", ran.is_ok()));
            Ok(ran)
        }
    };
    let (before, after) = (journal.clone(), journal.clone());
    let consumer = consumer(&bus).around_message(hook("outer")).around_message(hook("inner"));
    let consumer = consumer.before_message(move |_| before.add("before"));
    let running = consumer.after_message(move |_| after.add("after")).start().expect("started");
    wait_until("the event is done", || running.report().done == 1);
    running.stop(DRAIN).expect("stopped");
    assert_eq!(
        journal.take(),
        [
            "outer begins",
            "inner begins",
            "before",
            "receiver",
            "inner ends: true",
            "outer ends: true",
            "after"
        ]
    );
}

/// Consumes one event with a hook until the condition holds. Returns the report, and how often the receiver has run.
fn with_hook<E: Event + From<i64>>(
    signal: &'static Signal<E>,
    hook: impl Fn(u32, Next<'_>) -> Result<Ran, BoxError> + Send + Sync + 'static,
    until: impl Fn(&ConsumerReport) -> bool,
) -> (ConsumerReport, u32, Bus) {
    let (bus, runs) = (bus_with(signal), Arc::new(AtomicU32::new(0)));
    let counted = Arc::clone(&runs);
    let _connection = signal.connect("counts", move |_, _| {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok(())
    });
    let calls = AtomicU32::new(0);
    let hook = move |_: &ReceivedEvent<'_>, next: Next<'_>| hook(calls.fetch_add(1, Ordering::SeqCst), next);
    let running = consumer(&bus).around_message(hook).start().expect("started");
    wait_until("the event is over", || until(&running.report()));
    let report = running.stop(DRAIN).expect("stopped");
    (report, runs.load(Ordering::SeqCst), bus)
}

#[test]
fn a_refused_event_is_retried() {
    let hook = |call, next: Next<'_>| if call == 0 { Err("no tenant yet".into()) } else { next.run() };
    let (report, runs, _) = with_hook(&REFUSED_ONCE, hook, |report| report.done == 1);
    assert_eq!((report.failed_attempts, runs, report.dead), (1, 1, 0));
}

#[test]
fn a_refusal_can_be_permanent() {
    let hook = |_, _: Next<'_>| Err(Permanent::new("no such tenant").into());
    let (report, runs, bus) = with_hook(&REFUSED_FOR_EVER, hook, |report| report.dead == 1);
    assert_eq!((report.failed_attempts, runs), (1, 0));
    let letters = bus.memory.browse(&bus.topic.dead_letters(), None, 10);
    let message = &letters.expect("memory")[0].message;
    let text = |name| String::from_utf8_lossy(message.header(name).unwrap_or_default()).into_owned();
    assert_eq!(text("dlq_error"), "a hook refused the event: no such tenant");
    assert_eq!(text("dlq_receiver"), "counts");
}

#[test]
fn a_refusal_can_skip() {
    let hook = |_, _: Next<'_>| Err(Skip::new("not for us").into());
    let (report, runs, _) = with_hook(&SKIPPED, hook, |report| report.done == 1);
    assert_eq!((report.skipped, report.failed_attempts, runs, report.dead), (1, 0, 0, 0));
}

#[test]
fn a_hook_that_panics_before_the_receivers_is_retried() {
    let hook = |call, next: Next<'_>| if call == 0 { panic!("no tenant") } else { next.run() };
    let (report, runs, _) = with_hook(&PANICKED_BEFORE, hook, |report| report.done == 1);
    assert_eq!((report.failed_attempts, runs), (1, 1));
}

#[test]
fn after_the_receivers_nothing_changes_any_more() {
    let hook = |_, next: Next<'_>| {
        next.run()?;
        Err("too late".into())
    };
    let (report, runs, _) = with_hook(&REFUSED_LATE, hook, |report| report.done == 1);
    assert_eq!((report.failed_attempts, runs), (0, 1));
    let hook = |_, next: Next<'_>| {
        next.run()?;
        panic!("too late as well")
    };
    let (report, runs, _) = with_hook(&PANICKED_LATE, hook, |report| report.done == 1);
    assert_eq!((report.failed_attempts, runs), (0, 1));
}

#[test]
fn a_hook_is_around_each_attempt() {
    let (bus, journal) = (bus_with(&ATTEMPTED), Journal::default());
    let failures = AtomicU32::new(0);
    let _connection = ATTEMPTED.connect("fails", move |_, _| match failures.fetch_add(1, Ordering::SeqCst) {
        0 | 1 => Err("not yet".into()),
        _ => Ok(()),
    });
    let log = journal.clone();
    let consumer = consumer(&bus).around_message(move |event, next| {
        let ran = next.run()?;
        log.add(format!("{} headers: {}", event.headers.len(), ran.is_ok()));
        Ok(ran)
    });
    let running = consumer.start().expect("started");
    wait_until("the event is done", || running.report().done == 1);
    running.stop(DRAIN).expect("stopped");
    assert_eq!(journal.take(), ["8 headers: false", "8 headers: false", "8 headers: true"]);
}
