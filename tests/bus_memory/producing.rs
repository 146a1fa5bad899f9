//! Producing the events of configured signals.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use openedx_events::bus::memory::Memory;
use openedx_events::bus::{
    Backend as _, BusSettings, ConsumerSettings, EventConsumer, EventProducer, Message, Topic, open,
};
use openedx_events::{AnySignal, EventData, EventsMetadata, signal};
use openedx_events_tests::faulty::Faulty;
use openedx_events_tests::wait_until;

/// What is known about a note.
#[derive(Clone, Debug, PartialEq, EventData)]
struct NoteData {
    author: String,
    page: Option<i64>,
    text: String,
}

macro_rules! note_signals {
    ($($event:ident: $event_type:literal;)*) => {
        $(
            /// Sent when a note was taken.
            #[signal($event_type, key = note.author)]
            #[derive(Clone)]
            struct $event {
                note: NoteData,
            }
        )*
    };
}

// A signal for each test, as producers connect to signals of the whole program.
note_signals! {
    NotePublished: "org.example.notes.note.published.v1";
    NoteLooped: "org.example.notes.note.looped.v1";
    NoteSplit: "org.example.notes.note.split.v1";
    NoteDelayed: "org.example.notes.note.delayed.v1";
    NoteRefused: "org.example.notes.note.refused.v1";
    NoteBlocked: "org.example.notes.note.blocked.v1";
    NoteLost: "org.example.notes.note.lost.v1";
    NoteAwaited: "org.example.notes.note.awaited.v1";
    NoteGivenUp: "org.example.notes.note.given_up.v1";
}

fn note(number: usize) -> NoteData {
    NoteData { author: format!("author {number}"), page: Some(7), text: "x".to_owned() }
}

fn settings(signal: &dyn AnySignal, topics: &[(&str, &str)], more: &str) -> BusSettings {
    let topics: Vec<_> = topics
        .iter()
        .map(|(topic, key)| format!(r#""{topic}": {{"event_key_field": "{key}", "enabled": true}}"#))
        .collect();
    let config = format!(
        r#"{{"EVENT_BUS_PRODUCER_CONFIG": {{"{}": {{{}}}}} {more}}}"#,
        signal.event_type(),
        topics.join(", ")
    );
    BusSettings::layers().json("test", &config).read().expect("the settings are right")
}

fn stored(memory: &Memory, topic: &str) -> Vec<Message> {
    let topic = Topic::new(topic).expect("a topic");
    let entries = memory.browse(&topic, None, 100_000).expect("memory");
    entries.into_iter().map(|delivery| delivery.message).collect()
}

const FLUSH: Duration = Duration::from_mins(1);

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
    // Nothing listens any more.
    NOTE_PUBLISHED.send_event(note(3));
    assert_eq!(stored(&memory, "test-by-author").len(), 2);
}

#[test]
fn what_comes_from_the_bus_does_not_go_there_again() {
    let memory = Memory::new();
    let backend: Arc<dyn openedx_events::bus::Backend> = Arc::new(memory.clone());
    let settings = settings(&NOTE_LOOPED, &[("notes", "note.author")], "");
    let producer = EventProducer::start_on(&backend, &settings).expect("started");
    NOTE_LOOPED.send_event(note(1));
    let mut quick = ConsumerSettings::default();
    quick.allow_no_receivers = true;
    let topic = Topic::new("notes").expect("a topic");
    // Another group, so that what this one has done is still there to be counted.
    memory.create_group(&topic, "other", openedx_events::bus::StartAt::Earliest).expect("made");
    let consumer =
        EventConsumer::new(backend, "group").topic(topic).settings(quick).start().expect("started");
    wait_until("the event has come", || consumer.report().done == 1);
    // By hand as well.
    NOTE_LOOPED.send_event_with_custom_metadata(note(2), EventsMetadata::new(NOTE_LOOPED.event_type()));
    consumer.stop(FLUSH).expect("stopped");
    assert_eq!(producer.shutdown(FLUSH).expect("published").published, 1);
    assert_eq!(stored(&memory, "notes").len(), 1);
}

#[test]
fn events_wait_for_a_bus_that_is_not_there_in_their_order() {
    let faulty = Faulty::default();
    faulty.set_down(true);
    let backend: Arc<dyn openedx_events::bus::Backend> = Arc::new(faulty.clone());
    let settings = settings(&NOTE_DELAYED, &[("notes", "note.author")], "");
    let producer = EventProducer::start_on(&backend, &settings).expect("it need not be there");
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
fn a_topic_that_is_refused_holds_up_no_other() {
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

#[test]
fn a_required_bus_that_refuses_is_an_error_at_the_start() {
    let faulty = Faulty::default();
    faulty.refuse();
    let backend: Arc<dyn openedx_events::bus::Backend> = Arc::new(faulty);
    let settings = settings(&NOTE_LOST, &[("notes", "note.author")], r#", "EVENT_BUS_REQUIRED": true"#);
    let error = EventProducer::start_on(&backend, &settings).expect_err("it refuses");
    assert!(error.to_string().contains("the switch is off"), "{error}");
}

#[test]
fn something_to_produce_and_no_bus_is_an_error_at_the_start() {
    let settings = settings(&NOTE_LOST, &[("notes", "note.author")], "");
    let error = EventProducer::start(&settings).expect_err("there is no bus");
    assert!(error.to_string().contains("set EVENT_BUS_URL"), "{error}");
    let nothing = BusSettings::layers().read().expect("right");
    let producer = EventProducer::start(&nothing).expect("nothing to produce needs no bus");
    assert_eq!(producer.shutdown(Duration::ZERO).expect("nothing").published, 0);
}

#[test]
fn an_address_that_is_none_is_told_of_without_its_password() {
    let error = open("amqp://user:secret@host").expect_err("no such backend");
    assert!(error.to_string().contains("`amqp:…` is not the address of a bus"), "{error}");
    assert!(!error.to_string().contains("secret"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_awaited_sending_ends_when_the_bus_has_the_event() {
    let faulty = Faulty::default();
    faulty.set_down(true);
    let backend: Arc<dyn openedx_events::bus::Backend> = Arc::new(faulty.clone());
    let topics = [("one", "note.author"), ("two", "note.author")];
    let settings = settings(&NOTE_AWAITED, &topics, "");
    let producer = EventProducer::start_on(&backend, &settings).expect("started");
    let sending = tokio::spawn(NOTE_AWAITED.send_event_async(note(1)));
    wait_until("the bus was tried", || faulty.attempts() >= 2);
    assert!(!sending.is_finished());
    faulty.set_down(false);
    let responses = sending.await.expect("no panic");
    assert!(responses.is_ok(), "{responses}");
    assert_eq!((stored(&faulty.memory, "one").len(), stored(&faulty.memory, "two").len()), (1, 1));
    producer.shutdown(FLUSH).expect("published");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_awaited_sending_is_told_when_its_event_is_given_up() {
    let faulty = Faulty::default();
    faulty.set_down(true);
    let backend: Arc<dyn openedx_events::bus::Backend> = Arc::new(faulty.clone());
    let settings = settings(&NOTE_GIVEN_UP, &[("notes", "note.author")], "");
    let producer = EventProducer::start_on(&backend, &settings).expect("started");
    let sending = tokio::spawn(NOTE_GIVEN_UP.send_event_async(note(1)));
    wait_until("it is in the queue", || producer.report().queued == 1);
    tokio::task::spawn_blocking(|| producer.shutdown(Duration::ZERO).expect_err("the bus is down"))
        .await
        .expect("no panic");
    let responses = sending.await.expect("no panic");
    let [(receiver, error)] = responses.errors().collect::<Vec<_>>()[..] else { panic!("{responses}") };
    assert_eq!(receiver.path, "openedx_events::bus::EventProducer");
    assert!(error.to_string().starts_with("unknown whether the event was published to notes"), "{error}");
}
