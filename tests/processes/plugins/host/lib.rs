//! A service that loads plugins.

pub use openedx_events;
use openedx_events::{receiver, signal};

/// Sent when a bell has rung.
#[signal("org.example.house.bell.rung.v1")]
pub struct BellRung {
    /// How often.
    pub times: i64,
}

#[receiver(BELL_RUNG)]
fn hear(times: i64) {
    println!("host: {times}");
}

/// Sent when a door was shut. The service has no receiver of it.
#[signal("org.example.house.door.shut.v1")]
pub struct DoorShut {
    /// Which one.
    pub door: i64,
}

/// Sends both.
pub fn send(number: i64) {
    println!("{}", BELL_RUNG.send_event(BellRung { times: number }));
    println!("{}", DOOR_SHUT.send_event(DoorShut { door: number }));
}
