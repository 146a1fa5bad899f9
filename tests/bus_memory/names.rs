//! A consumer name belongs to one consumer.

use openedx_events::bus::memory::Memory;
use openedx_events::bus::{Backend as _, ErrorKind, Subscription, Topic};

#[test]
fn two_consumers_cannot_have_one_name() {
    let bus = Memory::new();
    let topic = Topic::new("house").expect("a topic");
    let consumer = |bus: &Memory, group, name| bus.consumer(&Subscription::new(topic.clone(), group, name));
    let first = consumer(&bus, "group", "one").expect("a consumer");
    bus.delete_group(&topic, "group").expect("deleted");
    let error = consumer(&bus.clone(), "group", "one").map(drop).expect_err("taken");
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("consumes as `one` in the group `group`"), "{error}");
    // Another name, group or bus is free, and so is the name once its consumer is dropped.
    consumer(&bus, "group", "two").expect("a consumer");
    consumer(&bus, "other", "one").expect("a consumer");
    consumer(&Memory::new(), "group", "one").expect("a consumer");
    drop(first);
    consumer(&bus, "group", "one").expect("a consumer");
}
