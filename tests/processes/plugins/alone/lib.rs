//! A plugin that has the library in it.

use dtor::dtor;
use openedx_events::{receiver, signal};

/// The same event as that of the service.
#[signal("org.example.house.bell.rung.v1")]
pub struct BellRung {
    /// How often.
    pub times: i64,
}

#[receiver(BELL_RUNG)]
fn hear(times: i64) {
    println!("alone: {times}");
}

/// When the process ends, as a constructor of ours may come before the registrations.
#[dtor(unsafe)]
fn ends() {
    BELL_RUNG.send_event(BellRung { times: 7 });
    println!("{:?}", openedx_events::check().map(|summary| summary.to_string()));
}
