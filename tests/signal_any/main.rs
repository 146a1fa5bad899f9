//! Receivers of every event. In a program of their own, as they take part in every send.

#![expect(clippy::unused_async, reason = "how a receiver is called is tested, not what it waits for")]

use openedx_events::{AnyEvent, AnySignal, EventsMetadata, Undelivered, receiver, signal, testing};
use openedx_events_tests::{Journal, block_on, names, statuses};

static JOURNAL: Journal = Journal::new();

/// Only the receivers of every event listen to this.
#[signal("org.example.any.leaf.fallen.v1")]
struct LeafFallen {
    colour: String,
}

/// Has receivers of its own beside those of every event.
#[signal("org.example.any.fruit.ripened.v1")]
struct FruitRipened {
    kind: String,
}

#[receiver(any, priority = 5)]
fn before_others(
    event: &dyn AnyEvent,
    signal: &dyn AnySignal,
    metadata: &EventsMetadata,
    from_event_bus: bool,
) {
    JOURNAL.write(format!("{} {event:?} {from_event_bus}", signal.info().signal_name));
    assert_eq!(metadata.event_type(), event.info().event_type);
}

#[receiver(any)]
fn m_any() {}

#[receiver(any)]
async fn keep_for_good(event: &dyn AnyEvent) -> Result<(), String> {
    match event.as_any().downcast_ref::<LeafFallen>() {
        Some(leaf) if leaf.colour == "black" => Err("ill".to_owned()),
        _ => Ok(()),
    }
}

#[receiver(FRUIT_RIPENED)]
fn a_own(_kind: &str) {}

#[receiver(FRUIT_RIPENED)]
fn z_own(_kind: &str) {}

#[test]
fn they_are_ordered_among_the_others() {
    let responses = block_on(FRUIT_RIPENED.send_event_async(FruitRipened { kind: "plum".into() }));

    assert_eq!(names(&responses), ["before_others", "a_own", "m_any", "z_own", "keep_for_good"]);
    let listed: Vec<_> = FRUIT_RIPENED.receivers().iter().map(|receiver| &*receiver.path).collect();
    let responded: Vec<_> = responses.iter().map(|response| &*response.receiver.path).collect();
    assert_eq!(listed, responded);
}

#[test]
fn they_receive_events_without_other_receivers_and_can_inspect_them() {
    let responses = block_on(LEAF_FALLEN.send_event_async(LeafFallen { colour: "red".into() }));

    assert_eq!(responses.reason(), None);
    assert_eq!(statuses(&responses).len(), 3);
    assert!(JOURNAL.take().contains(&r#"LEAF_FALLEN LeafFallen { colour: "red" } false"#.to_owned()));
}

#[test]
fn their_failures_are_reported_as_those_of_others() {
    let responses = block_on(LEAF_FALLEN.send_event_async(LeafFallen { colour: "black".into() }));

    let errors: Vec<_> =
        responses.errors().map(|(receiver, error)| (&*receiver.path, error.to_string())).collect();
    assert_eq!(errors, [("signal_any::keep_for_good", "ill".to_owned())]);
}

#[test]
fn a_test_scope_leaves_them_out_unless_chosen() {
    let scope = testing::isolation()
        .signals([&FRUIT_RIPENED])
        .receivers([testing::receiver_path(&z_own), testing::receiver_path(&m_any)])
        .start();

    let responses = FRUIT_RIPENED.send_event("plum".to_owned());
    assert_eq!(names(&responses), ["m_any", "z_own"]);
    assert_eq!(LEAF_FALLEN.send_event("red".to_owned()).reason(), Some(Undelivered::NotInScope));
    assert_eq!(scope.sent_types().len(), 2);
}
