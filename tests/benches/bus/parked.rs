//! Parking events, and running them again.

use std::time::{Duration, Instant, SystemTime};

use openedx_events::bus::{
    Backend, Consumer, EntryWrite, ParkedChange, ParkedId, ParkedStore, Parking, Subscription, Topic, Waiting,
};

use crate::raw::{BATCH, GROUP};

/// Reads this many entries of a topic, parks them by 100, starts and settles them. How long it took to park, and to start and
/// settle.
pub(crate) fn run(backend: &dyn Backend, topic: &str, count: usize) -> [Duration; 2] {
    let topic = Topic::new(topic).expect("a topic");
    let consumer = backend.consumer(&Subscription::new(topic, GROUP, "ours")).expect("a consumer");
    let store = consumer.parked().expect("it may park");
    let (mut ids, mut parking) = (Vec::with_capacity(count), Duration::ZERO);
    while ids.len() < count {
        let some = park(&*consumer, store, &mut parking);
        ids.extend(some);
    }
    let start = Instant::now();
    for ids in ids.chunks(BATCH) {
        let started = store.start(ids).expect("started");
        assert!(started.iter().all(Option::is_some));
        let done = ids.iter().map(|id| ParkedChange { id: *id, waiting: &[], dead_letter: None });
        store.settle(&done.collect::<Vec<_>>()).expect("settled");
    }
    [parking, start.elapsed()]
}

/// Parks the next entries, and adds the time that it took.
fn park(consumer: &dyn Consumer, store: &dyn ParkedStore, time: &mut Duration) -> Vec<ParkedId> {
    let batch = consumer.read(BATCH, Duration::from_secs(5), &[]).expect("a batch");
    assert!(!batch.deliveries.is_empty(), "nothing is left");
    let waiting = [Waiting::new("benches::bus::received::receiver", SystemTime::now()).after(1)];
    let start = Instant::now();
    let events = batch.deliveries.iter();
    let events = events.map(|delivery| Parking { delivery, waiting: &waiting, dead_letter: None });
    let written = store.park(&events.collect::<Vec<_>>()).expect("parked");
    *time += start.elapsed();
    written.into_iter().filter_map(EntryWrite::done).collect()
}
