//! A plugin that has the library in it.

use ctor::ctor;
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

/// What is loaded has run its constructors without a priority when another library's run; its own come in any order.
#[ctor(unsafe)]
fn loaded() {
    std::thread::spawn(|| {
        BELL_RUNG.send_event(BellRung { times: 7 });
        println!("{:?}", openedx_events::check().map(|summary| summary.to_string()));
    });
}
