//! Whose an entry is, when others claim it and when its group is deleted.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use openedx_events::Event as _;
use openedx_events::bus::redis::Redis;
use openedx_events::bus::{
    Backend, Consumer, DeadLetter, DeadLetterReason, EntryId, EntryWrite, ErrorKind, EventConsumer, StartAt,
};
use openedx_events_tests::proxy::{Proxy, Way};
use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::{DEADLINE, wait_until};

use crate::flow::{self, AwayItem, OrphanItem, consume, impatient, produce, quick, send};
use crate::support::{
    GROUP, bus, consumer, count, failed, idle, ids, impatient_consumer, message, publish, read, run, topic,
};

/// Buses of a user who may run scripts, and of one who may not.
fn buses(server: &RedisServer) -> [Redis; 2] {
    run(&mut server.client(), "ACL SETUSER limited on >pass ~* &* +@all -eval -evalsha");
    [bus(server), Redis::open(&server.url_of("limited:pass")).expect("an address")]
}

fn writes(consumer: &dyn Consumer, delivery: &openedx_events::bus::Delivery) -> [EntryWrite<()>; 3] {
    let dead_letter = DeadLetter::new(DeadLetterReason::Undecodable, "because");
    [
        consumer.count_attempt(&delivery.entry).expect("looked at").map(drop),
        consumer.attempt_returned(&delivery.entry).expect("looked at"),
        consumer.dead_letter(delivery, &dead_letter).expect("looked at").map(drop),
    ]
}

#[test]
fn nothing_is_written_for_entries_of_others_with_and_without_scripts() {
    let Some(server) = RedisServer::start() else { return };
    for bus in buses(&server) {
        publish(&bus, &["taken", "done"]);
        let first = consumer(&bus, "a");
        let held = read(&*first).deliveries;
        idle();
        let second = impatient_consumer(&bus, "b");
        let claimed = ids(&second.claim(2).expect("a batch"));
        second.acknowledge(&claimed[1..]).expect("acknowledged");
        for delivery in &held {
            assert_eq!(writes(&*first, delivery), [EntryWrite::Claimed; 3]);
        }
        assert_eq!(second.count_attempt(&claimed[0]).expect("counted"), EntryWrite::Done(1));
        assert_eq!(second.attempt_returned(&claimed[0]).expect("recorded"), EntryWrite::Done(()));
        let mut client = server.client();
        for key in ["{dev-learning}.marks:group", "{dev-learning}.dlq"] {
            assert_eq!(count(&mut client, &format!("EXISTS {key}")), 0, "{key}");
        }
        run(&mut client, "FLUSHALL");
    }
}

/// Also after the group was created again, until it delivers them.
#[test]
fn nothing_is_written_for_entries_of_a_deleted_group_with_and_without_scripts() {
    let Some(server) = RedisServer::start() else { return };
    for bus in buses(&server) {
        publish(&bus, &["1"]);
        let consumer = consumer(&bus, "a");
        let held = read(&*consumer).deliveries;
        assert!(bus.delete_group(&topic(), GROUP).expect("deleted"));
        assert_eq!(writes(&*consumer, &held[0]), [EntryWrite::NoGroup; 3]);
        bus.create_group(&topic(), GROUP, StartAt::Earliest).expect("created");
        assert_eq!(writes(&*consumer, &held[0]), [EntryWrite::NoGroup; 3]);
        assert_eq!(count(&mut server.client(), "EXISTS {dev-learning}.dlq"), 0);
        run(&mut server.client(), "FLUSHALL");
    }
}

#[test]
fn a_count_of_attempts_that_have_all_returned_is_removed() {
    let Some(server) = RedisServer::start() else { return };
    for bus in buses(&server) {
        publish(&bus, &["1"]);
        let consumer = consumer(&bus, "a");
        let entry = ids(&read(&*consumer)).remove(0);
        assert_eq!(consumer.count_attempt(&entry).expect("counted"), EntryWrite::Done(1));
        assert_eq!(consumer.count_attempt(&entry).expect("counted"), EntryWrite::Done(2));
        assert_eq!(consumer.attempt_returned(&entry).expect("recorded"), EntryWrite::Done(()));
        let mut client = server.client();
        assert_eq!(count(&mut client, "HLEN {dev-learning}.marks:group"), 1);
        assert_eq!(consumer.attempt_returned(&entry).expect("recorded"), EntryWrite::Done(()));
        assert_eq!(consumer.attempt_returned(&entry).expect("recorded"), EntryWrite::Done(()));
        assert_eq!(count(&mut client, "HLEN {dev-learning}.marks:group"), 0);
        run(&mut client, "FLUSHALL");
    }
}

/// A server that has become a replica does not know what has happened since.
#[test]
fn a_replica_is_not_asked_whose_an_entry_is() {
    let Some(server) = RedisServer::start() else { return };
    for bus in buses(&server) {
        publish(&bus, &["1"]);
        let consumer = consumer(&bus, "a");
        let held = read(&*consumer).deliveries;
        // On this server somebody else has done it.
        run(&mut server.client(), &format!("XACK dev-learning group {}", held[0].entry));
        run(&mut server.client(), "REPLICAOF 127.0.0.1 1");
        let dead_letter = DeadLetter::new(DeadLetterReason::Undecodable, "because");
        let errors = [
            failed(consumer.count_attempt(&held[0].entry)),
            failed(consumer.attempt_returned(&held[0].entry)),
            failed(consumer.dead_letter(&held[0], &dead_letter)),
        ];
        assert!(errors.iter().all(|error| error.kind() == ErrorKind::Busy), "{errors:?}");
        run(&mut server.client(), "REPLICAOF NO ONE");
        run(&mut server.client(), "FLUSHALL");
    }
}

/// Entries that a group has delivered before it was deleted are not reported as claimed, whichever consumer of the next group
/// gets them.
#[test]
fn a_group_that_is_deleted_under_load_is_not_taken_for_other_consumers() {
    const ENTRIES: usize = 400;

    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let messages: Vec<_> = (0..ENTRIES).map(|number| message(number.to_string())).collect();
    bus.producer().expect("a producer").publish(&topic(), &messages).expect("published");
    let consumer = consumer(&bus, "a");
    let (held, is_over): (Mutex<BTreeSet<EntryId>>, _) = (Mutex::default(), AtomicBool::new(false));
    let held = &held;
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let (mut lost_groups, mut done) = (0, Vec::new());
            while !is_over.load(Ordering::Relaxed) {
                let batch = consumer.read(20, Duration::from_millis(50), &done).expect("a batch");
                lost_groups += usize::from(batch.is_group_new);
                let mut held = held.lock().expect("no panic");
                held.extend(ids(&batch));
                // Some stay in flight for longer.
                done = held.iter().step_by(3).cloned().collect();
                held.retain(|entry| !done.contains(entry));
            }
            lost_groups
        });
        let heartbeat = scope.spawn(|| {
            let mut claimed = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let entries: Vec<_> = held.lock().expect("no panic").iter().cloned().collect();
                let reported = consumer.renew(&entries).expect("renewed");
                let held = held.lock().expect("no panic");
                claimed.extend(reported.into_iter().filter(|entry| held.contains(entry)));
            }
            claimed
        });
        for _ in 0..20 {
            thread::sleep(Duration::from_millis(50));
            bus.delete_group(&topic(), GROUP).expect("deleted");
        }
        is_over.store(true, Ordering::Relaxed);
        let lost_groups = reader.join().expect("no panic");
        assert!(lost_groups >= 10, "{lost_groups}");
        assert_eq!(heartbeat.join().expect("no panic"), []);
    });
}

/// The same with what services use: the loss of the group is all that is reported.
#[test]
fn a_consumer_of_a_group_that_is_deleted_under_load_reports_its_loss_alone() {
    const EVENTS: i64 = 500;

    let Some(server) = RedisServer::start() else { return };
    let bus = impatient(&server.url());
    let _connection = OrphanItem::signal().connect("slow", |_, context| {
        if context.from_event_bus() {
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    });
    let producer = produce::<OrphanItem>(&bus);
    send::<OrphanItem>(0..EVENTS);
    assert_eq!(producer.flush(DEADLINE), 0);
    let mut settings = quick();
    settings.heartbeat = Duration::from_millis(10);
    let (consumer, _) = consume::<OrphanItem>(&bus, "a", settings);
    for _ in 0..20 {
        thread::sleep(Duration::from_millis(60));
        bus.delete_group(&flow::topic::<OrphanItem>(), GROUP).expect("deleted");
    }
    wait_until("all are done", || {
        let groups = bus.groups(&flow::topic::<OrphanItem>()).expect("groups");
        groups.first().is_some_and(|group| (group.lag, group.pending) == (Some(0), 0))
    });
    let report = consumer.stop(DEADLINE).expect("it stops");
    assert!(report.lost_groups >= 10, "{report:?}");
    assert_eq!((report.lost, report.dead_letters()), (0, 0), "{report:?}");
    producer.shutdown(DEADLINE).expect("published");
}

#[test]
fn a_group_that_others_have_created_again_is_not_taken_for_other_consumers() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2", "3"]);
    let first = consumer(&bus, "a");
    let held = ids(&read(&*first));
    // Before this one notices.
    bus.delete_group(&topic(), GROUP).expect("deleted");
    bus.create_group(&topic(), GROUP, StartAt::Earliest).expect("created");
    assert_eq!(first.renew(&held).expect("renewed"), []);
    let second = consumer(&bus, "b");
    let of_second = ids(&second.read(1, Duration::ZERO, &[]).expect("a batch"));
    assert_eq!(of_second, held[..1]);
    assert_eq!(first.renew(&held).expect("renewed"), [], "the group does not know it");
    // It has them already, and now the new group has delivered two of them to it.
    assert!(read(&*first).deliveries.is_empty());
    assert_eq!(first.renew(&held).expect("renewed"), []);
    assert_eq!(first.count_attempt(&held[1]).expect("counted"), EntryWrite::Done(1));
    // It does not take from the other one what that one has.
    first.acknowledge(&held).expect("acknowledged");
    assert_eq!(second.renew(&of_second).expect("renewed"), []);
    assert_eq!(crate::support::pending(&bus), 1);
    assert_eq!(second.count_attempt(&held[0]).expect("counted"), EntryWrite::Done(1));
    second.acknowledge(&of_second).expect("acknowledged");
    assert_eq!(crate::support::pending(&bus), 0);
}

/// A consumer was frozen, and another one has done its events meanwhile. When it goes on and its receivers fail, it writes no
/// dead letters.
#[test]
fn a_consumer_that_comes_back_writes_nothing_for_what_others_have_done() {
    const EVENTS: i64 = 3;

    let Some(server) = RedisServer::start() else { return };
    let proxy = Proxy::to(server.port());
    let (begun, may_go) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let (counter, gate) = (Arc::clone(&begun), Arc::clone(&may_go));
    let _connection = AwayItem::signal().connect("slow at first", move |_, context| {
        if context.from_event_bus() && counter.fetch_add(1, Ordering::SeqCst) < 3 {
            wait_until("it may go on", || gate.load(Ordering::SeqCst));
            return Err("it was away".into());
        }
        Ok(())
    });
    let producer = produce::<AwayItem>(&impatient(&server.url()));
    let mut settings = quick();
    settings.workers = 3;
    settings.retry.max_attempts = 1;
    let first = EventConsumer::new(Arc::new(impatient(&proxy.url())), GROUP).name("a");
    let first =
        first.topic(flow::topic::<AwayItem>()).settings(settings).start().expect("a running consumer");
    send::<AwayItem>(0..EVENTS);
    wait_until("they are begun", || begun.load(Ordering::SeqCst) == 3);
    // From now on nothing is heard of it, as if it was stopped.
    proxy.hold(&[Way::ToServer, Way::ToClient]);
    let (second, seen) = consume::<AwayItem>(&impatient(&server.url()), "b", quick());
    wait_until("another has done them", || seen.has(0..EVENTS));
    wait_until("they are acknowledged", || {
        impatient(&server.url()).groups(&flow::topic::<AwayItem>()).expect("groups")[0].pending == 0
    });
    proxy.free();
    may_go.store(true, Ordering::SeqCst);
    wait_until("it has given them up", || first.in_flight() == 0);
    wait_until("it is back", || first.is_ready());
    let report = first.stop(DEADLINE).expect("it stops");
    assert_eq!(report.dead_letters(), 0, "{report:?}");
    assert_eq!(second.stop(DEADLINE).expect("it stops").done, 3);
    assert_eq!(producer.shutdown(DEADLINE).expect("published").published, 3);
    assert_eq!(count(&mut server.client(), "EXISTS {away}.dlq"), 0);
}
