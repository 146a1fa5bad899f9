//! Producing and consuming on Redis.

use std::sync::Arc;
use std::time::{Duration, Instant};

use openedx_events::bus::redis::Redis;
use openedx_events::bus::{Backend, BusSettings, EventConsumer, EventProducer, Message, Producer, Topic};
use openedx_events::learning::signals::COURSE_ENROLLMENT_CREATED;
use openedx_events_tests::redis_server::RedisServer;
use redis::{Commands as _, Connection};

use crate::bare_socket::BareSocket;
use crate::parked::Step;
use crate::race::{Race, Targets};
use crate::raw::{self, GROUP};
use crate::{events, parked, python, received};

const ROUNDS: usize = 25;
/// Events of a sample. A consumer's includes starting it.
const PRODUCED: usize = 10_000;
pub(crate) const CONSUMED: usize = 20_000;
/// What `EventProducer` publishes at once.
const AT_ONCE: usize = 1000;

const RAW_PRODUCE: &str = "redis crate: XADD, pipelined by 100";
const PUBLISH: &str = "Producer::publish of ready messages";
const PUBLISH_ONE_KEY: &str = "Producer::publish, all of one key";
const SEND: &str = "send_event to published";
const RAW_CONSUME: &str = "redis crate: XREADGROUP COUNT 100, XACK with the next";
const CONSUME: &str = "EventConsumer: decode, dispatch, acknowledge";
const CONSUME_ONE_KEY: &str = "EventConsumer, all of one key";
const PARK: &str = "ParkedStore::park by 100";
const START: &str = "ParkedStore::start and settle by 100";
const CONSUME_PARKED: &str = "EventConsumer: what is parked";
const BARE_SOCKET: &str = "limit, bare socket: the same, replies walked over";
const PYTHON_PRODUCE: &str = "event-bus-redis: send";
const PYTHON_CONSUME: &str = "event-bus-redis: consume";

pub(crate) const STREAM: &str = "bench-stream";

/// A server that keeps nothing.
pub(crate) fn start() -> Option<RedisServer> {
    RedisServer::start_with(&["--appendonly", "no"])
}

/// The server's process.
pub(crate) fn process(server: &RedisServer) -> u32 {
    let info: redis::InfoDict =
        redis::cmd("INFO").arg("server").query(&mut server.client()).expect("a reply");
    info.get("process_id").expect("it has one")
}

pub(crate) fn measure(server: &RedisServer, place: &str) {
    let backend: Arc<dyn Backend> = Arc::new(Redis::open(&server.url()).expect("an address"));
    let (several, one) = (events::messages(CONSUMED), events::of_one_course(CONSUMED));
    let mut race = Race::default();
    race.row(RAW_PRODUCE, PRODUCED, {
        let (mut connection, messages) = (server.client(), &several[..PRODUCED]);
        move || {
            let time = raw::produce(&mut connection, STREAM, messages).expect("produced");
            check(&mut connection, PRODUCED);
            time
        }
    });
    for (name, messages) in [(PUBLISH, &several[..PRODUCED]), (PUBLISH_ONE_KEY, &one[..PRODUCED])] {
        let (mut connection, mut producer) = (server.client(), backend.producer().expect("a producer"));
        race.row(name, PRODUCED, move || publish(&mut *producer, &mut connection, messages));
    }
    race.row(SEND, PRODUCED, {
        let (mut connection, backend) = (server.client(), Arc::clone(&backend));
        move || send(&backend, &mut connection)
    });
    race.row(RAW_CONSUME, CONSUMED, {
        let (mut connection, messages) = (server.client(), &several);
        move || {
            raw::fill(&mut connection, STREAM, messages).expect("filled");
            let (time, read) = raw::consume(&mut connection, STREAM).expect("consumed");
            assert_eq!(read, CONSUMED);
            check_done(&mut connection);
            time
        }
    });
    for (name, messages) in [(CONSUME, &several), (CONSUME_ONE_KEY, &one)] {
        let (mut connection, backend) = (server.client(), Arc::clone(&backend));
        race.row(name, CONSUMED, move || {
            raw::fill(&mut connection, STREAM, messages).expect("filled");
            consume(&backend, &mut connection)
        });
    }
    for (name, step) in [(PARK, Step::Park), (START, Step::StartAndSettle), (CONSUME_PARKED, Step::Consume)] {
        let (mut connection, messages) = (server.client(), &several);
        let backend = &backend;
        race.row(name, CONSUMED, move || {
            raw::fill(&mut connection, STREAM, messages).expect("filled");
            let time = parked::run(backend, STREAM, CONSUMED, step);
            check_done(&mut connection);
            time
        });
    }
    race.row(BARE_SOCKET, CONSUMED, {
        let (mut connection, messages) = (server.client(), &several);
        let mut socket = BareSocket::connect(server.port()).expect("connected");
        move || {
            raw::fill(&mut connection, STREAM, messages).expect("filled");
            let (time, read) = socket.consume(STREAM).expect("consumed");
            assert_eq!(read, CONSUMED);
            check_done(&mut connection);
            time
        }
    });
    let mut finish = race.run(ROUNDS);
    if let Some(measured) = python::measure(&server.url()) {
        finish.add(PYTHON_PRODUCE, measured.produce);
        finish.add(PYTHON_CONSUME, measured.consume);
    }
    finish.print(&format!("Redis, server and client on {place}"));
    let targets = Targets::of(&finish);
    targets.at_least(PUBLISH, RAW_PRODUCE, 1.0);
    targets.at_least(SEND, RAW_PRODUCE, 1.0);
    targets.at_least(CONSUME, RAW_CONSUME, 1.0);
    targets.at_least(CONSUME_PARKED, CONSUME, 0.7);
    if finish.has(PYTHON_PRODUCE) {
        targets.at_least(SEND, PYTHON_PRODUCE, 30.0);
        targets.at_least(CONSUME, PYTHON_CONSUME, 30.0);
    }
}

fn publish(producer: &mut dyn Producer, connection: &mut Connection, messages: &[Message]) -> Duration {
    let topic = Topic::new(STREAM).expect("a topic");
    let start = Instant::now();
    for messages in messages.chunks(AT_ONCE) {
        producer.publish(&topic, messages).expect("published");
    }
    let time = start.elapsed();
    check(connection, messages.len());
    time
}

fn send(backend: &Arc<dyn Backend>, connection: &mut Connection) -> Duration {
    let producer = EventProducer::start_on(backend, &settings(STREAM)).expect("started");
    let events: Vec<_> = (0..PRODUCED).map(events::event).collect();
    let start = Instant::now();
    for event in events {
        COURSE_ENROLLMENT_CREATED.send_event(event).into_result().expect("it is in the queue");
    }
    let left = producer.flush(Duration::from_mins(1));
    let time = start.elapsed();
    assert_eq!(left, 0);
    check(connection, PRODUCED);
    time
}

/// Produces the event to this topic.
pub(crate) fn settings(topic: &str) -> BusSettings {
    let toml = format!(
        "[EVENT_BUS_PRODUCER_CONFIG.\"org.openedx.learning.course.enrollment.created.v1\".{topic}]\n\
         event_key_field = \"enrollment.course.course_key\"\nenabled = true\n"
    );
    BusSettings::layers().toml("bench", &toml).read().expect("settings")
}

pub(crate) fn consume(backend: &Arc<dyn Backend>, connection: &mut Connection) -> Duration {
    received::expect(CONSUMED as u64);
    let consumer = EventConsumer::new(Arc::clone(backend), GROUP)
        .name("ours")
        .topic(Topic::new(STREAM).expect("a topic"));
    let start = Instant::now();
    let running = consumer.start().expect("started");
    let time = received::wait() - start;
    let report = running.stop(Duration::from_mins(1)).expect("stopped");
    assert_eq!(report.done, CONSUMED as u64);
    check_done(connection);
    time
}

/// Checks that everything is stored, and removes it.
fn check(connection: &mut Connection, count: usize) {
    let length: usize = connection.xlen(STREAM).expect("a reply");
    assert_eq!(length, count);
    connection.del::<_, ()>(STREAM).expect("deleted");
}

/// Checks that the group has done everything, and removes it.
fn check_done(connection: &mut Connection) {
    let pending: redis::streams::StreamPendingReply = connection.xpending(STREAM, GROUP).expect("a reply");
    assert_eq!(pending.count(), 0);
    check(connection, CONSUMED);
}
