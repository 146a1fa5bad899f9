//! Entries that a consumer gets back, claims from another one, renews or releases.

use std::thread;
use std::time::{Duration, Instant};

use openedx_events::bus::Backend;
use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::wait_until;

use crate::support::{
    LONG, NOT_AT_ALL, bus, consumer, count, idle, ids, impatient_consumer, message, payloads, pending,
    publish, read, run, topic,
};

#[test]
fn a_restarted_consumer_gets_its_pending_entries_before_new_ones() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let all: Vec<_> = (0..250).map(|number| number.to_string()).collect();
    publish(&bus, &all.iter().map(String::as_str).collect::<Vec<_>>());
    let first = consumer(&bus, "a");
    let held = ids(&first.read(230, NOT_AT_ALL, &[]).expect("a batch"));
    first.acknowledge(&held[..5]).expect("acknowledged");
    drop(first);
    let second = consumer(&bus, "a");
    let (mut seen, mut again) = (Vec::new(), Vec::new());
    while seen.len() < 245 {
        let batch = second.read(100, NOT_AT_ALL, &[]).expect("a batch");
        assert!(!batch.deliveries.is_empty(), "only {} came", seen.len());
        seen.extend(payloads(&batch.deliveries));
        again.extend(batch.deliveries.iter().map(|delivery| delivery.is_redelivered));
    }
    assert_eq!(seen, all[5..]);
    assert_eq!(again.iter().filter(|again| **again).count(), 225);
    assert!(again[..225].iter().all(|again| *again));
}

#[test]
fn a_read_sends_acknowledgements() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2"]);
    let consumer = consumer(&bus, "a");
    let first = consumer.read(1, NOT_AT_ALL, &[]).expect("a batch");
    let second = consumer.read(1, NOT_AT_ALL, &ids(&first)).expect("a batch");
    assert_eq!(payloads(&second.deliveries), ["2"]);
    assert_eq!(pending(&bus), 1);
    // Also if it reads nothing.
    consumer.read(0, NOT_AT_ALL, &ids(&second)).expect("a batch");
    assert_eq!(pending(&bus), 0);
}

/// The consumer is gone without releasing anything, as a killed process is.
#[test]
fn entries_of_a_lost_consumer_are_claimed() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let all: Vec<_> = (0..250).map(|number| number.to_string()).collect();
    publish(&bus, &all.iter().map(String::as_str).collect::<Vec<_>>());
    let first = consumer(&bus, "a");
    assert_eq!(first.read(1000, NOT_AT_ALL, &[]).expect("a batch").deliveries.len(), 250);
    std::mem::forget(first);
    let patient = consumer(&bus, "patient");
    assert!(patient.claim(1000).expect("a batch").deliveries.is_empty());
    let second = impatient_consumer(&bus, "b");
    idle();
    let mut taken = Vec::new();
    while taken.len() < 250 {
        let batch = second.claim(100).expect("a batch");
        assert!(!batch.deliveries.is_empty() && batch.deliveries.len() <= 100);
        assert!(batch.deliveries.iter().all(|delivery| delivery.is_redelivered));
        taken.extend(payloads(&batch.deliveries));
    }
    assert_eq!(taken, all);
    // It does not claim its own entries, however idle they are.
    idle();
    assert!(second.claim(1000).expect("a batch").deliveries.is_empty());
}

#[test]
fn a_renewed_entry_is_not_claimed_and_a_claimed_one_is_not_renewed() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2"]);
    let first = consumer(&bus, "a");
    let held = ids(&read(&*first));
    let mut subscription = crate::support::subscription("b");
    subscription.claim_after = Duration::from_millis(500);
    let second = bus.consumer(&subscription).expect("a consumer");
    let start = std::time::Instant::now();
    while start.elapsed() < Duration::from_millis(1200) {
        assert!(first.renew(&held[..1]).expect("kept").is_empty());
        thread::sleep(Duration::from_millis(20));
    }
    let taken = second.claim(10).expect("a batch");
    assert_eq!(payloads(&taken.deliveries), ["2"]);
    assert_eq!(first.renew(&held).expect("kept"), held[1..]);
    assert_eq!(first.renew(&held).expect("kept"), held[1..], "renewing does not claim it back");
    assert_eq!(count(&mut server.client(), "XACK dev-learning group 0-0"), 0);
    // A late acknowledgement does no harm.
    first.acknowledge(&held).expect("acknowledged");
    second.acknowledge(&held[1..]).expect("acknowledged");
    assert_eq!(first.renew(&held[1..]).expect("kept"), held[1..], "another has done it");
}

#[test]
fn a_released_entry_can_be_claimed_at_once() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2"]);
    let first = consumer(&bus, "a");
    let held = ids(&read(&*first));
    first.release(&held[1..]).expect("released");
    let second = consumer(&bus, "b");
    let taken = second.claim(10).expect("a batch");
    assert_eq!(payloads(&taken.deliveries), ["2"], "though a claim waits for a minute");
    // An entry of another consumer cannot be released.
    first.release(&held[1..]).expect("released");
    assert!(consumer(&bus, "c").claim(10).expect("a batch").deliveries.is_empty());
}

/// The consumer that stops has many in flight, and the other one is idle: it reads, and does not claim by itself.
#[test]
fn released_entries_come_to_an_idle_consumer_batch_after_batch() {
    const ENTRIES: usize = 1000;

    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let messages: Vec<_> = (0..ENTRIES).map(|number| message(number.to_string())).collect();
    bus.producer().expect("a producer").publish(&topic(), &messages).expect("published");
    let first = consumer(&bus, "a");
    let held = ids(&first.read(ENTRIES, NOT_AT_ALL, &[]).expect("a batch"));
    assert_eq!(held.len(), ENTRIES);
    let second = consumer(&bus, "b");
    thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let (mut taken, mut done) = (Vec::new(), Vec::new());
            while taken.len() < ENTRIES {
                let batch = second.read(100, LONG, &done).expect("a batch");
                assert!(batch.deliveries.iter().all(|delivery| delivery.is_redelivered));
                done = ids(&batch);
                taken.extend(done.clone());
            }
            second.acknowledge(&done).expect("acknowledged");
            (taken, Instant::now())
        });
        wait_until("it waits", || server.client_list().contains("cmd=xreadgroup"));
        let released = Instant::now();
        first.release(&held).expect("released");
        let (taken, end) = reading.join().expect("no panic");
        assert_eq!(taken, held, "all, and in order");
        let time = end - released;
        assert!(time < Duration::from_secs(10), "far less than a heartbeat: {time:?}");
    });
    assert_eq!(pending(&bus), 0);
}

/// An idle consumer asks once in a second. The server goes through the pending entries, of which it has none.
#[test]
fn an_idle_consumer_costs_little() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let consumer = consumer(&bus, "a");
    read(&*consumer);
    run(&mut server.client(), "CONFIG RESETSTAT");
    consumer.read(1, Duration::from_secs(4), &[]).expect("a batch");
    let stats = match run(&mut server.client(), "INFO commandstats") {
        ::redis::Value::BulkString(text) => String::from_utf8(text).expect("text"),
        other => panic!("{other:?}"),
    };
    for command in ["xreadgroup", "xpending"] {
        let line = stats.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
        let calls = line.and_then(|line| line.split(',').next()?.parse::<u32>().ok());
        assert!(calls.is_some_and(|calls| calls <= 6), "{command}: {calls:?} calls in four seconds");
    }
}
