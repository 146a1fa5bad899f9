//! Sends that wait until the bus has the event.

use std::sync::{Arc, mpsc};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use openedx_events::Responses;
use openedx_events::bus::EventProducer;
use openedx_events_tests::faulty::Faulty;
use openedx_events_tests::{DEADLINE, wait_until};

use crate::notes::{FLUSH, NOTE_AWAITED, NOTE_GIVEN_UP, NOTE_WOKEN, note, settings, stored};

#[tokio::test(flavor = "multi_thread")]
async fn an_awaited_send_ends_when_the_bus_has_the_event() {
    let faulty = Faulty::default();
    faulty.set_down(true);
    let backend: Arc<dyn openedx_events::bus::Backend> = Arc::new(faulty.clone());
    let topics = [("one", "note.author"), ("two", "note.author")];
    let settings = settings(&NOTE_AWAITED, &topics, "");
    let producer = EventProducer::start_on(&backend, &settings).expect("started");
    let send = tokio::spawn(NOTE_AWAITED.send_event_async(note(1)));
    wait_until("the bus was tried", || faulty.attempts() >= 2);
    assert!(!send.is_finished());
    faulty.set_down(false);
    let responses = send.await.expect("no panic");
    assert!(responses.is_ok(), "{responses}");
    assert_eq!((stored(&faulty.memory, "one").len(), stored(&faulty.memory, "two").len()), (1, 1));
    producer.shutdown(FLUSH).expect("published");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_awaited_send_fails_when_its_event_is_given_up() {
    let faulty = Faulty::default();
    faulty.set_down(true);
    let backend: Arc<dyn openedx_events::bus::Backend> = Arc::new(faulty.clone());
    let settings = settings(&NOTE_GIVEN_UP, &[("notes", "note.author")], "");
    let producer = EventProducer::start_on(&backend, &settings).expect("started");
    let send = tokio::spawn(NOTE_GIVEN_UP.send_event_async(note(1)));
    wait_until("it is in the queue", || producer.report().queued == 1);
    tokio::task::spawn_blocking(|| producer.shutdown(Duration::ZERO).expect_err("the bus is down"))
        .await
        .expect("no panic");
    let responses = send.await.expect("no panic");
    let [(receiver, error)] = responses.errors().collect::<Vec<_>>()[..] else { panic!("{responses}") };
    assert_eq!(receiver.path, "openedx_events::bus::EventProducer");
    assert!(error.to_string().starts_with("unknown whether the event was published to notes"), "{error}");
}

/// What is woken is foreign code: it may send at once, on the thread that wakes it.
#[test]
fn whoever_is_woken_may_send() {
    struct Sends(mpsc::Sender<Responses>);

    impl Wake for Sends {
        fn wake(self: Arc<Self>) {
            self.0.send(NOTE_WOKEN.send_event(note(2))).expect("the test waits");
        }
    }

    let faulty = Faulty::default();
    faulty.set_down(true);
    let backend: Arc<dyn openedx_events::bus::Backend> = Arc::new(faulty.clone());
    let settings = settings(&NOTE_WOKEN, &[("woken", "note.author")], "");
    let producer = EventProducer::start_on(&backend, &settings).expect("started");
    let (sender, woken) = mpsc::channel();
    let waker = Waker::from(Arc::new(Sends(sender)));
    let mut send = Box::pin(NOTE_WOKEN.send_event_async(note(1)));
    assert!(send.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    faulty.set_down(false);
    let responses = woken.recv_timeout(DEADLINE).expect("it sent when it was woken");
    assert!(responses.is_ok(), "{responses}");
    producer.shutdown(FLUSH).expect("published");
    assert_eq!(stored(&faulty.memory, "woken").len(), 2);
}
