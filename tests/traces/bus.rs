//! The spans of publishing and of processing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use openedx_events::bus::{Backend, BusSettings, EventConsumer, EventProducer, ProducerConfig, RetryPolicy};
use openedx_events::bus::{ConsumerSettings, KeyPath, Message, Topic, TopicConfig};
use openedx_events::{Event, Signal, receiver, signal};
use openedx_events_tests::faulty::Faulty;
use openedx_events_tests::{DEADLINE, spans, wait_until};

/// Sent when a train has left.
#[signal("org.example.traces.train.departed.v1", key = passenger)]
pub struct TrainDeparted {
    pub passenger: String,
}

/// Sent when a tram has left.
#[signal("org.example.traces.tram.departed.v1", key = passenger)]
pub struct TramDeparted {
    pub passenger: String,
}

const TRAIN: &str = "org.example.traces.train.departed.v1";
/// The key of an event.
const ADA: &str = "Ada Lovelace";

static FAILURES: AtomicU32 = AtomicU32::new(0);

#[receiver(TRAIN_DEPARTED)]
fn announce(from_event_bus: bool) {
    if from_event_bus {
        tracing::info!("announces");
    }
}

#[receiver(TRAIN_DEPARTED)]
async fn announce_later(from_event_bus: bool) -> Result<(), String> {
    if !from_event_bus {
        return Ok(());
    }
    tokio::task::yield_now().await;
    let failures = FAILURES.fetch_add(1, Ordering::SeqCst);
    tracing::info!("announces later for the time {failures}");
    if failures == 0 { Err("the loudspeaker is busy".to_owned()) } else { Ok(()) }
}

fn produce<E: Event>(bus: &Arc<dyn Backend>, signal: &'static Signal<E>, topic: &str) -> EventProducer {
    let key = KeyPath::new(signal, "passenger").expect("a key");
    let config = ProducerConfig::new().topic(signal, topic, TopicConfig::new(key));
    EventProducer::start_on(bus, &BusSettings::new().producer_config(config)).expect("started")
}

#[test]
fn receivers_run_inside_the_span_of_processing() {
    spans::collect();
    let bus: Arc<dyn Backend> = Arc::new(Faulty::default());
    let topic = Topic::new("trains").expect("a topic");
    let metadata = TRAIN_DEPARTED.generate_metadata();
    let event = TrainDeparted { passenger: ADA.to_owned() };
    let message = Message::of_event(&event, &metadata).expect("a message");
    bus.producer().expect("memory").publish(&topic, &[message]).expect("published");

    let retry = RetryPolicy::new().initial_backoff(Duration::from_millis(1));
    let consumer =
        EventConsumer::new(bus, "station").topic(topic).settings(ConsumerSettings::new().retry(retry));
    let running = consumer.start().expect("started");
    wait_until("the event is done", || running.report().done == 1);
    running.stop(DEADLINE).expect("stopped");

    let id = metadata.id().to_string();
    let processed = spans::of("process", "messaging.message.id", &id);
    let numbers: Vec<_> = processed.iter().map(|(number, _)| *number).collect();
    let [(first, failed), (again, succeeded)] = &processed[..] else { panic!("{numbers:?}") };
    for span in [failed, succeeded] {
        let expected = [
            ("otel.name", "process trains"),
            ("otel.kind", "consumer"),
            ("messaging.system", "memory"),
            ("messaging.destination.name", "trains"),
            ("messaging.consumer.group.name", "station"),
            ("messaging.operation.name", "process"),
            ("messaging.operation.type", "process"),
            ("event_type", TRAIN),
        ];
        for (name, value) in expected {
            assert_eq!(span.field(name), value, "{name}");
        }
        assert!(!format!("{span:?}").contains("Ada"), "{span:?}");
    }
    assert_eq!((failed.field("otel.status_code"), failed.field("error.type")), ("ERROR", "receiver_failed"));
    assert_eq!((succeeded.field("otel.status_code"), succeeded.field("error.type")), ("", ""));
    for (line, number) in [
        ("announces", first),
        ("announces later for the time 0", first),
        ("receiver failed; retrying", first),
        ("announces later for the time 1", again),
    ] {
        let lines: Vec<_> = spans::lines(line).iter().map(|line| line.span).collect();
        assert_eq!(lines, [Some(*number)], "{line}");
    }
}

#[test]
fn a_batch_is_published_inside_a_span_that_says_how_it_ended() {
    spans::collect();
    let faulty = Faulty::default();
    let bus: Arc<dyn Backend> = Arc::new(faulty.clone());
    let producer = produce(&bus, &TRAM_DEPARTED, "trams");
    TRAM_DEPARTED.send_event(ADA.to_owned()).into_result().expect("queued");
    assert_eq!(producer.flush(DEADLINE), 0);
    faulty.set_down(true);
    TRAM_DEPARTED.send_event(ADA.to_owned()).into_result().expect("queued");
    wait_until("it fails", || producer.report().failed_attempts > 0);
    faulty.set_down(false);
    producer.shutdown(DEADLINE).expect("published");

    let spans = spans::of("publish", "messaging.destination.name", "trams");
    let (_, first) = &spans[0];
    for (name, value) in [
        ("otel.name", "publish trams"),
        ("otel.kind", "producer"),
        ("messaging.operation.name", "publish"),
        ("messaging.operation.type", "send"),
        ("messaging.batch.message_count", "1"),
        ("otel.status_code", ""),
    ] {
        assert_eq!(first.field(name), value, "{name}");
    }
    assert_eq!(first.parent, None);
    let failed: Vec<_> = spans.iter().map(|(_, span)| span.field("error.type")).collect();
    assert!(failed.contains(&"unreachable"), "{failed:?}");
    assert!(!format!("{spans:?}").contains("Ada"), "{spans:?}");
}
