//! 410 turns a webhook off: nothing is lost, and the others go on.

use std::thread;

use openedx_events::bus::{self, StopError, Webhooks};
use openedx_events_tests::{finishes, logs, wait_until};

use crate::server::{Server, ok, status};
use crate::world::{DRAIN, World};

#[test]
fn a_webhook_that_is_gone_keeps_its_events_and_the_others_go_on() {
    logs::collect();
    let world = World::new();
    let gone = Server::start(|number, _| if number < 2 { ok() } else { status(410) });
    let other = Server::start(|_, _| ok());
    let settings = World::settings(World::webhook(&gone.url()).group("gone-webhook".to_owned()));
    let settings = settings.webhook("other", World::webhook(&other.url()));
    let webhooks = Webhooks::new(&settings).expect("webhooks");
    assert_eq!(webhooks.names().collect::<Vec<_>>(), ["crm", "other"]);
    let consumers = webhooks.consumers(&world.bus);
    let handles: Vec<_> = consumers.iter().map(bus::EventConsumer::handle).collect();
    world.publish(0..10);
    let service = thread::spawn(move || bus::run_all_until_signal(consumers, DRAIN));
    wait_until("the first one is off", || handles[0].has_ended());
    wait_until("the other one has everything", || other.count() == 10);
    let health = handles[0].health();
    assert!(!health.is_ready && health.reasons[0].contains("410 Gone"), "{health:?}");
    // It is not called any more.
    let calls = gone.count();
    world.publish(10..12);
    wait_until("the other one goes on", || other.count() == 12);
    assert_eq!(gone.count(), calls);
    handles[1].stop(DRAIN).expect("stopped");
    let ended = finishes(|| service.join()).expect("no panic");
    assert!(matches!(ended, Err(StopError::Closed { .. })), "{ended:?}");
    let is_ours = |record: &logs::Record| record.field("recipient") == "gone-webhook";
    let lines: Vec<_> = logs::all().into_iter().filter(is_ours).collect();
    assert_eq!((lines.len(), lines[0].level), (1, tracing::Level::ERROR));

    // Mended, it gets all that it has not taken.
    let mended = Server::start(|_, _| ok());
    let consumer = world.start(World::webhook(&mended.url()).group("gone-webhook".to_owned()));
    wait_until("the rest is done", || consumer.report().done == 10);
    consumer.stop(DRAIN).expect("stopped");
    assert_eq!((mended.count(), world.dead_letters().len()), (10, 0));
}
