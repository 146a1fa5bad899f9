//! What is special to the backend on Redis. What all backends promise is tested for all of them.

mod deaths;
mod failover;
mod faults;
mod full_disk;
mod handover;
mod leases;
mod lost;
mod publishing;
mod retention;
mod rights;
mod schemas;
mod tls;
mod trimmed;
mod way;
mod wire;

use std::time::Duration;

use ::redis::{Connection, Value};
use openedx_events::bus::redis::{Options, Redis};
use openedx_events::bus::{
    Backend, Batch, BusError, Consumer, Delivery, EntryId, Header, Message, Subscription, Topic,
};
use openedx_events_tests::redis_server::RedisServer;

/// Longer than anything takes that works.
const LONG: Duration = Duration::from_mins(1);
const NOT_AT_ALL: Duration = Duration::ZERO;
const GROUP: &str = "group";

fn topic() -> Topic {
    Topic::new("dev-learning").expect("a name")
}

fn bus(server: &RedisServer) -> Redis {
    Redis::open(&server.url()).expect("an address")
}

/// One that soon gives up on a server that does not answer.
fn impatient_bus(server: &RedisServer) -> Redis {
    let mut options = Options::default();
    options.response_timeout = Duration::from_millis(300);
    Redis::open_with(&server.url(), options).expect("an address")
}

fn subscription(consumer: &str) -> Subscription {
    Subscription::new(topic(), GROUP, consumer)
}

fn consumer(bus: &Redis, name: &str) -> Box<dyn Consumer> {
    bus.consumer(&subscription(name)).expect("a consumer")
}

/// One that others take over from as soon as they like.
fn impatient_consumer(bus: &Redis, name: &str) -> Box<dyn Consumer> {
    let mut subscription = subscription(name);
    subscription.claim_after = Duration::from_millis(1);
    bus.consumer(&subscription).expect("a consumer")
}

fn message(payload: impl Into<String>) -> Message {
    Message {
        headers: vec![Header::new("type", "org.example.v1")],
        payload: Some(payload.into().into_bytes()),
    }
}

fn keyed(payload: &str, key: &str) -> Message {
    let mut message = message(payload);
    message.headers.push(Header::new("partitionkey", key.to_owned()));
    message
}

fn publish(bus: &Redis, payloads: &[&str]) {
    let messages: Vec<_> = payloads.iter().map(|&payload| message(payload)).collect();
    bus.producer().expect("a producer").publish(&topic(), &messages).expect("published");
}

fn payload(message: &Message) -> String {
    String::from_utf8(message.payload.clone().expect("a payload")).expect("text")
}

fn payloads(deliveries: &[Delivery]) -> Vec<String> {
    deliveries.iter().map(|delivery| payload(&delivery.message)).collect()
}

fn ids(batch: &Batch) -> Vec<EntryId> {
    batch.deliveries.iter().map(|delivery| delivery.entry.clone()).collect()
}

/// What there is at once.
fn read(consumer: &dyn Consumer) -> Batch {
    consumer.read(100, NOT_AT_ALL, &[]).expect("a batch")
}

/// What comes in the end, over lost connections.
fn read_on(consumer: &dyn Consumer) -> Batch {
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

/// Runs a command, given as in `redis-cli`.
fn run(client: &mut Connection, command: &str) -> Value {
    let mut parts = command.split(' ');
    let mut built = ::redis::cmd(parts.next().expect("a command"));
    for part in parts {
        built.arg(part);
    }
    built.query(client).unwrap_or_else(|error| panic!("{command}: {error}"))
}

fn count(client: &mut Connection, command: &str) -> i64 {
    match run(client, command) {
        Value::Int(count) => count,
        other => panic!("{command}: {other:?}"),
    }
}

/// Cuts all connections, on the server.
pub(crate) fn cut_connections(server: &RedisServer) {
    run(&mut server.client(), "CLIENT KILL TYPE normal SKIPME yes");
}

/// How many entries the group has pending.
fn pending(bus: &Redis) -> u64 {
    bus.groups(&topic()).expect("groups").iter().map(|group| group.pending).sum()
}

fn failed<T>(result: Result<T, BusError>) -> BusError {
    match result {
        Ok(_) => panic!("it does not fail"),
        Err(error) => error,
    }
}
