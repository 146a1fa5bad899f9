//! Parking events, and running them again.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use openedx_events::AnySignal as _;
use openedx_events::bus::{
    Backend, Consumer, ConsumerSettings, EntryWrite, EventConsumer, ParkedChange, ParkedStore, Parking,
    ReadFrom, Subscription, Topic, Waiting,
};
use openedx_events::learning::signals::COURSE_ENROLLMENT_CREATED;
use openedx_events_tests::first_starts;

use crate::raw::{BATCH, GROUP};
use crate::received;

/// What is done with the entries of a topic.
#[derive(Clone, Copy)]
pub(crate) enum Step {
    /// They are parked by 100.
    Park,
    /// They are started and removed by 100.
    StartAndSettle,
    /// An `EventConsumer` runs its receiver for them.
    Consume,
}

/// Parks all entries of a topic and runs them again. How long one step took.
pub(crate) fn run(backend: &Arc<dyn Backend>, topic: &str, count: usize, step: Step) -> Duration {
    let topic = Topic::new(topic).expect("a topic");
    let consumer = backend.consumer(&Subscription::new(topic.clone(), GROUP, "ours")).expect("a consumer");
    let parking = park(&*consumer, count);
    match step {
        Step::Park => {
            start_and_settle(&*consumer, count);
            parking
        }
        Step::StartAndSettle => start_and_settle(&*consumer, count),
        Step::Consume => {
            drop(consumer);
            consume(backend, topic, count)
        }
    }
}

fn store(consumer: &dyn Consumer) -> &dyn ParkedStore {
    consumer.parked().expect("it parks")
}

fn park(consumer: &dyn Consumer, count: usize) -> Duration {
    let path = COURSE_ENROLLMENT_CREATED.receivers()[0].path.to_string();
    let waiting = [Waiting::new(path, SystemTime::now()).after(1)];
    let (mut parked, mut time) = (0, Duration::ZERO);
    while parked < count {
        let batch = consumer.read(BATCH, Duration::from_secs(5), &[]).expect("a batch");
        assert!(!batch.deliveries.is_empty(), "nothing is left");
        let parking = |delivery| Parking { delivery, waiting: &waiting, dead_letter: None };
        let events: Vec<_> = batch.deliveries.iter().map(parking).collect();
        let start = Instant::now();
        let written = store(consumer).park(&events).expect("parked");
        time += start.elapsed();
        parked += written.into_iter().filter_map(EntryWrite::done).count();
    }
    time
}

fn start_and_settle(consumer: &dyn Consumer, count: usize) -> Duration {
    let store = store(consumer);
    let ids: Vec<_> = store.list(None, count).expect("listed").iter().map(|event| event.id).collect();
    assert_eq!(ids.len(), count);
    let start = Instant::now();
    for ids in ids.chunks(BATCH) {
        assert!(store.start(&first_starts(ids)).expect("started").iter().all(Option::is_some));
        let done = |id: &_| ParkedChange { id: *id, waiting: &[], dead_letter: None };
        store.settle(&ids.iter().map(done).collect::<Vec<_>>()).expect("settled");
    }
    start.elapsed()
}

fn consume(backend: &Arc<dyn Backend>, topic: Topic, count: usize) -> Duration {
    let count = count as u64;
    received::expect(count);
    let consumer = EventConsumer::new(Arc::clone(backend), GROUP)
        .name("ours")
        .topic(topic)
        .settings(ConsumerSettings::new().read_from(ReadFrom::Parked));
    let start = Instant::now();
    let running = consumer.start().expect("started");
    let time = received::wait() - start;
    let report = running.stop(Duration::from_mins(1)).expect("stopped");
    assert_eq!(report.done, count);
    time
}
