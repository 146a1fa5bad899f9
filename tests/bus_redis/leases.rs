//! Leases: one process for each consumer name, and one reader for a group.

use std::sync::Arc;
use std::time::{Duration, Instant};

use openedx_events::bus::redis::{Options, Redis};
use openedx_events::bus::{Backend, ConsumerSettings, ErrorKind, EventConsumer, KeyOrder};
use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::wait_until;

use crate::support::{
    LONG, NOT_AT_ALL, bus, consumer, failed, ids, keyed, payloads, publish, read, run, subscription, topic,
};

#[test]
fn two_live_consumers_cannot_have_one_name() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let first = consumer(&bus, "a");
    let error = failed(bus.consumer(&subscription("a")));
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("`a`"), "{error}");
    // Another name or group is free.
    let mut other = subscription("a");
    other.group = "other".to_owned();
    bus.consumer(&other).expect("a consumer");
    drop(consumer(&bus, "b"));
    drop(first);
    drop(consumer(&bus, "a"));
}

/// A killed process cannot release its lease, but the server has seen its connections end.
#[test]
fn the_name_of_a_killed_consumer_is_free_at_once() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let mut client = server.client();
    let first = consumer(&bus, "a");
    run(&mut client, "CLIENT KILL TYPE normal SKIPME yes");
    let start = Instant::now();
    let second = consumer(&bus, "a");
    assert!(start.elapsed() < Duration::from_secs(20), "without waiting until it runs out");
    // If the first one still runs, it notices and changes nothing.
    publish(&bus, &["1"]);
    assert_eq!(failed(first.read(1, NOT_AT_ALL, &[])).kind(), ErrorKind::Configuration);
    assert_eq!(failed(first.renew(&[])).kind(), ErrorKind::Configuration);
    drop(first);
    assert_eq!(payloads(&read(&*second).deliveries), ["1"]);
    assert_eq!(
        failed(bus.consumer(&subscription("a"))).kind(),
        ErrorKind::Configuration,
        "it is the second's"
    );
}

#[test]
fn a_lease_is_taken_again_after_a_flush() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let first = consumer(&bus, "a");
    run(&mut server.client(), "FLUSHALL");
    first.renew(&[]).expect("kept");
    assert_eq!(failed(bus.consumer(&subscription("a"))).kind(), ErrorKind::Configuration);
}

fn single(server: &RedisServer) -> Redis {
    let mut options = Options::default();
    options.single_active = true;
    Redis::open_with(&server.url(), options).expect("an address")
}

/// Standing by is no reason not to be ready: the one that is replaced may wait for the one that replaces it.
#[test]
fn health_says_who_stands_by() {
    let Some(server) = RedisServer::start() else { return };
    let start = |name: &str| {
        let settings = ConsumerSettings::new().allow_no_receivers(true);
        let consumer = EventConsumer::new(Arc::new(single(&server)), "group").name(name).topic(topic());
        consumer.settings(settings).start().expect("started")
    };
    let active = start("a");
    wait_until("it is the active one", || active.health().standby.is_empty());
    let standby = start("b");
    let health = standby.health();
    assert_eq!((health.is_ready, health.standby), (true, vec!["dev-learning".to_owned()]));
    active.stop(LONG).expect("stopped");
    wait_until("the other one is", || standby.health().standby.is_empty());
    standby.stop(LONG).expect("stopped");
}

#[test]
fn with_one_reader_per_group_another_consumer_goes_on_in_order() {
    let Some(server) = RedisServer::start() else { return };
    let bus = single(&server);
    assert_eq!(bus.promises().order, KeyOrder::Group);
    let messages: Vec<_> = (0..6).map(|number| keyed(&number.to_string(), "key")).collect();
    bus.producer().expect("a producer").publish(&topic(), &messages).expect("published");
    let (first, second) = (consumer(&bus, "a"), consumer(&bus, "b"));
    let batch = first.read(4, NOT_AT_ALL, &[]).expect("a batch");
    assert_eq!(payloads(&batch.deliveries), ["0", "1", "2", "3"]);
    assert!(read(&*second).deliveries.is_empty());
    assert!(second.claim(10).expect("a batch").deliveries.is_empty());
    first.acknowledge(&ids(&batch)[..1]).expect("acknowledged");
    // It waits, can be woken, and goes on at once when the other one is gone.
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| second.read(10, LONG, &[]).expect("a batch"));
        second.wake();
        assert!(reading.join().expect("no panic").deliveries.is_empty());
    });
    let held = ids(&batch);
    run(&mut server.client(), "CLIENT KILL TYPE normal SKIPME yes");
    let (start, mut seen) = (Instant::now(), Vec::new());
    while seen.len() < 5 {
        seen.extend(payloads(&crate::support::read_on(&*second).deliveries));
    }
    assert_eq!(seen, ["1", "2", "3", "4", "5"]);
    assert!(start.elapsed() < Duration::from_secs(20), "without waiting until the lease runs out");
    assert_eq!(first.renew(&held).expect("kept"), held, "they are the other's, or done");
    assert!(read(&*first).deliveries.is_empty());
    drop(second);
    assert_eq!(payloads(&crate::support::read_on(&*first).deliveries), ["1", "2", "3", "4", "5"]);
}
