//! Entries that were removed before they were done.

use openedx_events::bus::Backend;
use openedx_events::bus::redis::{Options, Redis};
use openedx_events_tests::redis_server::RedisServer;

use crate::support::{
    NOT_AT_ALL, bus, consumer, ids, impatient_consumer, message, payloads, pending, publish, read, run, topic,
};

/// Upstream: the rest of the pending entries is never delivered again.
#[test]
fn a_trimmed_pending_entry_is_reported_and_the_others_are_delivered() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2", "3"]);
    let first = consumer(&bus, "a");
    let before = ids(&read(&*first));
    drop(first);
    run(&mut server.client(), &format!("XDEL dev-learning {}", before[0]));
    let second = consumer(&bus, "a");
    let batch = read(&*second);
    assert_eq!(batch.trimmed, before[..1]);
    assert_eq!(payloads(&batch.deliveries), ["2", "3"]);
    assert!(batch.deliveries.iter().all(|delivery| delivery.is_redelivered));
    assert_eq!(pending(&bus), 2);
}

#[test]
fn a_trimmed_idle_entry_is_reported_when_it_would_be_claimed() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2"]);
    let first = consumer(&bus, "a");
    let before = ids(&read(&*first));
    drop(first);
    run(&mut server.client(), "XTRIM dev-learning MAXLEN 1");
    let second = impatient_consumer(&bus, "b");
    std::thread::sleep(std::time::Duration::from_millis(5));
    let batch = second.claim(10).expect("a batch");
    assert_eq!(batch.trimmed, before[..1]);
    assert_eq!(payloads(&batch.deliveries), ["2"]);
}

#[test]
fn a_trimmed_entry_in_flight_is_not_reported() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2"]);
    let consumer = consumer(&bus, "a");
    let held = ids(&read(&*consumer));
    run(&mut server.client(), "DEL dev-learning");
    publish(&bus, &["3"]);
    assert!(consumer.renew(&held).expect("kept").is_empty());
    let batch = read(&*consumer);
    assert!(batch.trimmed.is_empty());
    assert_eq!(payloads(&batch.deliveries), ["3"]);
}

#[test]
fn entries_trimmed_before_they_were_read_are_counted_once() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2", "3"]);
    let first = consumer(&bus, "a");
    let batch = first.read(1, NOT_AT_ALL, &[]).expect("a batch");
    assert_eq!(batch.missed, 0);
    drop(first);
    publish(&bus, &["4", "5"]);
    run(&mut server.client(), "XTRIM dev-learning MAXLEN 2");
    let second = consumer(&bus, "b");
    let batch = read(&*second);
    assert_eq!(batch.missed, 2, "2 and 3");
    assert_eq!(payloads(&batch.deliveries), ["4", "5"]);
    // The server's own count is correct again, and another consumer does not report them.
    assert_eq!(bus.groups(&topic()).expect("groups")[0].lag, Some(0));
    assert_eq!(read(&*consumer(&bus, "c")).missed, 0);
}

#[test]
fn entries_trimmed_while_reading_are_counted_at_the_end() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2", "3", "4"]);
    let first = consumer(&bus, "a");
    assert_eq!(first.read(1, NOT_AT_ALL, &[]).expect("a batch").missed, 0);
    run(&mut server.client(), "XTRIM dev-learning MAXLEN 1");
    // The last check was a moment ago, so the gap is not noticed yet.
    assert_eq!(payloads(&read(&*first).deliveries), ["4"]);
    assert_eq!(read(&*consumer(&bus, "b")).missed, 2);
}

#[test]
fn entries_removed_before_the_group_was_created_are_not_missed() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2", "3"]);
    run(&mut server.client(), "XTRIM dev-learning MAXLEN 1");
    let consumer = consumer(&bus, "a");
    let batch = read(&*consumer);
    assert_eq!((batch.missed, payloads(&batch.deliveries)), (0, vec!["3".to_owned()]));
}

#[test]
fn a_stream_is_trimmed_only_if_configured() {
    let Some(server) = RedisServer::start() else { return };
    let messages: Vec<_> = (0..1000).map(|number| message(number.to_string())).collect();
    let bus = bus(&server);
    bus.producer().expect("a producer").publish(&topic(), &messages).expect("published");
    let mut client = server.client();
    assert_eq!(crate::support::count(&mut client, "XLEN dev-learning"), 1000);
    let mut options = Options::default();
    options.stream_max_len = Some(100);
    let bus = Redis::open_with(&server.url(), options).expect("an address");
    bus.producer().expect("a producer").publish(&topic(), &messages[..1]).expect("published");
    // The server trims whole nodes of a hundred entries.
    let left = crate::support::count(&mut client, "XLEN dev-learning");
    assert!((100..=201).contains(&left), "{left}");
}

/// Redis 7.0 stores and replicates the last entry that a group has read, but not how many it has read. So a server that
/// was restarted or promoted counts too few.
#[test]
fn a_server_that_has_lost_count_does_not_look_like_a_loss() {
    let Some(mut server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2", "3"]);
    let first = consumer(&bus, "a");
    first.acknowledge(&ids(&read(&*first))).expect("acknowledged");
    drop(first);
    server.restart();
    let second = consumer(&bus, "b");
    assert_eq!(read(&*second).missed, 0, "all three are there, and were read");
    // It counts correctly again, so that a loss is reported from here on.
    publish(&bus, &["4", "5", "6"]);
    run(&mut server.client(), "XTRIM dev-learning MAXLEN 1");
    let third = consumer(&bus, "c");
    let batch = read(&*third);
    assert_eq!((batch.missed, payloads(&batch.deliveries)), (2, vec!["6".to_owned()]));
}

/// Not even if read entries are gone.
#[test]
fn a_server_that_has_lost_count_of_removed_entries_does_not_look_like_a_loss() {
    let Some(mut server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2", "3", "4", "5"]);
    let first = consumer(&bus, "a");
    first.acknowledge(&ids(&read(&*first))).expect("acknowledged");
    drop(first);
    run(&mut server.client(), "XTRIM dev-learning MAXLEN 1");
    let second = consumer(&bus, "b");
    assert_eq!(second.read(10, NOT_AT_ALL, &[]).expect("a batch").missed, 0);
    drop(second);
    server.restart();
    let third = consumer(&bus, "c");
    assert_eq!(third.read(10, NOT_AT_ALL, &[]).expect("a batch").missed, 0, "all were read before they went");
}
