//! Until when a producer waits.

use std::sync::Arc;
use std::time::Duration;

use openedx_events::bus::{EventProducer, Overflow};
use openedx_events_tests::faulty::Faulty;
use openedx_events_tests::{finishes, wait_until};

use crate::notes::{NOTE_FLUSHED, NOTE_PATIENT, note, settings};

fn start(faulty: &Faulty, settings: &openedx_events::bus::BusSettings) -> EventProducer {
    let backend: Arc<dyn openedx_events::bus::Backend> = Arc::new(faulty.clone());
    EventProducer::start_on(&backend, settings).expect("started")
}

#[test]
fn flush_and_shutdown_may_wait_for_ever() {
    let faulty = Faulty::default();
    let producer = start(&faulty, &settings(&NOTE_FLUSHED, &[("notes", "note.author")], ""));
    NOTE_FLUSHED.send_event(note(1));
    finishes(move || {
        assert_eq!(producer.flush(Duration::MAX), 0);
        assert_eq!(producer.shutdown(Duration::MAX).expect("published").published, 1);
    });
}

#[test]
fn a_full_queue_may_block_for_ever() {
    let faulty = Faulty::default();
    faulty.set_down(true);
    let settings = settings(&NOTE_PATIENT, &[("notes", "note.author")], "");
    let producer = start(&faulty, &settings.overflow(Overflow::Block(Duration::MAX)));
    for number in 0..10_000 {
        assert!(NOTE_PATIENT.send_event(note(number)).is_ok());
    }
    let blocked = std::thread::spawn(|| NOTE_PATIENT.send_event(note(10_000)).is_ok());
    wait_until("the bus was tried", || faulty.attempts() >= 2);
    faulty.set_down(false);
    assert!(finishes(move || blocked.join()).expect("no panic"));
    producer.shutdown(Duration::MAX).expect("published");
}
