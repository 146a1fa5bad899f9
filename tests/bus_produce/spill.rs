//! Events that the producer's queue has no room for go to a file, and from there to the bus in order.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use openedx_events::bus::{Backend, BusSettings, EventProducer, Topic};
use openedx_events::{AnySignal, signal};
use openedx_events_tests::faulty::Faulty;
use openedx_events_tests::wait_until;

macro_rules! drop_signals {
    ($($event:ident: $event_type:literal;)*) => {
        $(
            /// Sent when a drop has fallen.
            #[signal($event_type, key = bucket)]
            struct $event {
                bucket: String,
                number: i64,
            }
        )*
    };
}

drop_signals! {
    DropFallen: "org.example.rain.drop.fallen.v1";
    DropKept: "org.example.rain.drop.kept.v1";
    DropShared: "org.example.rain.drop.shared.v1";
}

/// The capacity of the queue.
const ROOM: i64 = 10_000;
const FLUSH: Duration = Duration::from_mins(1);

fn settings(signal: &dyn AnySignal, path: &Path) -> BusSettings {
    let config = serde_json::json!({
        "EVENT_BUS_SPILL_PATH": path,
        "EVENT_BUS_REDIS_AUDIT_LOGGING_ENABLED": false,
        "EVENT_BUS_PRODUCER_CONFIG": {signal.event_type(): {"rain": {"event_key_field": "bucket", "enabled": true}}}
    });
    BusSettings::layers().json("test", &config.to_string()).read().expect("the settings are right")
}

fn start(faulty: &Faulty, settings: &BusSettings) -> EventProducer {
    let backend: Arc<dyn Backend> = Arc::new(faulty.clone());
    EventProducer::start_on(&backend, settings).expect("started")
}

/// The numbers of the messages on the bus, read from their keys.
fn stored(faulty: &Faulty) -> Vec<i64> {
    let topic = Topic::new("rain").expect("a topic");
    let entries = faulty.memory.browse(&topic, None, usize::MAX).expect("memory");
    let key = |key: Option<&[u8]>| String::from_utf8_lossy(key.expect("a key")).parse().expect("a number");
    entries.iter().map(|delivery| key(delivery.message.key())).collect()
}

#[test]
fn spilled_events_are_published_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let faulty = Faulty::default();
    faulty.set_down(true);
    let producer = start(&faulty, &settings(&DROP_FALLEN, &folder.path().join("spill")));
    let send = |numbers: std::ops::Range<i64>| {
        for number in numbers {
            let responses = DROP_FALLEN.send_event(DropFallen { bucket: number.to_string(), number });
            assert!(responses.is_ok(), "{responses}");
        }
    };
    send(0..ROOM + 300);
    let report = producer.report();
    assert_eq!((report.queued, report.spilled, report.refused), (10_000, 300, 0));
    faulty.set_down(false);
    // Some are sent while the file is being emptied.
    send(ROOM + 300..ROOM + 400);
    assert_eq!(producer.flush(FLUSH), 0);
    send(ROOM + 400..ROOM + 500);
    let report = producer.shutdown(FLUSH).expect("all is published");
    assert_eq!((report.published, report.queued, report.spilled), (10_500, 0, 0));
    assert!(stored(&faulty) == (0..ROOM + 500).collect::<Vec<_>>());
}

#[test]
fn spilled_events_survive_the_producer_and_are_published_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let faulty = Faulty::default();
    let settings = settings(&DROP_KEPT, &folder.path().join("spill"));
    faulty.set_down(true);
    let producer = start(&faulty, &settings);
    for number in 0..ROOM + 100 {
        DROP_KEPT.send_event(DropKept { bucket: number.to_string(), number });
    }
    // The queue is lost with its process, which the error says; spilled events are not.
    assert_eq!(producer.shutdown(Duration::ZERO).expect_err("the bus is down").messages, 10_000);
    assert!(stored(&faulty).is_empty());

    // The thread of the first producer may hold the files for a moment.
    wait_until("the files are free", || {
        let producer = start(&faulty, &settings);
        let is_adopted = producer.report().spilled == 100;
        // Whether it has noticed that the bus is down depends on timing.
        let _ = producer.shutdown(Duration::ZERO);
        is_adopted
    });
    let producer = start(&faulty, &settings);
    DROP_KEPT.send_event(DropKept { bucket: "-1".to_owned(), number: -1 });
    faulty.set_down(false);
    let report = producer.shutdown(FLUSH).expect("all is published");
    assert_eq!((report.published, report.spilled), (101, 0));
    let expected: Vec<_> = (ROOM..ROOM + 100).chain([-1]).collect();
    assert_eq!(stored(&faulty), expected);
}

#[test]
fn each_producer_has_a_file_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let faulty = Faulty::default();
    let settings = settings(&DROP_SHARED, &folder.path().join("spill"));
    let (first, second) = (start(&faulty, &settings), start(&faulty, &settings));
    DROP_SHARED.send_event(DropShared { bucket: "1".to_owned(), number: 1 });
    for producer in [first, second] {
        assert_eq!(producer.shutdown(FLUSH).expect("published").published, 1);
    }
    let files = |suffix: &str| {
        let names = std::fs::read_dir(folder.path()).expect("the folder").flatten();
        names.filter(|name| name.file_name().to_string_lossy().ends_with(suffix)).count()
    };
    assert_eq!((files(".0"), files(".1"), files(".owner")), (1, 1, 2));
}
