//! What an observer is told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;

use openedx_events::bus::{
    self, BusError, ConsumedTopic, DeadLetterReason, Observer, ProducedTopic, PublishedBatch, ReceiverRun,
    Topic,
};
use openedx_events::signal;
use openedx_events_tests::{DEADLINE, wait_until};

use crate::shop::Shop;

/// Sent when a parcel was lost.
#[signal("org.example.metrics.parcel.lost.v1", key = customer)]
pub struct ParcelLost {
    pub customer: String,
}

/// Sent when a parcel was found.
#[signal("org.example.metrics.parcel.found.v1", key = customer)]
pub struct ParcelFound {
    pub customer: String,
}

/// How often what was told, for all tests of the process.
static TOLD: Mutex<BTreeMap<String, u64>> = Mutex::new(BTreeMap::new());

fn tell(what: String, number: usize) {
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    *told.entry(what).or_default() += number as u64;
}

fn told(what: &str) -> u64 {
    TOLD.lock().unwrap_or_else(PoisonError::into_inner).get(what).copied().unwrap_or_default()
}

struct Notes;

impl Observer for Notes {
    fn sent(&self, to: &ProducedTopic<'_>) {
        tell(format!("{} sent", to.topic), 1);
    }

    fn published(&self, to: &ProducedTopic<'_>, batch: &PublishedBatch) {
        tell(format!("{} stored", to.topic), batch.stored);
        tell(format!("{} failed: {:?}", to.topic, batch.error), batch.failed);
    }

    fn queued(&self, to: &ProducedTopic<'_>, messages: usize, _: usize) {
        tell(format!("{} queued", to.topic), messages);
    }

    fn consumed(&self, from: &ConsumedTopic<'_>, messages: usize) {
        tell(format!("{} of {} consumed", from.topic, from.group), messages);
    }

    fn receiver_run(&self, from: &ConsumedTopic<'_>, run: &ReceiverRun<'_>) {
        tell(format!("{} {} {:?}", from.topic, run.receiver.path, run.outcome), 1);
    }

    fn processed(&self, from: &ConsumedTopic<'_>, _: Duration, has_failed: bool) {
        tell(format!("{} processed, failed: {has_failed}", from.topic), 1);
    }

    fn dead_lettered(&self, from: &ConsumedTopic<'_>, reason: DeadLetterReason) {
        tell(format!("{} dead-lettered: {}", from.topic, reason.as_str()), 1);
    }

    fn bus_lost(&self, topic: &Topic, error: &BusError) {
        tell(format!("{topic} lost: {:?}", error.kind()), 1);
    }

    fn bus_recovered(&self, topic: &Topic) {
        tell(format!("{topic} recovered"), 1);
    }
}

/// Panics at whatever it is told of one topic.
struct Panicking;

impl Observer for Panicking {
    fn sent(&self, to: &ProducedTopic<'_>) {
        assert!(to.topic.as_str() != "found-parcels", "an observer panics");
    }

    fn receiver_run(&self, from: &ConsumedTopic<'_>, _: &ReceiverRun<'_>) {
        assert!(from.topic.as_str() != "found-parcels", "an observer panics");
    }
}

fn observe() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        bus::add_observer(Arc::new(Panicking));
        bus::add_observer(Arc::new(Notes));
    });
}

#[test]
fn an_observer_is_told_of_each_step() {
    observe();
    let shop = Shop::new("lost-parcels");
    let _searches = PARCEL_LOST.connect("searches", |_, context| {
        if context.from_event_bus() { Err("in vain".into()) } else { Ok(()) }
    });
    shop.publish(&PARCEL_LOST, [ParcelLost { customer: "Ada".to_owned() }]);
    shop.consume(1);
    for what in [
        "lost-parcels sent",
        "lost-parcels stored",
        "lost-parcels of shop consumed",
        "lost-parcels searches Failed",
        "lost-parcels searches GivenUp",
        "lost-parcels dead-lettered: receiver_failed",
    ] {
        assert_eq!(told(what), 1, "{what}");
    }
    assert_eq!(told("lost-parcels processed, failed: true"), 2);

    let (producer, consumer) = (shop.producer(&PARCEL_LOST), shop.start());
    shop.faulty.set_down(true);
    PARCEL_LOST.event(ParcelLost { customer: "Ada".to_owned() }).send().into_result().expect("queued");
    // The producer and the consumer.
    wait_until("both have lost the bus", || told("lost-parcels lost: Unreachable") == 2);
    shop.faulty.set_down(false);
    wait_until("both have reached it again", || told("lost-parcels recovered") == 2);
    producer.shutdown(DEADLINE).expect("published");
    consumer.stop(DEADLINE).expect("stopped");
}

#[test]
fn an_observer_that_panics_changes_nothing() {
    observe();
    let shop = Shop::new("found-parcels");
    let _delivers = PARCEL_FOUND.connect("delivers", |_, _| Ok(()));
    shop.publish(&PARCEL_FOUND, [ParcelFound { customer: "Ada".to_owned() }]);
    shop.consume(1);
    // The one behind it is told all the same.
    assert_eq!(told("found-parcels sent"), 1);
    assert_eq!(told("found-parcels delivers Done"), 1);
}
