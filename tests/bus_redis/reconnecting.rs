//! The time until a bus that was lost is used again.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use openedx_events::bus::{Backend, EventConsumer, Message, Topic};
use openedx_events::{receiver, signal};
use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::wait_until;

use crate::flow::producer_of;
use crate::support::bus;

/// How long the server is away.
const OUTAGE: Duration = Duration::from_secs(6);

/// Sent during an outage.
#[signal("org.example.reconnecting.page.turned.v1")]
pub struct PageTurned {
    pub number: i64,
}

#[receiver(PAGE_TURNED)]
fn turn(_number: i64) {}

/// Backing off takes at most about a tenth of the outage. The rest is for a busy machine.
#[test]
fn after_an_outage_the_bus_is_used_again_soon() {
    let Some(mut server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let topics = ["turned-1", "turned-2", "turned-3"].map(|name| Topic::new(name).expect("a topic"));
    let mut consumer = EventConsumer::new(Arc::new(bus.clone()), "readers");
    for topic in &topics {
        consumer = consumer.topic(topic.clone());
    }
    let running = consumer.start().expect("started");
    let producer = producer_of(&PAGE_TURNED, &topics[0], "number", &bus);

    server.kill();
    wait_until("the consumer notices", || !running.is_ready());
    PAGE_TURNED.send_event(1).into_result().expect("queued");
    thread::sleep(OUTAGE);
    server.restart();

    let back = Instant::now();
    wait_until("all topics are read again", || running.is_ready());
    let ready = back.elapsed();
    wait_until("the event is published and done", || running.report().done == 1);
    let done = back.elapsed();
    println!("ready after {ready:?}, the event done after {done:?}");
    assert!(done.max(ready) < OUTAGE / 2, "ready after {ready:?}, the event done after {done:?}");

    // Not a message of the outage: the consumer goes on.
    let message =
        Message::of_event(&PageTurned { number: 2 }, &PAGE_TURNED.generate_metadata()).expect("a message");
    bus.producer().expect("a producer").publish(&topics[1], &[message]).expect("published");
    wait_until("it is done", || running.report().done == 2);
    producer.shutdown(Duration::from_secs(10)).expect("shut down");
    running.stop(Duration::from_secs(10)).expect("stopped");
}
