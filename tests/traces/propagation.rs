//! The `traceparent` from a send to the receivers in another process.

use std::cell::Cell;
use std::sync::{Arc, Once, mpsc};

use openedx_events::bus::memory::Memory;
use openedx_events::bus::{
    self, Backend, BusSettings, ConsumerSettings, EventConsumer, EventProducer, Header, KeyPath, Message,
    ProducerConfig, Topic, TopicConfig, headers,
};
use openedx_events::{Context, TraceParent, signal};
use openedx_events_tests::{DEADLINE, spans};

/// Sent when a pigeon was released.
#[signal("org.example.traces.pigeon.released.v1")]
pub struct PigeonReleased {
    pub loft: String,
}

const TEXT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// What the source says on this thread.
#[derive(Clone, Copy)]
enum Says {
    Nothing,
    Text,
    Panics,
}

thread_local! {
    static SAYS: Cell<Says> = const { Cell::new(Says::Nothing) };
    /// The span that the source was asked in.
    static ASKED_IN: Cell<Option<u64>> = const { Cell::new(None) };
}

/// There is one source for all tests of the process.
fn set_source(says: Says) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        bus::set_traceparent_source(|| {
            ASKED_IN.set(spans::current());
            match SAYS.get() {
                Says::Nothing => None,
                Says::Text => Some(TEXT.parse().expect("valid")),
                Says::Panics => panic!("lost the thread"),
            }
        });
    });
    SAYS.set(says);
}

/// Sends an event to a topic, and returns what is stored.
fn sent(says: Says, topic: &str) -> Message {
    spans::collect();
    set_source(says);
    let memory = Memory::new();
    let bus: Arc<dyn Backend> = Arc::new(memory.clone());
    let key = KeyPath::new(&PIGEON_RELEASED, "loft").expect("a key");
    let config = ProducerConfig::new().topic(&PIGEON_RELEASED, topic, TopicConfig::new(key));
    let producer =
        EventProducer::start_on(&bus, &BusSettings::new().producer_config(config)).expect("started");
    PIGEON_RELEASED.send_event(topic.to_owned()).into_result().expect("produced");
    producer.shutdown(DEADLINE).expect("published");
    // Other tests send at the same time.
    let stored = memory.browse(&Topic::new(topic).expect("a topic"), None, 100).expect("memory");
    let mut messages = stored.into_iter().map(|delivery| delivery.message);
    messages.find(|message| message.key() == Some(topic.as_bytes())).expect("published")
}

/// What a receiver is told of the span that an event with this header was sent from.
fn received(loft: &'static str, header: Option<&'static str>) -> Option<TraceParent> {
    spans::collect();
    let bus: Arc<dyn Backend> = Arc::new(Memory::new());
    let topic = Topic::new(loft).expect("a topic");
    let event = PigeonReleased { loft: loft.to_owned() };
    let mut message = Message::of_event(&event, &PIGEON_RELEASED.generate_metadata()).expect("a message");
    message.headers.extend(header.map(|value| Header::new(headers::TRACEPARENT, value)));
    bus.producer().expect("memory").publish(&topic, &[message]).expect("published");
    let (sender, told) = mpsc::channel();
    let _connection = PIGEON_RELEASED.connect(loft, move |event, context: &Context<'_>| {
        if event.loft == loft {
            // Nobody listens any more if the test has failed.
            let _ = sender.send(context.traceparent());
        }
        Ok(())
    });
    let settings = ConsumerSettings::new().allow_no_receivers(true);
    let running = EventConsumer::new(bus, "lofts").topic(topic).settings(settings).start().expect("started");
    let traceparent = told.recv_timeout(DEADLINE).expect("received");
    running.stop(DEADLINE).expect("stopped");
    traceparent
}

#[test]
fn the_header_comes_last_and_the_source_is_asked_inside_the_span_of_the_send() {
    let message = sent(Says::Text, "traced");
    let last = message.headers.last().expect("headers");
    assert_eq!((&*last.name, &*last.value), (&b"traceparent"[..], TEXT.as_bytes()));
    assert_eq!(message.traceparent().expect("valid"), Some(TEXT.parse().expect("valid")));
    let sends = spans::of("send", "event_type", "org.example.traces.pigeon.released.v1");
    let asked_in = ASKED_IN.get().expect("asked");
    assert!(sends.iter().any(|(number, _)| *number == asked_in), "{asked_in}");
}

#[test]
fn without_a_span_there_is_no_header() {
    assert_eq!(sent(Says::Nothing, "untraced").header(headers::TRACEPARENT), None);
}

#[test]
fn a_source_that_panics_loses_nothing_but_the_header() {
    assert_eq!(sent(Says::Panics, "panicking").header(headers::TRACEPARENT), None);
    let lines = spans::lines("the source of traceparents panicked");
    assert_eq!(lines[0].fields["panic"], "lost the thread");
}

#[test]
fn receivers_see_the_span_of_the_sender() {
    assert_eq!(received("with", Some(TEXT)), Some(TEXT.parse().expect("valid")));
    assert_eq!(received("without", None), None);
}

#[test]
fn an_invalid_header_is_ignored_and_logged() {
    assert_eq!(received("invalid", Some("00-AB-CD-01")), None);
    let lines = spans::lines("the traceparent of an event is ignored");
    let line = lines.iter().find(|line| line.fields["topic"] == "invalid").expect("a line");
    assert!(line.fields["error"].contains("trace id must be 32 digits"), "{line:?}");
}
