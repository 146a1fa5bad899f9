//! Helpers for the tests of the backend on Redis: handles, messages, and commands for the server.

use std::time::Duration;

use ::redis::{Connection, Value};
use openedx_events::bus::redis::{Options, Redis};
use openedx_events::bus::{
    Backend, Batch, BusError, Consumer, Delivery, EntryId, Header, Message, Subscription, Topic,
};
use openedx_events_tests::redis_server::RedisServer;

/// Longer than anything takes that succeeds.
pub(crate) const LONG: Duration = Duration::from_mins(1);
pub(crate) const NOT_AT_ALL: Duration = Duration::ZERO;
pub(crate) const GROUP: &str = "group";

pub(crate) fn topic() -> Topic {
    Topic::new("dev-learning").expect("a name")
}

pub(crate) fn bus(server: &RedisServer) -> Redis {
    Redis::open(&server.url()).expect("an address")
}

/// Has a short response timeout.
pub(crate) fn impatient_bus(server: &RedisServer) -> Redis {
    let mut options = Options::default();
    options.response_timeout = Duration::from_millis(300);
    Redis::open_with(&server.url(), options).expect("an address")
}

pub(crate) fn subscription(consumer: &str) -> Subscription {
    Subscription::new(topic(), GROUP, consumer)
}

pub(crate) fn consumer(bus: &Redis, name: &str) -> Box<dyn Consumer> {
    bus.consumer(&subscription(name)).expect("a consumer")
}

/// Claims entries after a millisecond.
pub(crate) fn impatient_consumer(bus: &Redis, name: &str) -> Box<dyn Consumer> {
    let mut subscription = subscription(name);
    subscription.claim_after = Duration::from_millis(1);
    bus.consumer(&subscription).expect("a consumer")
}

/// Longer than the time after which an impatient consumer claims entries.
pub(crate) fn idle() {
    std::thread::sleep(Duration::from_millis(10));
}

pub(crate) fn message(payload: impl Into<String>) -> Message {
    Message {
        headers: vec![Header::new("type", "org.example.v1")],
        payload: Some(payload.into().into_bytes()),
    }
}

pub(crate) fn keyed(payload: &str, key: &str) -> Message {
    let mut message = message(payload);
    message.headers.push(Header::new("partitionkey", key.to_owned()));
    message
}

pub(crate) fn publish(bus: &Redis, payloads: &[&str]) {
    let messages: Vec<_> = payloads.iter().map(|&payload| message(payload)).collect();
    bus.producer().expect("a producer").publish(&topic(), &messages).expect("published");
}

pub(crate) fn payload(message: &Message) -> String {
    String::from_utf8(message.payload.clone().expect("a payload")).expect("text")
}

pub(crate) fn payloads(deliveries: &[Delivery]) -> Vec<String> {
    deliveries.iter().map(|delivery| payload(&delivery.message)).collect()
}

pub(crate) fn ids(batch: &Batch) -> Vec<EntryId> {
    batch.deliveries.iter().map(|delivery| delivery.entry.clone()).collect()
}

/// Reads without waiting.
pub(crate) fn read(consumer: &dyn Consumer) -> Batch {
    consumer.read(100, NOT_AT_ALL, &[]).expect("a batch")
}

/// Reads until something comes, over lost connections.
pub(crate) fn read_on(consumer: &dyn Consumer) -> Batch {
    let start = std::time::Instant::now();
    loop {
        match consumer.read(100, Duration::from_secs(1), &[]) {
            Ok(batch) if !batch.deliveries.is_empty() => return batch,
            Ok(_) => {}
            Err(error) => assert!(error.is_transient(), "{error:?}"),
        }
        assert!(start.elapsed() < LONG, "nothing comes");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Runs a command, written as for `redis-cli`.
pub(crate) fn run(client: &mut Connection, command: &str) -> Value {
    let mut parts = command.split(' ');
    let mut built = ::redis::cmd(parts.next().expect("a command"));
    for part in parts {
        built.arg(part);
    }
    built.query(client).unwrap_or_else(|error| panic!("{command}: {error}"))
}

pub(crate) fn count(client: &mut Connection, command: &str) -> i64 {
    match run(client, command) {
        Value::Int(count) => count,
        other => panic!("{command}: {other:?}"),
    }
}

/// Lets the server close all connections.
pub(crate) fn cut_connections(server: &RedisServer) {
    run(&mut server.client(), "CLIENT KILL TYPE normal SKIPME yes");
}

/// The number of pending entries of the group.
pub(crate) fn pending(bus: &Redis) -> u64 {
    bus.groups(&topic()).expect("groups").iter().map(|group| group.pending).sum()
}

pub(crate) fn failed<T>(result: Result<T, BusError>) -> BusError {
    match result {
        Ok(_) => panic!("it succeeds"),
        Err(error) => error,
    }
}
