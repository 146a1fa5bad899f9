//! Consuming in a program without receivers, such as this one.

use std::sync::Arc;

use openedx_events::bus::memory::Memory;
use openedx_events::bus::{EventConsumer, Topic};

#[test]
fn a_consumer_does_not_start() {
    let topic = Topic::new("learning").expect("a topic");
    let consumer = EventConsumer::new(Arc::new(Memory::new()), "group").topic(topic);
    let error = consumer.start().expect_err("it would acknowledge everything unseen");
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().contains("openedx_events::link!"), "{error}");
}
