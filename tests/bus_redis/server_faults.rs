//! Servers that are killed, frozen, slow or unreachable, and that cut connections.

use std::thread;
use std::time::{Duration, Instant};

use openedx_events::bus::redis::Redis;
use openedx_events::bus::{Backend, ErrorKind};
use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::wait_until;

use crate::support::{
    LONG, bus, consumer, failed, ids, impatient_bus, message, payloads, pending, publish, read, read_on, run,
    topic,
};

#[test]
fn a_killed_server_keeps_what_it_has_confirmed() {
    let Some(mut server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let mut producer = bus.producer().expect("a producer");
    producer.publish(&topic(), &[message("1"), message("2"), message("3")]).expect("published");
    let consumer = consumer(&bus, "a");
    let held = ids(&consumer.read(1, LONG, &[]).expect("a batch"));
    server.kill();
    let error = producer.publish(&topic(), &[message("lost")]).expect_err("there is no server");
    assert_eq!((error.stored, error.is_unknown, error.error.kind()), (0, true, ErrorKind::Unreachable));
    assert_eq!(failed(consumer.read(10, LONG, &[])).kind(), ErrorKind::Unreachable);
    assert_eq!(failed(consumer.acknowledge(&held)).kind(), ErrorKind::Unreachable);
    server.restart();
    producer.publish(&topic(), &[message("4")]).expect("published by the same producer");
    consumer.acknowledge(&held).expect("acknowledged by the same consumer");
    let batch = read_on(&*consumer);
    assert_eq!(payloads(&batch.deliveries), ["2", "3", "4"], "and not 1, which the program holds");
    assert!(!batch.is_group_new);
    consumer.acknowledge(&ids(&batch)).expect("acknowledged");
    assert_eq!(pending(&bus), 0);
}

#[test]
fn a_connection_that_is_cut_in_a_read_loses_nothing() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let consumer = consumer(&bus, "a");
    thread::scope(|scope| {
        let reading = scope.spawn(|| consumer.read(10, LONG, &[]));
        wait_until("the read waits", || server.client_list().contains("cmd=xreadgroup"));
        run(&mut server.client(), "CLIENT KILL TYPE normal SKIPME yes");
        assert_eq!(failed(reading.join().expect("no panic")).kind(), ErrorKind::Unreachable);
    });
    publish(&bus, &["1"]);
    let batch = read_on(&*consumer);
    assert_eq!(payloads(&batch.deliveries), ["1"]);
    // The other connection was cut as well; calls that may be repeated are.
    run(&mut server.client(), "CLIENT KILL TYPE normal SKIPME yes");
    consumer.acknowledge(&ids(&batch)).expect("acknowledged");
    assert_eq!(pending(&bus), 0);
}

/// The server delivers entries to a request that the client has given up. They come with the next connection, and
/// entries that the program holds do not come twice.
#[test]
fn entries_of_an_abandoned_request_are_delivered_again() {
    let Some(server) = RedisServer::start() else { return };
    let bus = impatient_bus(&server);
    publish(&bus, &["1"]);
    let consumer = consumer(&bus, "a");
    let held = read(&*consumer);
    publish(&bus, &["2", "3"]);
    server.freeze();
    let start = Instant::now();
    let error = failed(consumer.read(10, Duration::ZERO, &[]));
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.to_string().contains("no answer in time"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(5), "it does not wait for long: {:?}", start.elapsed());
    server.thaw();
    wait_until("the server has answered", || pending(&bus) == 3);
    let batch = read_on(&*consumer);
    assert_eq!(payloads(&batch.deliveries), ["2", "3"]);
    assert!(batch.deliveries.iter().all(|delivery| delivery.is_redelivered));
    consumer.acknowledge(&[ids(&held), ids(&batch)].concat()).expect("acknowledged");
    assert_eq!(pending(&bus), 0);
}

/// The outcome is unknown: the message may be stored, and stored twice if it is published again.
#[test]
fn the_outcome_of_a_publish_that_times_out_is_unknown() {
    let Some(server) = RedisServer::start() else { return };
    let bus = impatient_bus(&server);
    let mut producer = bus.producer().expect("a producer");
    server.freeze();
    let error = producer.publish(&topic(), &[message("1")]).expect_err("the server does not answer");
    assert_eq!((error.stored, error.is_unknown, error.error.kind()), (0, true, ErrorKind::Unreachable));
    server.thaw();
    producer.publish(&topic(), &[message("1")]).expect("published");
    let mut client = server.client();
    wait_until("both are stored", || crate::support::count(&mut server.client(), "XLEN dev-learning") == 2);
    assert_eq!(crate::support::count(&mut client, "XLEN dev-learning"), 2);
}

#[test]
fn a_slow_server_is_waited_for() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let consumer = consumer(&bus, "a");
    let mut client = server.client();
    run(&mut client, "CLIENT PAUSE 300 WRITE");
    publish(&bus, &["1"]);
    assert_eq!(payloads(&read_on(&*consumer).deliveries), ["1"]);
}

#[test]
fn an_unreachable_server_is_reported_with_its_address_and_without_a_password() {
    let bus = Redis::open("redis://user:s3cret@127.0.0.1:1").expect("an address");
    let error = failed(bus.producer());
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
    for text in [error.to_string(), format!("{error:?}"), format!("{bus:?}")] {
        assert!(!text.contains("s3cret"), "{text}");
    }
    for address in
        ["redis://user:s3cret@", "redis://user:s3cret@host:port", "redis://:s3cret@host/db", "rediss://"]
    {
        let error = failed(openedx_events::bus::open(address));
        assert_eq!(error.kind(), ErrorKind::Configuration, "{address}");
        assert!(!format!("{error:?}").contains("s3cret"), "{error}");
    }
}
