//! The queue in memory: while the bus is unreachable, and when the queue is full.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use openedx_events::bus::EventProducer;
use openedx_events_tests::faulty::Faulty;
use openedx_events_tests::wait_until;

use crate::notes::{FLUSH, NOTE_BLOCKED, NOTE_DELAYED, NOTE_REFUSED, note, settings, stored};

#[test]
fn events_wait_for_an_unreachable_bus_in_order() {
    let faulty = Faulty::default();
    faulty.set_down(true);
    let backend: Arc<dyn openedx_events::bus::Backend> = Arc::new(faulty.clone());
    let settings = settings(&NOTE_DELAYED, &[("notes", "note.author")], "");
    let producer = EventProducer::start_on(&backend, &settings).expect("it need not be reachable");
    for number in 0..500 {
        assert!(NOTE_DELAYED.send_event(note(number)).is_ok());
    }
    wait_until("the bus was tried", || faulty.attempts() >= 2);
    assert!(!producer.is_ready());
    assert_eq!(producer.flush(Duration::from_millis(1)), 500);
    faulty.set_down(false);
    assert_eq!(producer.flush(FLUSH), 0);
    assert!(producer.is_ready());
    let report = producer.shutdown(FLUSH).expect("published");
    assert_eq!((report.published, report.queued), (500, 0));
    assert!(report.failed_attempts >= 2);
    let keys: Vec<_> =
        stored(&faulty.memory, "notes").iter().map(|message| message.key().map(<[u8]>::to_vec)).collect();
    let expected: Vec<_> = (0..500).map(|number| Some(format!("author {number}").into_bytes())).collect();
    assert!(keys == expected);
}

#[test]
fn a_full_queue_is_an_error_in_the_responses() {
    let faulty = Faulty::default();
    faulty.set_down(true);
    let backend: Arc<dyn openedx_events::bus::Backend> = Arc::new(faulty);
    let settings = settings(&NOTE_REFUSED, &[("notes", "note.author")], r#", "EVENT_BUS_OVERFLOW": "fail""#);
    let producer = EventProducer::start_on(&backend, &settings).expect("started");
    let refused = (0..10_100).filter(|number| !NOTE_REFUSED.send_event(note(*number)).is_ok()).count();
    assert_eq!(refused, 100);
    let responses = NOTE_REFUSED.send_event(note(0));
    assert!(responses.to_string().contains("not produced to notes: the queue is full"), "{responses}");
    let report = producer.report();
    assert_eq!((report.queued, report.refused), (10_000, 101));
    assert_eq!(producer.shutdown(Duration::ZERO).expect_err("the bus is down").messages, 10_000);
}

#[test]
fn a_full_queue_blocks_until_there_is_room() {
    let faulty = Faulty::default();
    faulty.set_down(true);
    let backend: Arc<dyn openedx_events::bus::Backend> = Arc::new(faulty.clone());
    let settings = settings(&NOTE_BLOCKED, &[("notes", "note.author")], "");
    let producer = EventProducer::start_on(&backend, &settings).expect("started");
    for number in 0..10_000 {
        assert!(NOTE_BLOCKED.send_event(note(number)).is_ok());
    }
    let start = Instant::now();
    std::thread::scope(|scope| {
        let blocked = scope.spawn(|| NOTE_BLOCKED.send_event(note(10_000)).is_ok());
        faulty.set_down(false);
        assert!(blocked.join().expect("no panic"), "blocked for {:?}", start.elapsed());
    });
    assert_eq!(producer.shutdown(FLUSH).expect("published").published, 10_001);
    let numbers: BTreeSet<_> = stored(&faulty.memory, "notes")
        .iter()
        .filter_map(|message| message.key().map(<[u8]>::to_vec))
        .collect();
    assert_eq!(numbers.len(), 10_001);
}
