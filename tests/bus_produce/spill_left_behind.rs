//! Spilled events are published whatever the settings have become.

use std::path::{Path, PathBuf};
use std::time::Duration;

use openedx_events::AnySignal as _;
use openedx_events::bus::{Backend as _, BusSettings, Topic};
use openedx_events_tests::faulty::Faulty;
use openedx_events_tests::{logs, wait_until};
use serde_json::json;
use tracing::Level;

use crate::rain::{
    DROP_DISABLED, DROP_FAILING, DROP_NUMBERED, DROP_OF_THE_DEAD, DROP_PREFIXED, DROP_REFUSED, DROP_RENAMED,
    DROP_WITHOUT_BUS, DropDisabled, DropFailing, DropNumbered, DropPrefixed, DropRefused, DropRenamed,
    DropWithoutBus, FLUSH, Rain, send, settings, spill, spilling, start, stored,
};
use crate::spill_faults::Peer;

/// The number of events that are left in the file.
const LEFT: i64 = 300;

/// Leaves events for this topic in a spill file, as a process does that dies during an outage.
fn leave<E: Rain>(topic: &str, path: &Path) {
    let faulty = Faulty::default();
    faulty.set_down(true);
    let producer = start(&faulty, &spilling(E::signal(), topic, path));
    spill::<E>(0..LEFT);
    assert_eq!(producer.report().spilled, LEFT.unsigned_abs());
    assert_eq!(producer.shutdown(Duration::ZERO).expect_err("the bus is down").messages, 1);
}

/// A folder, and a path for spill files in it.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("spill");
    (folder, path)
}

/// Starts a producer with these settings, and checks that it says so and publishes what is left to the topic.
#[track_caller]
fn published(topic: &str, settings: &BusSettings) {
    logs::collect();
    let faulty = Faulty::default();
    let producer = start(&faulty, settings);
    let told = logs::all().into_iter().any(|record| {
        record.level == Level::WARN
            && record.field("topic") == topic
            && record.field("events") == LEFT.to_string()
            && record.message.contains("these settings do not produce to")
    });
    assert!(told, "{:?}", logs::all());
    assert_eq!(producer.flush(FLUSH), 0);
    assert_eq!(stored(&faulty, topic), (0..LEFT).collect::<Vec<_>>());
    // With the schemas that they were written with, which this program might not have any more.
    let topic = Topic::new(topic).expect("a topic");
    let entries = faulty.memory.browse(&topic, None, 1).expect("memory");
    let fingerprint = entries[0].message.fingerprint().expect("valid").expect("there is one");
    assert!(faulty.memory.schema(&topic, fingerprint).expect("memory").is_some());
    let report = producer.shutdown(FLUSH).expect("published");
    assert_eq!((report.published, report.spilled, report.lost), (LEFT.unsigned_abs(), 0, 0));
    // They are published once.
    let producer = start(&faulty, settings);
    assert_eq!(producer.shutdown(FLUSH).expect("nothing").published, 0);
}

#[test]
fn a_renamed_topic_is_published() {
    let (_folder, path) = folder();
    leave::<DropRenamed>("left-renamed", &path);
    published("left-renamed", &spilling(&DROP_RENAMED, "other", &path));
}

#[test]
fn a_topic_without_the_prefix_of_now_is_published() {
    let (_folder, path) = folder();
    leave::<DropPrefixed>("left-prefixed", &path);
    let more = json!({"EVENT_BUS_SPILL_PATH": path, "EVENT_BUS_TOPIC_PREFIX": "prod"});
    published("left-prefixed", &settings(&DROP_PREFIXED, "left-prefixed", &more));
}

#[test]
fn a_topic_that_is_no_longer_produced_to_is_published() {
    let (_folder, path) = folder();
    leave::<DropDisabled>("left-disabled", &path);
    let config = json!({"left-disabled": {"event_key_field": "number", "enabled": false}});
    let more = json!({"EVENT_BUS_SPILL_PATH": path, "EVENT_BUS_PRODUCER_CONFIG": {DROP_DISABLED.event_type(): config}});
    published("left-disabled", &settings(&DROP_DISABLED, "left-disabled", &more));
}

/// The topic is still produced to, and nothing is spilled any more: what is left comes first.
#[test]
fn a_topic_that_no_longer_spills_is_published() {
    let (_folder, path) = folder();
    leave::<DropFailing>("left-failing", &path);
    let more = json!({"EVENT_BUS_SPILL_PATH": path, "EVENT_BUS_OVERFLOW": "fail"});
    let faulty = Faulty::default();
    faulty.set_down(true);
    let producer = start(&faulty, &settings(&DROP_FAILING, "left-failing", &more));
    send::<DropFailing>(LEFT..LEFT + 100);
    assert_eq!((producer.report().spilled, producer.report().queued), (LEFT.unsigned_abs(), 100));
    faulty.set_down(false);
    assert_eq!(producer.flush(FLUSH), 0);
    assert_eq!(stored(&faulty, "left-failing"), (0..LEFT + 100).collect::<Vec<_>>());
    // It is not spilled, as the settings say.
    faulty.set_down(true);
    let error = (0..17).find_map(|number| DropFailing::send(number, 1 << 20).err());
    let error = error.expect("the queue is full");
    assert!(error.contains("the queue is full"), "{error}");
    producer.shutdown(Duration::ZERO).expect_err("the bus is down");
}

/// Somebody has removed the files before it.
#[test]
fn a_file_is_found_whatever_its_number_is() {
    let (folder, path) = folder();
    leave::<DropNumbered>("left-numbered", &path);
    let numbered = |suffix: &str| folder.path().join(format!("spill.{suffix}"));
    for (from, to) in [("0", "7"), ("0-wal", "7-wal"), ("0-shm", "7-shm")] {
        let _ = std::fs::rename(numbered(from), numbered(to));
    }
    published("left-numbered", &spilling(&DROP_NUMBERED, "other", &path));
}

/// The bus takes nothing for the old topic. That holds up neither the new one nor the shutdown, and nothing is lost.
#[test]
fn a_topic_that_cannot_be_published_stays_in_the_file() {
    let (_folder, path) = folder();
    leave::<DropRefused>("left-refused", &path);
    let new = spilling(&DROP_REFUSED, "left-new", &path);
    let faulty = Faulty::default();
    faulty.set_down(true);
    let producer = start(&faulty, &new);
    wait_until("it was tried", || faulty.attempts() > 0);
    assert!(producer.is_ready(), "no event is sent to this topic");
    let start_of_shutdown = std::time::Instant::now();
    let report = producer.shutdown(FLUSH).expect("nothing is lost");
    assert!(start_of_shutdown.elapsed() < FLUSH / 2);
    assert_eq!(report.spilled, LEFT.unsigned_abs());
    published("left-refused", &new);
}

#[test]
fn spilled_events_without_a_bus_are_told_at_the_start() {
    logs::collect();
    let (_folder, path) = folder();
    leave::<DropWithoutBus>("left-alone", &path);
    let nothing = settings(
        &DROP_WITHOUT_BUS,
        "x",
        &json!({"EVENT_BUS_SPILL_PATH": path, "EVENT_BUS_PRODUCER_CONFIG": {}}),
    );
    let producer = openedx_events::bus::EventProducer::start(&nothing).expect("it needs no bus");
    let told = logs::all().into_iter().any(|record| {
        record.level == Level::WARN
            && record.field("topic") == "left-alone"
            && record.field("events") == "300"
    });
    assert!(told);
    producer.shutdown(Duration::ZERO).expect("nothing");
}

#[test]
fn a_killed_process_leaves_its_events_to_the_next_one() {
    let (_folder, path) = folder();
    let mut peer = Peer::start(&path);
    assert_eq!(peer.ask("send 1 51"), "[] ");
    peer.kill();
    let faulty = Faulty::default();
    let producer = start(&faulty, &spilling(&DROP_OF_THE_DEAD, "other", &path));
    assert_eq!(producer.flush(FLUSH), 0);
    assert_eq!(stored(&faulty, "rain"), (1..51).collect::<Vec<_>>());
    producer.shutdown(FLUSH).expect("published");
}
