//! Entries that all groups have done are removed after the configured time, and no others.
//!
//! A consumer trims at its first read and then every few seconds, so tests create a new one to trim at once.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use ::redis::{Connection, Value};
use openedx_events::bus::redis::{Options, Redis};
use openedx_events::bus::{
    Backend, BusSettings, Consumer, DeadLetter, DeadLetterReason, StartAt, Subscription, Topic, open_with,
};
use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::{DEADLINE, logs, wait_until};

use crate::support::{GROUP, NOT_AT_ALL, bus, ids, message, payloads, publish, read, read_on, run, topic};

/// A bus whose consumers remove entries that were done this long ago.
fn trimming(server: &RedisServer, retention: Duration) -> Redis {
    let mut options = Options::default();
    options.retention = Some(retention);
    Redis::open_with(&server.url(), options).expect("an address")
}

fn member(bus: &Redis, group: &str, name: &str) -> Box<dyn Consumer> {
    bus.consumer(&Subscription::new(topic(), group, name)).expect("a consumer")
}

/// Trims as a consumer of a group that has nothing to do and is deleted again.
fn trim(bus: &Redis) {
    let mut subscription = Subscription::new(topic(), "trimmer", "a");
    subscription.start = StartAt::Latest;
    let batch = read(&*bus.consumer(&subscription).expect("a consumer"));
    assert_eq!((batch.deliveries.len(), batch.missed, batch.trimmed.len()), (0, 0, 0));
    assert!(bus.delete_group(&topic(), "trimmer").expect("deleted"));
}

/// Waits until all entries so far are of an earlier millisecond.
fn pass() {
    thread::sleep(Duration::from_millis(5));
}

fn left(bus: &Redis) -> Vec<String> {
    payloads(&bus.browse(&topic(), None, 1000).expect("entries"))
}

/// The groups report no lost entries.
fn assert_nothing_is_missed(bus: &Redis, groups: &[&str]) {
    for group in groups {
        let batch = read(&*member(bus, group, "looks"));
        assert_eq!((batch.missed, batch.trimmed.len(), batch.is_group_new), (0, 0, false), "{group}");
    }
}

fn trims(client: &mut Connection) -> bool {
    let stats: String = ::redis::cmd("INFO").arg("commandstats").query(client).expect("what was run");
    stats.contains("cmdstat_xtrim:")
}

#[test]
fn what_all_groups_have_done_is_removed_and_nothing_else() {
    let Some(server) = RedisServer::start() else { return };
    let bus = trimming(&server, NOT_AT_ALL);
    bus.create_group(&topic(), "fast", StartAt::Earliest).expect("made");
    bus.create_group(&topic(), "slow", StartAt::Earliest).expect("made");
    publish(&bus, &["1", "2", "3", "4", "5"]);
    let (fast, slow) = (member(&bus, "fast", "a"), member(&bus, "slow", "a"));
    let batch = read(&*fast);
    fast.acknowledge(&ids(&batch)).expect("acknowledged");
    pass();
    trim(&bus);
    assert_eq!(left(&bus), ["1", "2", "3", "4", "5"], "the other group has read nothing");

    let held = slow.read(3, NOT_AT_ALL, &[]).expect("a batch");
    assert_eq!(payloads(&held.deliveries), ["1", "2", "3"]);
    let held = ids(&held);
    trim(&bus);
    assert_eq!(left(&bus).len(), 5, "they are in flight in the other group");

    slow.acknowledge(&[held[0].clone(), held[2].clone()]).expect("acknowledged");
    trim(&bus);
    assert_eq!(left(&bus), ["2", "3", "4", "5"], "up to the first that is in flight");
    slow.acknowledge(&held).expect("acknowledged");
    trim(&bus);
    assert_eq!(left(&bus), ["4", "5"], "up to the first that is not read");

    // The remaining entries are delivered, and the removed ones are not reported as missed.
    let batch = read(&*slow);
    assert_eq!((payloads(&batch.deliveries), batch.missed), (vec!["4".to_owned(), "5".to_owned()], 0));
    slow.acknowledge(&ids(&batch)).expect("acknowledged");
    trim(&bus);
    assert_eq!(left(&bus), [""; 0], "the last one too");
    assert_nothing_is_missed(&bus, &["fast", "slow"]);
    let groups = bus.groups(&topic()).expect("groups");
    assert!(groups.iter().all(|group| (group.lag, group.pending) == (Some(0), 0)), "{groups:?}");
}

#[test]
fn what_is_done_stays_until_it_is_old_enough() {
    let Some(server) = RedisServer::start() else { return };
    let mut client = server.client();
    // One entry is an hour old, one a minute.
    let now = match run(&mut client, "TIME") {
        Value::Array(parts) => String::from_utf8(match &parts[0] {
            Value::BulkString(seconds) => seconds.clone(),
            other => panic!("{other:?}"),
        }),
        other => panic!("{other:?}"),
    };
    let now: u64 = now.expect("text").parse().expect("a number");
    for (number, age) in [("1", 3600), ("2", 60)] {
        let id = (now - age) * 1000;
        run(&mut client, &format!("XADD dev-learning {id}-7 type org.example.v1 event_data {number}"));
    }
    let bus = trimming(&server, Duration::from_mins(2));
    publish(&bus, &["3"]);
    let consumer = member(&bus, GROUP, "a");
    let batch = read(&*consumer);
    assert_eq!(payloads(&batch.deliveries), ["1", "2", "3"]);
    consumer.acknowledge(&ids(&batch)).expect("acknowledged");
    trim(&bus);
    assert_eq!(left(&bus), ["2", "3"]);
    trim(&trimming(&server, Duration::MAX));
    assert_eq!(left(&bus), ["2", "3"]);
    trim(&trimming(&server, Duration::from_secs(30)));
    assert_eq!(left(&bus), ["3"]);
    // An age that is reached while the test runs.
    let soon = trimming(&server, Duration::from_millis(300));
    wait_until("the last one is old enough", || {
        trim(&soon);
        left(&bus).is_empty()
    });
    assert_nothing_is_missed(&bus, &[GROUP]);
}

#[test]
fn nothing_is_removed_by_default() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1"]);
    let consumer = member(&bus, GROUP, "a");
    consumer.acknowledge(&ids(&read(&*consumer))).expect("acknowledged");
    pass();
    trim(&bus);
    assert_eq!(left(&bus), ["1"]);
    assert!(!trims(&mut server.client()));

    let settings = |text: &str| BusSettings::layers().json("test", text).read().expect("right");
    let with = |settings| {
        let bus = open_with(&server.url(), &settings).expect("the address is right");
        let consumer = bus.consumer(&Subscription::new(topic(), GROUP, "b")).expect("a consumer");
        read(&*consumer);
    };
    with(settings(r#"{"EVENT_BUS_KEEP_DONE": "168h"}"#));
    assert_eq!(left(&bus), ["1"]);
    thread::sleep(Duration::from_millis(1100));
    with(settings(r#"{"EVENT_BUS_KEEP_DONE": "1s"}"#));
    assert_eq!(left(&bus), [""; 0]);
}

/// The group was deleted a moment ago, and its consumer trims before it notices.
#[test]
fn a_topic_without_groups_keeps_everything() {
    let Some(server) = RedisServer::start() else { return };
    let bus = trimming(&server, NOT_AT_ALL);
    publish(&bus, &["1", "2"]);
    pass();
    let consumer = member(&bus, GROUP, "a");
    assert!(bus.delete_group(&topic(), GROUP).expect("deleted"));
    let batch = read(&*consumer);
    assert_eq!((payloads(&batch.deliveries), batch.missed), (vec!["1".to_owned(), "2".to_owned()], 0));
    assert!(batch.is_group_new);
    assert_eq!(left(&bus), ["1", "2"]);
}

#[test]
fn a_group_that_was_moved_back_has_everything_to_do_again() {
    let Some(server) = RedisServer::start() else { return };
    let bus = trimming(&server, NOT_AT_ALL);
    publish(&bus, &["1", "2", "3"]);
    let consumer = member(&self::bus(&server), GROUP, "a");
    let batch = read(&*consumer);
    consumer.acknowledge(&ids(&batch)[..2]).expect("acknowledged");
    run(&mut server.client(), "XGROUP SETID dev-learning group 0");
    pass();
    trim(&bus);
    assert_eq!(left(&bus), ["1", "2", "3"]);
    assert_eq!(payloads(&read(&*consumer).deliveries), ["1", "2"], "the third is in flight");
}

#[test]
fn entries_whose_ids_are_not_times_are_kept() {
    let Some(server) = RedisServer::start() else { return };
    let mut client = server.client();
    let bus = trimming(&server, NOT_AT_ALL);
    let add = |client: &mut Connection, id: &str| {
        run(client, &format!("XADD dev-learning {id} type org.example.v1 event_data {id}"));
    };
    let finish = || {
        let consumer = member(&self::bus(&server), GROUP, "a");
        consumer.acknowledge(&ids(&read(&*consumer))).expect("acknowledged");
        trim(&bus);
    };
    add(&mut client, "1-1");
    add(&mut client, "12345-0");
    finish();
    assert_eq!(left(&bus), ["1-1", "12345-0"]);
    run(&mut client, "DEL dev-learning");

    // Times: with a sequence number beyond what Lua can count, and in the future.
    let big = "1700000000000-18446744073709551615";
    for id in ["1700000000000-9007199254740993", big, "1700000000001-0", "4700000000000-0"] {
        add(&mut client, id);
    }
    let consumer = member(&self::bus(&server), GROUP, "a");
    let batch = consumer.read(1, NOT_AT_ALL, &[]).expect("a batch");
    trim(&bus);
    assert_eq!(left(&bus).len(), 4);
    consumer.acknowledge(&ids(&batch)).expect("acknowledged");
    let batch = consumer.read(1, NOT_AT_ALL, &[]).expect("a batch");
    assert_eq!(payloads(&batch.deliveries), [big]);
    trim(&bus);
    assert_eq!(left(&bus), [big, "1700000000001-0", "4700000000000-0"]);
    consumer.acknowledge(&ids(&batch)).expect("acknowledged");
    drop(consumer);
    finish();
    assert_eq!(left(&bus), ["4700000000000-0"]);
    let last = "18446744073709551615-18446744073709551615";
    add(&mut client, last);
    finish();
    assert_eq!(left(&bus), ["4700000000000-0", last]);
}

#[test]
fn dead_letters_stay() {
    let Some(server) = RedisServer::start() else { return };
    let bus = trimming(&server, NOT_AT_ALL);
    publish(&bus, &["1"]);
    let consumer = member(&bus, GROUP, "a");
    let batch = read(&*consumer);
    let dead_letter = DeadLetter::new(DeadLetterReason::Undecodable, "because");
    let _ = consumer.dead_letter(&batch.deliveries[0], &dead_letter).expect("dead-lettered");
    pass();
    trim(&bus);
    assert_eq!(left(&bus), [""; 0]);
    // A group reads and acknowledges them.
    let dead_letters = Subscription::new(topic().dead_letters(), GROUP, "a");
    let reads = bus.consumer(&dead_letters).expect("a consumer");
    let batch = read(&*reads);
    assert_eq!(batch.deliveries.len(), 1);
    reads.acknowledge(&ids(&batch)).expect("acknowledged");
    drop(reads);
    assert_eq!(read(&*bus.consumer(&dead_letters).expect("a consumer")).missed, 0);
    assert_eq!(bus.browse(&topic().dead_letters(), None, 10).expect("dead letters").len(), 1);
}

/// Every way in which a group can be created and lag behind, with trimming in between: no loss is reported.
#[test]
fn no_group_misses_what_was_removed() {
    let Some(server) = RedisServer::start() else { return };
    let mut client = server.client();
    let bus = trimming(&server, NOT_AT_ALL);
    let finish = |group: &str| {
        let consumer = member(&bus, group, "a");
        let batch = read(&*consumer);
        assert_eq!((batch.missed, batch.trimmed.len(), batch.is_group_new), (0, 0, false), "{group}");
        consumer.acknowledge(&ids(&batch)).expect("acknowledged");
        batch.deliveries.len()
    };
    publish(&bus, &["1", "2", "3"]);
    assert_eq!(finish("ours"), 3);
    // Created without `ENTRIESREAD`, at the start and at the end.
    run(&mut client, "XGROUP CREATE dev-learning first 0");
    run(&mut client, "XGROUP CREATE dev-learning last $");
    publish(&bus, &["4", "5", "6"]);
    pass();
    trim(&bus);
    assert_eq!(left(&bus).len(), 6, "one of the groups has read nothing");
    assert_eq!((finish("ours"), finish("first"), finish("last")), (3, 6, 3));
    trim(&bus);
    assert_eq!(left(&bus), [""; 0]);

    // Groups that are created later, by a command or by the library, also on an empty topic.
    run(&mut client, "XGROUP CREATE dev-learning later 0");
    assert_eq!((finish("new"), finish("later")), (0, 0));
    publish(&bus, &["7", "8", "9", "10"]);
    assert_eq!((finish("ours"), finish("first"), finish("last"), finish("new")), (4, 4, 4, 4));

    // An entry is deleted that all groups have done but the one that holds an earlier entry.
    let holds = member(&bus, "later", "a");
    let held = ids(&read(&*holds));
    holds.acknowledge(&held[1..]).expect("acknowledged");
    run(&mut client, &format!("XDEL dev-learning {}", held[2]));
    pass();
    trim(&bus);
    assert_eq!(left(&bus), ["7", "8", "10"]);
    holds.acknowledge(&held).expect("acknowledged");
    drop(holds);
    trim(&bus);
    assert_eq!(left(&bus), [""; 0]);
    for group in ["ours", "first", "last", "new", "later", "newest"] {
        assert_eq!(finish(group), 0);
    }

    // An entry is deleted behind a group that has read half of the topic.
    publish(&bus, &["11", "12", "13", "14"]);
    let half = member(&bus, "later", "a");
    let batch = half.read(2, NOT_AT_ALL, &[]).expect("a batch");
    half.acknowledge(&ids(&batch)).expect("acknowledged");
    drop(half);
    for group in ["ours", "first", "last", "new", "newest"] {
        assert_eq!(finish(group), 4);
    }
    run(&mut client, &format!("XDEL dev-learning {}", ids(&batch)[0]));
    pass();
    trim(&bus);
    assert_eq!(left(&bus), ["13", "14"]);

    // The group that kept these is deleted, and created again when they are gone; another one is new.
    assert!(bus.create_group(&topic(), "made", StartAt::Latest).expect("made"));
    assert!(bus.delete_group(&topic(), "later").expect("deleted"));
    trim(&bus);
    assert_eq!(left(&bus), [""; 0]);
    // The server saves and reloads its file.
    run(&mut client, "DEBUG RELOAD");
    for group in ["ours", "first", "last", "new", "later", "newest", "made"] {
        assert_eq!(finish(group), 0, "{group}");
    }
    publish(&bus, &["15"]);
    for group in ["ours", "first", "last", "new", "later", "newest", "made"] {
        assert_eq!(finish(group), 1, "{group}");
    }
    let groups = bus.groups(&topic()).expect("groups");
    assert!(groups.iter().all(|group| (group.lag, group.pending) == (Some(0), 0)), "{groups:?}");
}

#[test]
fn a_large_backlog_is_removed_at_once() {
    let Some(server) = RedisServer::start() else { return };
    let bus = trimming(&server, NOT_AT_ALL);
    let messages: Vec<_> = (0..25_050).map(|number: u32| message(number.to_string())).collect();
    bus.producer().expect("a producer").publish(&topic(), &messages).expect("published");
    let consumer = member(&bus, GROUP, "a");
    let batch = consumer.read(25_001, NOT_AT_ALL, &[]).expect("a batch");
    for some in ids(&batch).chunks(1000) {
        consumer.acknowledge(some).expect("acknowledged");
    }
    pass();
    // More than one call removes, ending in the middle of a node.
    trim(&bus);
    assert_eq!(left(&bus)[..2], ["25001", "25002"]);
    assert_eq!(read(&*member(&bus, GROUP, "b")).missed, 0);
}

/// Consumers of three groups, two of each, that all trim at each read, while other groups come and go.
#[test]
fn consumers_that_trim_at_once_lose_nothing() {
    const MOST: usize = 600;
    let Some(server) = RedisServer::start() else { return };
    let bus = &trimming(&server, NOT_AT_ALL);
    let groups = ["one", "two", "three"];
    for group in groups {
        bus.create_group(&topic(), group, StartAt::Earliest).expect("made");
    }
    let done = &groups.map(|_| Mutex::new(BTreeSet::new()));
    let is_over = &|| done.iter().all(|done| done.lock().expect("no panic").len() == MOST);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut producer = bus.producer().expect("a producer");
            for first in (0..MOST).step_by(10) {
                let messages: Vec<_> =
                    (first..first + 10).map(|number| message(number.to_string())).collect();
                producer.publish(&topic(), &messages).expect("published");
            }
        });
        for (group, done) in groups.into_iter().zip(done) {
            for name in ["a", "b"] {
                scope.spawn(move || {
                    let start = Instant::now();
                    while !is_over() && start.elapsed() < DEADLINE {
                        let batch = member(bus, group, name).read(7, NOT_AT_ALL, &[]).expect("a batch");
                        assert_eq!((batch.missed, batch.trimmed.len(), batch.is_group_new), (0, 0, false));
                        // The next consumer of this name gets these entries again.
                        let next = member(bus, group, name);
                        let again = next.read(7, NOT_AT_ALL, &[]).expect("a batch");
                        assert_eq!((again.missed, again.trimmed.len()), (0, 0));
                        assert!(
                            ids(&again).starts_with(&ids(&batch)),
                            "{:?} of {:?}",
                            ids(&again),
                            ids(&batch)
                        );
                        next.acknowledge(&ids(&batch)).expect("acknowledged");
                        done.lock().expect("no panic").extend(payloads(&batch.deliveries));
                    }
                });
            }
        }
        scope.spawn(|| {
            let start = Instant::now();
            while !is_over() && start.elapsed() < DEADLINE {
                assert_eq!(member(bus, "comes", "a").read(5, NOT_AT_ALL, &[]).expect("a batch").missed, 0);
                assert!(bus.delete_group(&topic(), "comes").expect("deleted"));
            }
        });
    });
    assert!(is_over(), "{:?}", done.each_ref().map(|done| done.lock().expect("no panic").len()));
    bus.delete_group(&topic(), "comes").expect("looked for");
    pass();
    trim(bus);
    assert_eq!(left(bus), [""; 0]);
}

#[test]
fn a_consumer_without_the_rights_warns_once_and_goes_on() {
    let Some(server) = RedisServer::start() else { return };
    logs::collect();
    for (number, command) in ["-xtrim", "-time", "-eval -evalsha"].into_iter().enumerate() {
        let topic = Topic::new(&format!("dev-refused-{number}")).expect("a name");
        run(&mut server.client(), &format!("ACL SETUSER limited reset on >pass ~* &* +@all {command}"));
        run(&mut server.client(), "ACL LOG RESET");
        let mut options = Options::default();
        options.retention = Some(NOT_AT_ALL);
        let bus = Redis::open_with(&server.url_of("limited:pass"), options).expect("an address");
        let mut producer = bus.producer().expect("a producer");
        producer.publish(&topic, &[message("1"), message("2")]).expect("published");
        let consumer = bus.consumer(&Subscription::new(topic.clone(), GROUP, "a")).expect("a consumer");
        let first = ids(&consumer.read(1, NOT_AT_ALL, &[]).expect("a batch"));
        pass();
        // It tries again on a new connection.
        run(&mut server.client(), "CLIENT KILL TYPE normal SKIPME yes");
        let batch = read_on(&*consumer);
        assert_eq!(payloads(&batch.deliveries), ["2"], "{command}");
        consumer.acknowledge(&[first, ids(&batch)].concat()).expect("acknowledged");
        assert_eq!(bus.browse(&topic, None, 10).expect("entries").len(), 2, "{command}");
        assert_eq!(warnings(&topic, "stay in the topic"), 1, "{command}");
    }
}

/// The number of warnings about a topic with these words.
fn warnings(topic: &Topic, words: &str) -> usize {
    let is_it = |record: &logs::Record| {
        record.level == tracing::Level::WARN
            && record.field("topic") == topic.as_str()
            && record.message.contains(words)
    };
    logs::all().iter().filter(|record| is_it(record)).count()
}

#[test]
fn a_warning_is_logged_again_after_a_group_was_far_from_the_limit() {
    let Some(server) = RedisServer::start() else { return };
    logs::collect();
    let topic = Topic::new("dev-near").expect("a name");
    let mut options = Options::default();
    options.stream_max_len = Some(10);
    let bus = Redis::open_with(&server.url(), options).expect("an address");
    let publish = |count: usize| {
        let messages: Vec<_> = (0..count).map(|number| message(number.to_string())).collect();
        self::bus(&server).producer().expect("a producer").publish(&topic, &messages).expect("published");
    };
    let consumer = bus.consumer(&Subscription::new(topic.clone(), GROUP, "a")).expect("a consumer");
    let looks_again = || {
        run(&mut server.client(), "CLIENT KILL TYPE normal SKIPME yes");
        let is_read = || consumer.read(1, NOT_AT_ALL, &[]);
        is_read().or_else(|_| is_read()).expect("a batch")
    };
    let near = || warnings(&topic, "comes near");
    publish(7);
    let mut held = ids(&looks_again());
    assert_eq!((held.len(), near()), (1, 0));
    publish(1);
    // One is in flight, seven are not read.
    held.extend(ids(&looks_again()));
    assert_eq!(near(), 1);
    held.extend(ids(&looks_again()));
    assert_eq!(near(), 1, "it is known");
    consumer.acknowledge(&held).expect("acknowledged");
    looks_again();
    assert_eq!(near(), 1, "it is far");
    publish(3);
    looks_again();
    assert_eq!(near(), 2);
}
