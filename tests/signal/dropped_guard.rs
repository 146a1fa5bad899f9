//! Connections that are dropped in the statement that makes them.

use std::thread;
use std::time::Duration;

use openedx_events::{Connection, signal, testing};
use openedx_events_tests::{block_on, logs};

const MESSAGE: &str = "a connection was dropped at once, before its closure was ever called: bind it to a name, or call `keep()` on it";

/// The places of the connections that are logged for an event.
fn logged(event_type: &str) -> Vec<String> {
    let of_event = logs::of(event_type).into_iter().filter(|record| record.message == MESSAGE);
    of_event.map(|record| format!("{} at {}", record.field("connection"), record.field("location"))).collect()
}

fn hint(name: &str, line: u32) -> String {
    format!("; `{name}`, connected at {}:{line}:", file!())
}

#[test]
fn a_connection_that_an_underscore_drops_is_named_with_its_place() {
    #[signal("org.example.dropped.window.opened.v1")]
    struct WindowOpened {
        number: i64,
    }

    logs::collect();
    let _ = WINDOW_OPENED.connect("draught", |_, _| Ok(()));
    let line = line!() - 1;
    assert_eq!(logged("org.example.dropped.window.opened.v1"), [""; 0], "nothing is sent yet");

    let responses = WINDOW_OPENED.send_event(1).to_string();
    assert!(responses.contains(&hint("draught", line)), "{responses}");
    assert!(responses.ends_with("bind the `Connection` to a name, or call `keep()` on it"), "{responses}");
    let places = logged("org.example.dropped.window.opened.v1");
    assert!(
        places.len() == 1 && places[0].starts_with(&format!("draught at {}:{line}:", file!())),
        "{places:?}"
    );

    // It is logged once, and said as long as nothing listens.
    let responses = block_on(WINDOW_OPENED.send_event_async(1)).to_string();
    assert!(responses.contains(&hint("draught", line)), "{responses}");
    assert_eq!(logged("org.example.dropped.window.opened.v1").len(), 1);
}

#[test]
fn a_connection_that_ends_with_a_short_function_is_logged_beside_receivers() {
    #[signal("org.example.dropped.door.opened.v1")]
    struct DoorOpened {
        number: i64,
    }

    fn listen() {
        let _connection = DOOR_OPENED.connect("bell", |_, _| Ok(()));
    }

    logs::collect();
    let _other = DOOR_OPENED.connect("light", |_, _| Ok(()));
    listen();
    assert_eq!(DOOR_OPENED.send_event(1).len(), 1);
    assert_eq!(logged("org.example.dropped.door.opened.v1").len(), 1);
}

#[test]
fn in_a_test_scope_as_well() {
    #[signal("org.example.dropped.gate.opened.v1")]
    struct GateOpened {
        number: i64,
    }

    logs::collect();
    let scope = testing::isolate([&GATE_OPENED]);
    let _ = GATE_OPENED.connect("latch", |_, _| Ok(()));
    let line = line!() - 1;
    let responses = GATE_OPENED.send_event(1).to_string();
    assert!(responses.contains(&hint("latch", line)), "{responses}");
    assert_eq!(logged("org.example.dropped.gate.opened.v1").len(), 1);
    drop(scope);
    let responses = GATE_OPENED.send_event(1).to_string();
    assert!(!responses.contains("latch"), "it was the scope's: {responses}");
}

#[signal("org.example.dropped.hatch.opened.v1")]
struct HatchOpened {
    number: i64,
}

/// What right programs do with connections: none of it is logged.
#[test]
fn right_programs_are_left_alone() {
    fn wait_for_smoke(is_ready: bool) -> Option<Connection> {
        let connection = HATCH_OPENED.connect("waiter", |_, _| Ok(()));
        is_ready.then_some(connection)
    }

    logs::collect();
    let connect = || HATCH_OPENED.connect("smoke", |_, _| Ok(()));

    // Disconnected by name.
    connect().disconnect();
    // Called before it is dropped.
    let connection = connect();
    HATCH_OPENED.send_event(1);
    drop(connection);
    // Lived a while in which nothing was sent.
    let connection = connect();
    thread::sleep(Duration::from_millis(20));
    drop(connection);
    // Given up on the way, and made again at the same place.
    assert!(wait_for_smoke(false).is_none());
    let waits = wait_for_smoke(true);
    HATCH_OPENED.send_event(1);
    drop(waits);
    // Dropped by a thread that panics.
    let panicking = thread::spawn(move || {
        let _connection = HATCH_OPENED.connect("panics", |_, _| Ok(()));
        panic!("on purpose");
    });
    assert!(panicking.join().is_err());
    // Never followed by anything.
    let quiet = || QUIET.connect("never", |_, _| Ok(()));
    drop(quiet());

    let responses = HATCH_OPENED.send_event(1).to_string();
    assert!(!responses.contains("connected at"), "{responses}");
    for event_type in ["org.example.dropped.hatch.opened.v1", "org.example.dropped.house.quiet.v1"] {
        assert_eq!(logged(event_type), [""; 0]);
    }
}

#[signal("org.example.dropped.house.quiet.v1", in_process = "it is never sent")]
struct Quiet {
    number: i64,
}

#[test]
fn a_place_that_keeps_its_next_connection_is_forgotten() {
    #[signal("org.example.dropped.lid.opened.v1")]
    struct LidOpened {
        number: i64,
    }

    fn connect() -> Connection {
        LID_OPENED.connect("steam", |_, _| Ok(()))
    }

    logs::collect();
    drop(connect());
    let kept = connect();
    LID_OPENED.send_event(1);
    drop(kept);
    let responses = LID_OPENED.send_event(1).to_string();
    assert!(!responses.contains("steam"), "{responses}");
    assert_eq!(logged("org.example.dropped.lid.opened.v1"), [""; 0]);
}
