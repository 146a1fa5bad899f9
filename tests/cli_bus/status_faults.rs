//! What the endpoints say under each fault of a bus and of its consumers and producers.

use std::cell::RefCell;
use std::fs;
use std::io::Write as _;
use std::time::{Duration, Instant};

use openedx_events_tests::proxy::Proxy;
use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::wait_until;

use crate::fixture::{TOPIC, bell, guest, job, leaf, mishap};
use crate::lot::Lot;
use crate::program::{own, run};
use crate::watched::Watched;

/// Others claim what a consumer has not renewed for a second.
const SHORT_LEASES: &str = r#"{"claim_after": "1s", "heartbeat": "200ms"}"#;

fn publish(url: &str, lines: &[String]) {
    run(own(&["produce", "-t", TOPIC, "--bus", url]), &lines.join("\n")).has_ended_with(0);
}

fn leaves(numbers: std::ops::Range<i64>) -> Vec<String> {
    numbers.map(leaf).collect()
}

fn redis(server: &RedisServer, command: &[&str]) {
    redis::cmd(command[0]).arg(&command[1..]).exec(&mut server.client()).expect("the server takes it");
}

/// A consumer that has consumed one event.
fn running_consumer(url: &str) -> Watched {
    let consumer = Watched::consumer(url, &[]);
    publish(url, &leaves(0..1));
    consumer.wait_until_consumed(1);
    consumer
}

/// A consumer with these settings, of this name.
fn consumer_named(url: &str, name: &str, settings: &str) -> Watched {
    let args =
        ["consume", "-t", TOPIC, "-g", "porters", "--name", name, "--status", "127.0.0.1:0", "--bus", url];
    let mut command = own(&args);
    command.env("EVENT_BUS_CONSUMER_CONFIG", settings);
    Watched::start(command)
}

/// A service that produces a bell for each line of its input.
fn producer(lot: &Lot) -> Watched {
    let mut command = own(&["ring", lot.folder().to_str().expect("UTF-8")]);
    command.env("EVENT_BUS_URL", &lot.url).env(
        "EVENT_BUS_PRODUCER_CONFIG",
        format!(r#"{{"org.example.yard.bell.rung.v1": {{"{TOPIC}": {{"enabled": true}}}}}}"#),
    );
    Watched::start(command)
}

#[test]
fn a_server_that_loads_its_file() {
    let Some(mut server) = RedisServer::start_with(&["--key-load-delay", "300"]) else { return };
    let consumer = Watched::consumer(&server.url(), &[]);
    publish(&server.url(), &leaves(0..5000));
    consumer.wait_until_consumed(5000);
    consumer.wait_until_ready();
    server.restart_without_waiting();
    consumer.wait_until_not_ready("does not answer");
    consumer.wait_until_ready();
    publish(&server.url(), &leaves(5000..5001));
    consumer.wait_until_consumed(5001);
}

#[test]
fn a_slow_server_and_a_slow_network() {
    let Some(server) = RedisServer::start() else { return };
    let proxy = Proxy::to(server.port());
    let consumer = running_consumer(&proxy.url());
    consumer.stays_ready(|| {
        proxy.delay(Duration::from_millis(100));
        publish(&server.url(), &leaves(1..5));
        consumer.wait_until_consumed(5);
        proxy.delay(Duration::ZERO);
        redis(&server, &["CLIENT", "PAUSE", "400", "ALL"]);
        publish(&server.url(), &leaves(5..10));
        consumer.wait_until_consumed(10);
    });
}

#[test]
fn connections_that_are_cut() {
    let Some(server) = RedisServer::start() else { return };
    let proxy = Proxy::to(server.port());
    let consumer = Watched::consumer(&proxy.url(), &[]);
    for number in 1..=5 {
        proxy.cut();
        publish(&server.url(), &leaves(number.into()..i64::from(number) + 1));
        consumer.wait_until_consumed(number);
        consumer.is_alive();
        consumer.wait_until_ready();
    }
}

/// Another consumer has its entries meanwhile.
#[test]
fn a_process_that_is_frozen_and_goes_on() {
    // Not on SQLite, where it may be frozen with the lock of the file.
    let Some(lot) = Lot::on_redis() else { return };
    let [frozen, other] = ["a", "b"].map(|name| consumer_named(&lot.url, name, SHORT_LEASES));
    other.wait_until_ready();
    frozen.wait_until_ready();
    frozen.running.signal("STOP");
    let bells: Vec<_> = (1..=20).map(|number| bell(number, lot.folder())).collect();
    fs::write(lot.file("up"), "").expect("a file");
    lot.produce(&bells);
    wait_until("the other one does all", || lot.numbers("answered").len() == 20);
    other.wait_until_ready();
    frozen.running.signal("CONT");
    frozen.is_alive();
    frozen.wait_until_ready();
}

/// It takes longer than others wait for a consumer that is gone.
#[test]
fn a_receiver_that_is_slow_and_a_consumer_that_joins() {
    for lot in Lot::each() {
        let slow = consumer_named(&lot.url, "a", SHORT_LEASES);
        slow.wait_until_ready();
        lot.produce(&[job(1, lot.folder())]);
        wait_until("the job has begun", || lot.file("begun-1").exists());
        slow.stays_ready(|| {
            lot.produce(&leaves(2..50));
            let other = consumer_named(&lot.url, "b", SHORT_LEASES);
            other.wait_until_ready();
            let start = Instant::now();
            wait_until("the job would have been claimed", || start.elapsed() > Duration::from_secs(2));
            other.wait_until_ready();
        });
        fs::write(lot.file("go"), "").expect("a file");
        wait_until("the job is done", || lot.file("done-1").exists());
        slow.wait_until_ready();
    }
}

#[test]
fn entries_that_are_trimmed() {
    let Some(server) = RedisServer::start() else { return };
    let consumer = running_consumer(&server.url());
    consumer.running.signal("STOP");
    publish(&server.url(), &leaves(1..20));
    redis(&server, &["XTRIM", TOPIC, "MAXLEN", "1"]);
    consumer.running.signal("CONT");
    consumer.wait_until_consumed(2);
    wait_until("the loss is counted", || {
        consumer.metric("openedx_events_trimmed_total{topic=\"yard\",group=\"porters\"}") >= Some(1.0)
    });
    consumer.wait_until_ready();
    consumer.is_alive();
}

#[test]
fn a_group_that_is_deleted_and_data_that_are() {
    let Some(server) = RedisServer::start() else { return };
    let consumer = running_consumer(&server.url());
    redis(&server, &["XGROUP", "DESTROY", TOPIC, "porters"]);
    publish(&server.url(), &leaves(1..2));
    // Everything is delivered again.
    consumer.wait_until_consumed(3);
    consumer.wait_until_ready();
    redis(&server, &["FLUSHALL"]);
    publish(&server.url(), &leaves(2..3));
    consumer.wait_until_consumed(4);
    consumer.wait_until_ready();
    consumer.is_alive();
}

#[test]
fn a_key_of_another_type() {
    let Some(server) = RedisServer::start() else { return };
    let consumer = running_consumer(&server.url());
    redis(&server, &["DEL", TOPIC]);
    redis(&server, &["SET", TOPIC, "no stream"]);
    consumer.has_ended_with(5);
}

#[test]
fn rights_that_are_missing() {
    let Some(server) = RedisServer::start() else { return };
    let consumer = running_consumer(&server.url());
    redis(&server, &["ACL", "SETUSER", "default", "-xreadgroup"]);
    publish(&server.url(), &leaves(1..2));
    consumer.has_ended_with(5);
}

/// Entries can be read and acknowledged, and not published.
#[test]
fn a_server_whose_memory_is_full() {
    let Some(lot) = Lot::on_redis() else { return };
    let server = lot.redis.as_ref().expect("a server");
    let consumer = Watched::consumer(&lot.url, &[]);
    let mut producer = producer(&lot);
    let mut bells = producer.running.stdin();
    fs::write(lot.file("up"), "").expect("a file");
    bells.write_all(b"1\n").expect("it reads");
    consumer.wait_until_consumed(1);
    producer.wait_until_ready();
    consumer.wait_until_ready();
    redis(server, &["CONFIG", "SET", "maxmemory", "1"]);
    consumer.stays_ready(|| {
        bells.write_all(b"2\n").expect("it reads");
        producer.wait_until_not_ready("yard: ");
    });
    redis(server, &["CONFIG", "SET", "maxmemory", "0"]);
    consumer.wait_until_consumed(2);
    producer.wait_until_ready();
    drop(bells);
    producer.has_ended_with(0);
}

/// The server takes nothing that writes, which reading for a group does.
#[test]
fn a_server_whose_disk_is_full() {
    let Some(lot) = Lot::on_redis() else { return };
    let server = lot.redis.as_ref().expect("a server");
    let consumer = Watched::consumer(&lot.url, &[]);
    let mut producer = producer(&lot);
    let bells = RefCell::new(producer.running.stdin());
    fs::write(lot.file("up"), "").expect("a file");
    consumer.wait_until_ready();
    if !server.limit_files(Some(1024)) {
        return;
    }
    // It notices when it writes, once a second.
    wait_until("it refuses", || {
        bells.borrow_mut().write_all(b"1\n").expect("it reads");
        producer.get("/readyz").0 == 503
    });
    producer.is_alive();
    consumer.wait_until_not_ready("MISCONF");
    assert!(server.limit_files(None));
    producer.wait_until_ready();
    consumer.wait_until_ready();
    drop(bells);
    producer.has_ended_with(0);
}

/// The other one has no data.
#[test]
fn another_server_that_takes_over() {
    let (Some(server), Some(other)) = (RedisServer::start(), RedisServer::start()) else { return };
    let proxy = Proxy::to(server.port());
    let consumer = running_consumer(&proxy.url());
    publish(&other.url(), &leaves(1..3));
    proxy.set_target(other.port());
    proxy.cut();
    consumer.wait_until_consumed(3);
    consumer.wait_until_ready();
    consumer.is_alive();
}

/// Each becomes a dead letter.
#[test]
fn events_that_cannot_be_consumed() {
    for lot in Lot::each() {
        let consumer = Watched::consumer(&lot.url, &[]);
        lot.produce(&leaves(30..31));
        consumer.wait_until_consumed(1);
        let mut letters = 0;
        consumer.stays_ready(|| {
            lot.produce(&(0..10).map(mishap).collect::<Vec<_>>());
            letters += 10;
            if let Some(server) = &lot.redis {
                redis(server, &["XADD", TOPIC, "*", "type", "no event", "event_data", "\x01\x02"]);
                letters += 1;
            }
            let dead = || consumer.metric("openedx_events_dead_letters{") == Some(f64::from(letters));
            wait_until("they are dead letters", dead);
        });
        lot.produce(&[guest(20)]);
        consumer.wait_until_consumed(letters + 2);
    }
}

#[test]
fn dead_letters_that_cannot_be_written() {
    let Some(server) = RedisServer::start() else { return };
    let consumer = running_consumer(&server.url());
    redis(&server, &["SET", &format!("{{{TOPIC}}}.dlq"), "no stream"]);
    publish(&server.url(), &[mishap(1)]);
    consumer.has_ended_with(5);
}

#[test]
fn a_file_that_another_program_has_locked() {
    let lot = Lot::each().next().expect("a bus in a file");
    let consumer = Watched::consumer(&lot.url, &[]);
    let mut producer = producer(&lot);
    let mut bells = producer.running.stdin();
    fs::write(lot.file("up"), "").expect("a file");
    bells.write_all(b"1\n").expect("it reads");
    consumer.wait_until_consumed(1);
    let sql = rusqlite::Connection::open(lot.file("bus.db")).expect("opened");
    sql.busy_timeout(Duration::from_secs(10)).expect("set");
    sql.execute_batch("BEGIN IMMEDIATE").expect("locked");
    bells.write_all(b"2\n").expect("it reads");
    producer.wait_until_not_ready("yard: ");
    consumer.is_alive();
    sql.execute_batch("ROLLBACK").expect("free");
    consumer.wait_until_consumed(2);
    producer.wait_until_ready();
    consumer.wait_until_ready();
}

#[test]
fn a_file_that_is_replaced() {
    let lot = Lot::each().next().expect("a bus in a file");
    let consumer = running_consumer(&lot.url);
    fs::write(lot.file("other"), "no database").expect("a file");
    fs::rename(lot.file("other"), lot.file("bus.db")).expect("replaced");
    consumer.has_ended_with(5);
}
