//! A plugin.

use openedx_events::receiver;
use plugins_host::{BELL_RUNG, DOOR_SHUT};

#[receiver(BELL_RUNG)]
fn hear(times: i64) {
    println!("plugin: {times}");
}

#[receiver(DOOR_SHUT)]
fn look(door: i64) {
    println!("plugin: {door}");
}
