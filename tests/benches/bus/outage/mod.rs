//! One of two receivers of a signal fails for a while, or for some of the events, or for ever: what the other one has of it, and
//! what becomes of the events. With the default settings of a consumer, unless a scenario says otherwise.
//!
//! Each scenario has a topic of its own, and one consumer in this process. Delays are from when publishing began to the run
//! that did the event.

mod receivers;
mod scenario;
mod stage;
mod table;

use std::sync::Arc;

use openedx_events::bus::Backend;
use openedx_events::bus::redis::Redis;
use openedx_events::bus::sqlite::Sqlite;

use self::scenario::Scenario;
use crate::placement::{self, SERVER};
use crate::redis;

/// How soon good events are found among many bad ones is a matter of chance: hence three times.
const SCENARIOS: [Scenario; 6] = [
    scenario::delay,
    scenario::for_ever,
    scenario::poison,
    scenario::poison,
    scenario::poison,
    scenario::backlog,
];

pub(crate) fn measure() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = redis::start();
    let mut buses: Vec<(&str, Arc<dyn Backend>)> = Vec::new();
    if let Some(server) = &server {
        placement::pin(redis::process(server), SERVER);
        buses.push(("Redis", Arc::new(Redis::open(&server.url()).expect("an address"))));
    }
    buses.push(("a file", Arc::new(Sqlite::open(folder.path().join("outage")).expect("a file"))));
    table::head();
    let mut details = Vec::new();
    for scenario in SCENARIOS {
        for (name, backend) in &buses {
            details.extend(scenario(name, backend));
        }
    }
    println!("\n| of it | | target | |\n|---|---:|---|---|");
    for detail in details {
        println!("| {detail} |");
    }
}
