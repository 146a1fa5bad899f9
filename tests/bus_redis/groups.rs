//! Groups and their cursors, also when others move or remove them.

use std::thread;
use std::time::Duration;

use openedx_events::bus::{Backend, StartAt};
use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::{finishes, wait_until};

use crate::support::{LONG, NOT_AT_ALL, bus, consumer, ids, payloads, publish, read, run, topic};

/// Upstream: lost, as each start sets the group's cursor to the end.
#[test]
fn events_are_kept_while_nobody_consumes() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2"]);
    let first = consumer(&bus, "a");
    let batch = read(&*first);
    assert_eq!(payloads(&batch.deliveries), ["1", "2"]);
    first.acknowledge(&ids(&batch)).expect("acknowledged");
    drop(first);
    publish(&bus, &["3", "4"]);
    let second = consumer(&bus, "a");
    let batch = read(&*second);
    assert_eq!(payloads(&batch.deliveries), ["3", "4"]);
    assert!(batch.deliveries.iter().all(|delivery| !delivery.is_redelivered));
    assert!(!batch.is_group_new && batch.missed == 0, "{batch:?}");
}

/// Upstream: the backlog of the whole group is lost.
#[test]
fn a_second_consumer_joins_a_group_with_a_backlog() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2", "3", "4"]);
    let first = consumer(&bus, "a");
    let of_first = first.read(1, NOT_AT_ALL, &[]).expect("a batch");
    let second = consumer(&bus, "b");
    let of_second = read(&*second);
    assert_eq!(payloads(&of_first.deliveries), ["1"]);
    assert_eq!(payloads(&of_second.deliveries), ["2", "3", "4"]);
    let groups = bus.groups(&topic()).expect("groups");
    assert_eq!((groups[0].lag, groups[0].pending), (Some(0), 4));
    assert_eq!(groups[0].consumers, ["a", "b"]);
}

#[test]
fn a_new_group_begins_where_configured_and_an_existing_one_stays() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2"]);
    assert!(bus.create_group(&topic(), "late", StartAt::Latest).expect("made"));
    assert!(bus.create_group(&topic(), "early", StartAt::Earliest).expect("made"));
    publish(&bus, &["3"]);
    assert!(!bus.create_group(&topic(), "early", StartAt::Latest).expect("was there"));
    let lags: Vec<_> =
        bus.groups(&topic()).expect("groups").into_iter().map(|group| (group.name, group.lag)).collect();
    assert_eq!(lags, [("early".to_owned(), Some(3)), ("late".to_owned(), Some(1))]);
    assert!(bus.delete_group(&topic(), "late").expect("deleted"));
    assert!(!bus.delete_group(&topic(), "late").expect("was gone"));
    run(&mut server.client(), "DEL dev-learning");
    assert!(!bus.delete_group(&topic(), "early").expect("no stream"));
    assert!(bus.groups(&topic()).expect("no stream").is_empty());
}

#[test]
fn a_deleted_group_is_created_again_at_the_first_entry() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2", "3"]);
    let consumer = consumer(&bus, "a");
    let batch = consumer.read(2, NOT_AT_ALL, &[]).expect("a batch");
    let held = ids(&batch);
    consumer.acknowledge(&held[..1]).expect("acknowledged");
    assert!(bus.delete_group(&topic(), crate::support::GROUP).expect("deleted"));
    // Done and unread entries are delivered; those that the program still holds are not delivered twice.
    let batch = read(&*consumer);
    assert!(batch.is_group_new);
    assert_eq!(payloads(&batch.deliveries), ["1", "3"]);
    consumer.acknowledge(&held[1..]).expect("acknowledged");
    assert_eq!(crate::support::pending(&bus), 2);
    assert!(!read(&*consumer).is_group_new);
}

#[test]
fn a_waiting_read_survives_the_loss_of_its_group_and_of_all_data() {
    let Some(server) = RedisServer::start() else { return };
    let mut client = server.client();
    for harm in ["XGROUP DESTROY dev-learning group", "DEL dev-learning", "FLUSHALL"] {
        let bus = bus(&server);
        let consumer = consumer(&bus, "a");
        let batch = read(&*consumer);
        consumer.acknowledge(&ids(&batch)).expect("acknowledged");
        let reading = thread::spawn(move || {
            let batch = consumer.read(10, LONG, &[]).expect("a batch");
            (consumer, batch)
        });
        wait_until("the read waits", || server.client_list().contains("cmd=xreadgroup"));
        run(&mut client, harm);
        let (consumer, batch) = finishes(move || reading.join().expect("no panic"));
        assert!(batch.is_group_new, "{harm}: {batch:?}");
        publish(&bus, &["after"]);
        let batch = consumer.read(10, LONG, &[]).expect("a batch");
        assert_eq!(payloads(&batch.deliveries).last().map(String::as_str), Some("after"), "{harm}");
    }
}

/// Python's consumer does this when it is created.
#[test]
fn a_moved_cursor_is_reported() {
    let Some(server) = RedisServer::start() else { return };
    openedx_events_tests::logs::collect();
    let bus = bus(&server);
    let topic = openedx_events::bus::Topic::new("moved").expect("a name");
    let mut producer = bus.producer().expect("a producer");
    producer
        .publish(
            &topic,
            &[crate::support::message("1"), crate::support::message("2"), crate::support::message("3")],
        )
        .expect("published");
    bus.create_group(&topic, "g", StartAt::Earliest).expect("made");
    let warned = || {
        let records = openedx_events_tests::logs::all();
        records.iter().any(|record| record.field("topic") == "moved" && record.message.contains("cursor"))
    };
    bus.groups(&topic).expect("groups");
    assert!(!warned());
    let second = bus.browse(&topic, None, 2).expect("entries")[1].entry.clone();
    run(&mut server.client(), &format!("XGROUP SETID moved g {second}"));
    assert_eq!(bus.groups(&topic).expect("groups")[0].lag, None);
    assert!(warned());
}

#[test]
fn a_waiting_read_can_be_woken() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let consumer = consumer(&bus, "a");
    thread::scope(|scope| {
        let reading = scope.spawn(|| consumer.read(10, LONG, &[]).expect("a batch"));
        wait_until("the read waits", || server.client_list().contains("cmd=xreadgroup"));
        consumer.wake();
        assert!(reading.join().expect("no panic").deliveries.is_empty());
    });
    // If no read waits, `wake` ends the next one, and only that.
    consumer.wake();
    let start = std::time::Instant::now();
    consumer.read(10, LONG, &[]).expect("a batch");
    assert!(start.elapsed() < LONG / 2);
    consumer.read(10, Duration::from_millis(30), &[]).expect("a batch");
    assert!(start.elapsed() >= Duration::from_millis(30));
}
