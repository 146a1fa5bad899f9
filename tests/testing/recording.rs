//! Events sent inside a scope are recorded, and shown when an assertion fails.

use openedx_events::testing::isolate;
use openedx_events::{AnySignal as _, EventData, EventsMetadata, receiver, signal};
use openedx_events_tests::{block_on, panic_of};

/// Somebody, with personal data.
#[derive(Clone, PartialEq, EventData)]
struct Guest {
    #[event_data(pii)]
    name: String,
    table: i64,
}

/// Holds personal data.
#[signal("org.example.recording.guest.seated.v1")]
struct GuestSeated {
    guest: Guest,
}

/// Follows from the other event.
#[signal("org.example.recording.menu.brought.v1")]
#[derive(Clone)]
struct MenuBrought {
    table: i64,
}

#[receiver(GUEST_SEATED)]
fn bring_menu(guest: &Guest) {
    MENU_BROUGHT.send_event(guest.table);
}

fn ada() -> Guest {
    Guest { name: "Ada Lovelace".into(), table: 7 }
}

#[test]
fn events_are_recorded_in_order_by_every_way_of_sending() {
    let scope = isolate([&GUEST_SEATED]);
    assert_eq!(scope.sent_types(), [""; 0]);
    let metadata = EventsMetadata::new("org.example.recording.menu.brought.v1").with_minorversion(5).unwrap();

    GUEST_SEATED.send_event(ada());
    MENU_BROUGHT.event_ref(&MenuBrought { table: 1 }).send();
    MENU_BROUGHT.event(2).fail_fast().send();
    MENU_BROUGHT.send_event_with_custom_metadata(3, metadata.clone());
    MENU_BROUGHT.event_ref(&MenuBrought { table: 4 }).metadata(&metadata).from_event_bus().send();
    block_on(MENU_BROUGHT.send_event_async(5));
    MENU_BROUGHT.disable();
    MENU_BROUGHT.send_event(6);

    let tables: Vec<_> = scope.sent::<MenuBrought>().iter().map(|menu| menu.table).collect();
    assert_eq!(tables, [7, 1, 2, 3, 4, 5, 6]);
    let [seated, brought] =
        ["org.example.recording.guest.seated.v1", "org.example.recording.menu.brought.v1"];
    assert_eq!(
        scope.sent_types(),
        [seated, brought, brought, brought, brought, brought, brought, brought],
        "an event stands before those that its receivers send"
    );
    let sent = scope.sent::<MenuBrought>();
    assert_eq!((&sent[3].metadata, &sent[4].metadata), (&metadata, &metadata));
    assert_ne!(sent[0].metadata.id(), sent[1].metadata.id());
}

#[test]
fn the_recorded_metadata_is_what_the_receivers_saw() {
    let scope = isolate([&MENU_BROUGHT]);
    let (sender, seen) = std::sync::mpsc::channel();
    let sender = std::sync::Mutex::new(sender);
    let _connection = MENU_BROUGHT.connect("waiter", move |_, context| {
        sender.lock().unwrap().send(context.metadata().clone())?;
        Ok(())
    });

    MENU_BROUGHT.send_event(1);
    block_on(MENU_BROUGHT.send_event_async(2));

    let recorded: Vec<_> = scope.sent::<MenuBrought>().into_iter().map(|sent| sent.metadata).collect();
    assert_eq!(recorded, seen.try_iter().collect::<Vec<_>>());
    assert_eq!(recorded.len(), 2);
}

#[test]
fn failed_assertions_show_what_was_sent_without_personal_data() {
    let scope = isolate([&GUEST_SEATED]);

    let message = panic_of(|| scope.assert_sent::<MenuBrought>(|_| true));
    assert_eq!(
        message,
        "no matching org.example.recording.menu.brought.v1 was sent\nnothing was sent in this scope"
    );

    GUEST_SEATED.send_event(ada());
    scope.assert_sent::<MenuBrought>(|menu| menu.table == 7);
    let message = panic_of(|| scope.assert_sent::<MenuBrought>(|menu| menu.table == 8));
    let (head, rest) = message.split_once('\n').unwrap();
    assert_eq!(head, "no matching org.example.recording.menu.brought.v1 was sent");
    assert!(rest.starts_with("sent in this scope:\n  org.example.recording.guest.seated.v1: GuestSeated {"));
    assert!(rest.ends_with("\n  org.example.recording.menu.brought.v1: MenuBrought { table: 7 }"), "{rest}");
    assert!(rest.contains("table: 7") && !message.contains("Ada"), "{message}");

    let message = panic_of(|| scope.assert_not_sent::<GuestSeated>());
    assert!(message.starts_with("org.example.recording.guest.seated.v1 was sent\nsent in this scope:\n"));
    assert!(!message.contains("Ada"), "{message}");
    let debug = format!("{:?}", scope.sent::<GuestSeated>());
    assert!(debug.contains("table: 7") && !debug.contains("Ada"), "{debug}");

    // A panic inside the test's own closure leaves the scope as it was.
    assert_eq!(panic_of(|| scope.assert_sent::<MenuBrought>(|_| panic!("in the test"))), "in the test");
    assert_eq!(scope.sent::<MenuBrought>().len(), 1);
}

#[test]
fn nothing_is_recorded_before_and_after() {
    MENU_BROUGHT.send_event(1);
    let scope = isolate([&MENU_BROUGHT]);
    scope.assert_not_sent::<MenuBrought>();
    MENU_BROUGHT.send_event(2);
    let sent = scope.sent::<MenuBrought>();
    drop(scope);
    MENU_BROUGHT.send_event(3);

    assert_eq!(sent.iter().map(|sent| sent.table).collect::<Vec<_>>(), [2]);
}
