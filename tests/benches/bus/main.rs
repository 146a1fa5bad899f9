//! What the event bus costs, beside the same by hand, in one run: on Redis the plain loops of the `redis` crate, in a file
//! the same statements with rusqlite.
//!
//! ```sh
//! cargo bench -p openedx-events-tests --bench bus
//! cargo bench -p openedx-events-tests --bench bus -- redis latency metrics sqlite resident
//! cargo bench -p openedx-events-tests --bench bus -- outage
//! ```
//!
//! The redis-server is the bench's own, on loopback, without persistence. Where it runs decides more than the code does, so
//! it is pinned to a core, and this program to another one; `taskset` is needed for that. `same-core` measures the other
//! placement as well. `outage` takes some minutes. With upstream's package in the virtual environment of the interoperability tests (see
//! `tests/run.sh`), its producer and consumer are measured beside.

mod bare_socket;
mod events;
mod latency;
mod metrics;
mod outage;
mod parked;
mod placement;
mod python;
mod race;
mod raw;
mod received;
mod redis;
mod resident;
mod sqlite;

use placement::{CLIENT, SERVER};

const PARTS: [&str; 7] = ["redis", SAME_CORE, "latency", "metrics", "sqlite", "resident", OUTAGE];
/// Left out unless they are asked for.
const EXTRA: [&str; 2] = [SAME_CORE, OUTAGE];
const SAME_CORE: &str = "same-core";
const OUTAGE: &str = "outage";

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [first, path] = &arguments[..]
        && first == resident::CHILD
    {
        return resident::child(path);
    }
    if let [first, case] = &arguments[..]
        && first == metrics::CHILD
    {
        return metrics::child(case);
    }
    for argument in &arguments {
        assert!(PARTS.contains(&&**argument), "`{argument}` is none of {PARTS:?}");
    }
    let wants = |part: &str| {
        arguments.iter().any(|argument| argument == part) || (arguments.is_empty() && !EXTRA.contains(&part))
    };
    placement::pin(std::process::id(), CLIENT);
    if ["redis", "latency", "metrics", SAME_CORE].into_iter().any(wants) {
        on_redis(wants);
    }
    if wants("sqlite") {
        sqlite::measure();
    }
    if wants("resident") {
        resident::measure();
    }
    if wants(OUTAGE) {
        outage::measure();
    }
}

fn on_redis(wants: impl Fn(&str) -> bool) {
    let Some(server) = redis::start() else { return };
    for (part, core, place) in [("redis", SERVER, "two cores"), (SAME_CORE, CLIENT, "one core")] {
        if wants(part) {
            placement::pin(redis::process(&server), core);
            redis::measure(&server, place);
        }
    }
    if wants("latency") {
        placement::pin(redis::process(&server), SERVER);
        latency::measure(&server);
    }
    if wants("metrics") {
        placement::pin(redis::process(&server), SERVER);
        metrics::measure(&server);
    }
}
