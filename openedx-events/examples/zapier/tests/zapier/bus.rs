//! On the event bus.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use openedx_events::bus::memory::Memory;
use openedx_events::bus::{Backend, ConsumerSettings, EventConsumer, Message, Topic};
use openedx_events::learning::signals::{STUDENT_REGISTRATION_COMPLETED, StudentRegistrationCompleted};
use tracing::Level;

use crate::receivers::{ada, assert_shows_no_secret};
use crate::webhook::{DEADLINE, Server};

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()).expect("UTF-8")
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_event_is_posted_until_the_webhook_takes_it() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt().with_max_level(Level::TRACE).with_writer(move || writer.clone()).init();
    // The first three statuses are failures, of which the second one says that the webhook is down.
    let server = Server::start([500, 503, 404]);
    // Receivers on the bus run outside of the test, so this is for the whole program. Other tests have scopes of their own.
    openedx_events::provide(server.zapier()).expect("provided once");

    let bus = Memory::new();
    let topic = Topic::new("registrations").expect("a topic");
    let event = StudentRegistrationCompleted { user: ada() };
    let metadata = STUDENT_REGISTRATION_COMPLETED.generate_metadata();
    let message = Message::of_event(&event, &metadata).expect("a message");
    bus.producer().expect("a producer").publish(&topic, &[message]).expect("published");

    let mut settings = ConsumerSettings::new();
    settings.retry.initial_backoff = Duration::from_millis(1);
    settings.retry.max_backoff = Duration::from_millis(10);
    let consumer = EventConsumer::new(Arc::new(bus), "zapier").topic(topic).settings(settings);
    let running = consumer.start().expect("it starts");
    let start = Instant::now();
    while server.posted().len() < 4 {
        assert!(start.elapsed() < DEADLINE, "posted: {:?}; log: {}", server.posted(), log.text());
        thread::yield_now();
    }
    let report = running.stop(DEADLINE).expect("it stops");

    assert_eq!((report.done, report.dead), (1, 0), "{report:?}");
    let posted = server.posted();
    assert_eq!(posted.len(), 4);
    let id = ("event_metadata_id".to_owned(), metadata.id().to_string());
    assert!(posted.iter().all(|each| *each == posted[0] && each.form.contains(&id)), "{posted:?}");
    let log = log.text();
    assert!(log.contains("ZAPIER_REGISTRATION_WEBHOOK: the webhook answered 500"), "{log}");
    assert_shows_no_secret(&log);
}
