//! Sends in a constructor, before anything has registered itself, and later.

use ctor::ctor;
use openedx_events::{check, receiver, signal};

/// Sent when a bell has rung.
#[signal("org.example.house.bell.rung.v1")]
pub struct BellRung {
    /// How often.
    pub times: i64,
}

#[receiver(BELL_RUNG)]
fn hear(times: i64) {
    println!("heard {times}");
}

/// Sent when a door was shut. Only `main` sends it.
#[signal("org.example.house.door.shut.v1")]
pub struct DoorShut {
    /// Which one.
    pub door: i64,
}

#[receiver(DOOR_SHUT)]
fn look(door: i64) {
    println!("saw {door}");
}

/// Before the registrations, which are constructors without a priority.
#[ctor(unsafe, priority = 101)]
fn early() {
    println!("{}", BELL_RUNG.send_event(BellRung { times: 1 }));
    println!("{}", openedx_events::registry_summary());
}

fn main() {
    println!("main");
    if std::env::args().nth(1).as_deref() == Some("check") {
        println!("{:?}", check());
    }
    println!("{}", BELL_RUNG.send_event(BellRung { times: 2 }));
    println!("{}", DOOR_SHUT.send_event(DoorShut { door: 3 }));
    println!("{}", openedx_events::registry_summary());
}
