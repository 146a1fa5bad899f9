//! Which events are published to which topics, and their messages.

use std::sync::Arc;
use std::time::Duration;

use openedx_events::bus::memory::Memory;
use openedx_events::bus::{Backend as _, ConsumerSettings, EventConsumer, EventProducer, Message, Topic};
use openedx_events::{AnySignal as _, EventsMetadata};
use openedx_events_tests::faulty::Faulty;
use openedx_events_tests::wait_until;

use crate::notes::{FLUSH, NOTE_LOOPED, NOTE_PUBLISHED, NOTE_SPLIT, note, settings, stored};

#[test]
fn a_configured_signal_goes_to_each_of_its_topics_with_its_key() {
    let memory = Memory::new();
    let backend: Arc<dyn openedx_events::bus::Backend> = Arc::new(memory.clone());
    let topics = [("by-author", "note.author"), ("by-page", "note.page")];
    let settings = settings(&NOTE_PUBLISHED, &topics, r#", "EVENT_BUS_TOPIC_PREFIX": "test""#);
    let producer = EventProducer::start_on(&backend, &settings).expect("started");
    let metadata = NOTE_PUBLISHED.generate_metadata();
    let responses = NOTE_PUBLISHED.send_event(note(1));
    assert!(responses.is_ok(), "{responses}");
    let mut without_page = note(2);
    without_page.page = None;
    NOTE_PUBLISHED.send_event(without_page);
    let report = producer.shutdown(FLUSH).expect("all is published");
    assert_eq!((report.published, report.queued, report.refused), (4, 0, 0));

    let (by_author, by_page) = (stored(&memory, "test-by-author"), stored(&memory, "test-by-page"));
    let keys = |messages: &[Message]| -> Vec<_> {
        messages
            .iter()
            .map(|message| message.key().map(|key| String::from_utf8_lossy(key).into_owned()))
            .collect()
    };
    assert_eq!(keys(&by_author), [Some("author 1".to_owned()), Some("author 2".to_owned())]);
    assert_eq!(keys(&by_page), [Some("7".to_owned()), None]);
    let names: Vec<_> =
        by_author[0].headers.iter().map(|header| String::from_utf8_lossy(&header.name)).collect();
    let expected = [
        "type",
        "id",
        "source",
        "time",
        "minorversion",
        "sourcehost",
        "sourcelib",
        "schema_fp",
        "partitionkey",
    ];
    assert_eq!(names, expected);
    let read = by_author[0].metadata("").expect("metadata");
    assert_eq!(
        (read.event_type(), read.source(), read.sourcelib()),
        ("org.example.notes.note.published.v1", metadata.source(), metadata.sourcelib())
    );
    assert_eq!(by_author[0].header("id"), by_page[0].header("id"));
    let fingerprint = NOTE_PUBLISHED.schema().expect("a schema").fingerprint();
    assert_eq!(by_author[0].fingerprint(), Ok(Some(fingerprint)));
    // The producer has disconnected.
    NOTE_PUBLISHED.send_event(note(3));
    assert_eq!(stored(&memory, "test-by-author").len(), 2);
}

#[test]
fn events_from_the_bus_are_not_published_again() {
    let memory = Memory::new();
    let backend: Arc<dyn openedx_events::bus::Backend> = Arc::new(memory.clone());
    let settings = settings(&NOTE_LOOPED, &[("notes", "note.author")], "");
    let producer = EventProducer::start_on(&backend, &settings).expect("started");
    NOTE_LOOPED.send_event(note(1));
    let mut quick = ConsumerSettings::default();
    quick.allow_no_receivers = true;
    let topic = Topic::new("notes").expect("a topic");
    // A second group keeps the entry, so that it can be counted.
    memory.create_group(&topic, "other", openedx_events::bus::StartAt::Earliest).expect("made");
    let consumer =
        EventConsumer::new(backend, "group").topic(topic).settings(quick).start().expect("started");
    // The producer is no receiver: the event is not done by anybody.
    wait_until("the event is received", || consumer.report().suppressed.no_receivers == 1);
    // Nor if it is sent by hand.
    NOTE_LOOPED.send_event_with_custom_metadata(note(2), EventsMetadata::new(NOTE_LOOPED.event_type()));
    consumer.stop(FLUSH).expect("stopped");
    assert_eq!(producer.shutdown(FLUSH).expect("published").published, 1);
    assert_eq!(stored(&memory, "notes").len(), 1);
}

#[test]
fn a_refused_topic_does_not_block_others() {
    let faulty = Faulty::default();
    let backend: Arc<dyn openedx_events::bus::Backend> = Arc::new(faulty.clone());
    let good: Arc<dyn openedx_events::bus::Backend> = Arc::new(faulty.memory.clone());
    faulty.refuse();
    let refused = settings(&NOTE_SPLIT, &[("refused", "note.author")], "");
    let fine = settings(&NOTE_SPLIT, &[("fine", "note.author")], "");
    let refused = EventProducer::start_on(&backend, &refused).expect("started");
    let fine = EventProducer::start_on(&good, &fine).expect("started");
    NOTE_SPLIT.send_event(note(1));
    assert_eq!(fine.shutdown(FLUSH).expect("published").published, 1);
    wait_until("it was tried", || refused.report().failed_attempts > 0);
    let error = refused.shutdown(Duration::from_millis(50)).expect_err("it cannot be published");
    assert_eq!(error.messages, 1);
}
