//! Limits on the size of a message, when it is sent and when it is consumed.

use std::borrow::Cow;
use std::sync::Arc;

use openedx_events::bus::memory::Memory;
use openedx_events::bus::{
    Backend, BusSettings, ConsumerSettings, DeadLetter, DeadLetterReason, EventConsumer, EventProducer,
    Header, Message, Topic,
};
use openedx_events::{EventsMetadata, Signal};
use openedx_events_tests::wait_until;

use crate::notes::{FLUSH, NOTE_OF_ANY_SIZE, NoteData, NoteOfAnySize, note, settings, stored};

fn sized(author: usize, text: usize) -> NoteOfAnySize {
    NoteOfAnySize { note: NoteData { author: "a".repeat(author), page: None, text: "x".repeat(text) } }
}

#[test]
fn an_event_beyond_a_limit_is_an_error_when_it_is_sent() {
    let memory = Memory::new();
    let backend: Arc<dyn Backend> = Arc::new(memory.clone());
    let producer =
        EventProducer::start_on(&backend, &settings(&NOTE_OF_ANY_SIZE, &[("sized", "note.author")], ""))
            .expect("started");
    let send = |event: NoteOfAnySize| Signal::send_event(&NOTE_OF_ANY_SIZE, event);
    // The key is a header.
    let key = Message::MAX_HEADER_SIZE - "partitionkey".len();
    assert!(send(sized(key, 1)).is_ok());
    let refused = send(sized(key + 1, 1));
    let expected = "the header `partitionkey` has 1048577 bytes, and at most 1048576 bytes are allowed";
    assert!(refused.to_string().contains(expected), "{refused}");

    let metadata = EventsMetadata::new("org.example.notes.note.of_any_size.v1");
    let message = Message::of_event(&sized(1, 1), &metadata).expect("small");
    // The length of a text of this size takes three bytes more than that of a small one.
    let text = Message::MAX_SIZE - message.size() - 2;
    assert_eq!(Message::of_event(&sized(1, text), &metadata).expect("allowed").size(), Message::MAX_SIZE);
    let refused = send(sized(1, text + 1000));
    assert!(refused.to_string().contains("at most 67108864 bytes are allowed"), "{refused}");
    assert_eq!(producer.shutdown(FLUSH).expect("published").published, 1);
    assert_eq!(stored(&memory, "sized").len(), 1);
}

/// JSON of any kind is read with the same limit; settings show it, as they may be of any form.
#[test]
fn json_beyond_a_depth_is_an_error() {
    let error = |depth: usize| {
        let (open, close) = ("[".repeat(depth - 1), "]".repeat(depth - 1));
        let json = format!(r#"{{"EVENT_BUS_PRODUCER_CONFIG": {open}{close}}}"#);
        BusSettings::layers().json("deep.json", &json).read().expect_err("no object of topics").to_string()
    };
    let allowed = error(127);
    assert!(allowed.contains("expected an object"), "{allowed}");
    let refused = error(128);
    assert!(refused.contains("recursion limit exceeded"), "{refused}");
}

/// Other programs can publish what they like.
#[test]
fn a_message_beyond_a_limit_is_a_dead_letter_when_it_is_consumed() {
    let memory = Memory::new();
    let topic = Topic::new("sized").expect("a topic");
    let metadata = EventsMetadata::new("org.example.notes.note.of_any_size.v1");
    let message = Message::of_event(&NoteOfAnySize { note: note(1) }, &metadata).expect("encoded");
    let with_headers = |count: usize, size: usize| {
        let mut message = message.clone();
        let header = Header { name: Cow::Borrowed(b"x"), value: Cow::Owned(vec![0; size - 1]) };
        message.headers.extend(std::iter::repeat_n(header, count));
        message
    };
    let few = Message::MAX_HEADERS - message.headers.len();
    let messages = [
        with_headers(few, 1),
        with_headers(few + 1, 1),
        with_headers(1, Message::MAX_HEADER_SIZE),
        with_headers(1, Message::MAX_HEADER_SIZE + 1),
        with_headers(63, Message::MAX_HEADER_SIZE),
        with_headers(64, Message::MAX_HEADER_SIZE),
    ];
    memory.producer().expect("memory").publish(&topic, &messages).expect("stored");
    let mut settings = ConsumerSettings::default();
    settings.allow_no_receivers = true;
    let backend: Arc<dyn Backend> = Arc::new(memory.clone());
    let consumer = EventConsumer::new(backend, "group")
        .topic(topic.clone())
        .settings(settings)
        .start()
        .expect("started");
    wait_until("all are handled", || {
        consumer.report().suppressed.no_receivers + consumer.report().undecodable == 6
    });
    let report = consumer.stop(FLUSH).expect("stopped");
    assert_eq!((report.suppressed.no_receivers, report.undecodable), (3, 3), "{report:?}");
    let letters = memory.browse(&topic.dead_letters(), None, 10).expect("memory");
    let read = |message| DeadLetter::read(message).expect("a dead letter");
    let letters: Vec<_> = letters.iter().map(|letter| read(&letter.message)).collect();
    assert!(letters.iter().all(|letter| letter.reason == DeadLetterReason::Undecodable));
    let mut errors: Vec<_> = letters.iter().map(|letter| letter.failures[0].error.as_str()).collect();
    errors.sort_unstable();
    assert_eq!(errors[0], "the header `x` has 1048577 bytes, and at most 1048576 bytes are allowed");
    assert_eq!(errors[1], "the message has 1025 headers, and at most 1024 are allowed");
    assert!(errors[2].starts_with("the message has 6711"), "{}", errors[2]);
}
