//! A shutdown ends in time, says what was not published, and is noticed by later sends.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use openedx_events::AnySignal as _;
use openedx_events::bus::redis::Redis;
use openedx_events::bus::sqlite::Sqlite;
use openedx_events::bus::{Backend, EventProducer, ProducerReport, ShutdownError};
use openedx_events_tests::faulty::Faulty;
use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::{logs, wait_until};
use serde_json::json;
use tracing::Level;

use crate::rain::{
    DROP_AFTERWARDS, DROP_FROZEN, DROP_FROZEN_AND_SPILLED, DROP_LOCKED, DROP_OF_TWO, DropAfterwards,
    DropFrozen, DropFrozenAndSpilled, DropLocked, DropOfTwo, FLUSH, Rain, send, settings, spill, spilling,
    start,
};

/// Longer than the notice of what a shutdown waits for, and shorter than any timeout of a backend.
const PATIENCE: Duration = Duration::from_secs(4);

/// Shuts down, and checks that it takes as long as it was given.
#[track_caller]
fn shut_down(producer: EventProducer) -> Result<ProducerReport, ShutdownError> {
    let start = Instant::now();
    let end = producer.shutdown(PATIENCE);
    let elapsed = start.elapsed();
    assert!(elapsed >= PATIENCE && elapsed < PATIENCE + Duration::from_millis(1500), "{elapsed:?}");
    end
}

/// The producer says what it waited for, and which events were not published.
#[track_caller]
fn ends_in_time<E: Rain>(producer: EventProducer, topic: &str) {
    let error = shut_down(producer).expect_err("the bus does not answer");
    assert_eq!(error.messages, 20);
    let expected = format!("20 messages were not published in time and are lost: 20 for `{topic}`");
    assert_eq!(error.to_string(), expected);
    let records = logs::all();
    let is_notice = |record: &logs::Record| {
        record.level == Level::WARN
            && record.field("topic") == topic
            && record.field("waiting") == "20"
            && record.message.contains("waiting until events are published")
    };
    assert!(records.iter().any(is_notice));
    let mut lost = logs::of(E::signal().event_type());
    lost.retain(|record| record.message.contains("not published before the shutdown"));
    assert_eq!(lost.len(), 20);
}

#[test]
fn a_frozen_server_does_not_delay_a_shutdown() {
    let Some(server) = RedisServer::start() else { return };
    logs::collect();
    let backend: Arc<dyn Backend> = Arc::new(Redis::open(&server.url()).expect("opened"));
    let settings = settings(&DROP_FROZEN, "frozen", &json!({}));
    let producer = EventProducer::start_on(&backend, &settings).expect("started");
    send::<DropFrozen>(0..10);
    assert_eq!(producer.flush(FLUSH), 0);
    server.freeze();
    send::<DropFrozen>(10..30);
    ends_in_time::<DropFrozen>(producer, "frozen");
    server.thaw();
}

/// Nothing is lost with the process, but the thread that publishes from the file hangs.
#[test]
fn a_frozen_server_does_not_delay_a_shutdown_with_spilled_events() {
    let Some(server) = RedisServer::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("spill");
    let settings = spilling(&DROP_FROZEN_AND_SPILLED, "frozen-and-spilled", &path);
    let faulty = Faulty::default();
    faulty.set_down(true);
    let producer = start(&faulty, &settings);
    spill::<DropFrozenAndSpilled>(0..20);
    producer.shutdown(Duration::ZERO).expect_err("the bus is down");
    let backend: Arc<dyn Backend> = Arc::new(Redis::open(&server.url()).expect("opened"));
    server.freeze();
    let producer = EventProducer::start_on(&backend, &settings).expect("started");
    assert_eq!(shut_down(producer).expect("the events are on the disk").spilled, 20);
    server.thaw();
}

/// Another process holds the lock of the file, and does not go on.
#[test]
fn a_held_lock_does_not_delay_a_shutdown() {
    logs::collect();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bus.db");
    let backend: Arc<dyn Backend> = Arc::new(Sqlite::open(&path).expect("opened"));
    let producer =
        EventProducer::start_on(&backend, &settings(&DROP_LOCKED, "locked", &json!({}))).expect("started");
    send::<DropLocked>(0..10);
    assert_eq!(producer.flush(FLUSH), 0);
    let _holder = Holder::of(&folder.path().join("bus.db.lock"));
    send::<DropLocked>(10..30);
    ends_in_time::<DropLocked>(producer, "locked");
}

/// A stopped process that holds the lock of a file.
struct Holder(std::process::Child);

impl Holder {
    fn of(path: &Path) -> Self {
        let script = "flock 9; kill -STOP $$; exec 9<&-";
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &format!("exec 9<'{}'; {script}", path.display())]);
        let child = command.spawn().expect("a shell");
        let holder = Self(child);
        let stat = format!("/proc/{}/stat", holder.0.id());
        wait_until("it is stopped", || {
            std::fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") T "))
        });
        holder
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_send_after_the_shutdown_is_an_error_until_the_next_start() {
    let faulty = Faulty::default();
    let settings = settings(&DROP_AFTERWARDS, "afterwards", &json!({}));
    let refused = || {
        let error = DropAfterwards::send(2, 10).expect_err("the producer is gone");
        assert!(error.contains("not produced to afterwards: the producer was shut down"), "{error}");
    };
    DropAfterwards::send(0, 10).expect("nothing is produced before the first start");
    let producer = start(&faulty, &settings);
    DropAfterwards::send(1, 10).expect("produced");
    producer.shutdown(FLUSH).expect("published");
    refused();
    let producer = start(&faulty, &settings);
    DropAfterwards::send(3, 10).expect("produced");
    drop(producer);
    refused();
    let producer = start(&faulty, &settings);
    DropAfterwards::send(4, 10).expect("produced");
    producer.shutdown(FLUSH).expect("published");
    assert_eq!(crate::rain::stored(&faulty, "afterwards"), [1, 3, 4]);
}

#[test]
fn a_send_is_no_error_as_long_as_another_producer_runs() {
    let faulty = Faulty::default();
    let settings = settings(&DROP_OF_TWO, "of-two", &json!({}));
    let (first, second) = (start(&faulty, &settings), start(&faulty, &settings));
    first.shutdown(FLUSH).expect("nothing is left");
    DropOfTwo::send(1, 10).expect("produced by the second");
    second.shutdown(FLUSH).expect("published");
    DropOfTwo::send(2, 10).expect_err("both are gone");
}
