//! Sends where few programs do, and prints what comes of it.

use std::io::{self, Write};

use fork::{Fork, fork};
use openedx_events::{EventsMetadata, receiver, signal};
use tracing::span;
use tracing::{Event, Metadata, Subscriber};

/// Sent when a bell has rung.
#[signal("org.example.house.bell.rung.v1")]
#[derive(Clone)]
pub struct BellRung {
    /// How often.
    pub times: i64,
}

/// Prints the id of the event, in one write: other processes print at the same time.
#[receiver(BELL_RUNG)]
fn hear(event: &BellRung, metadata: &EventsMetadata) {
    let line = format!("{} {}\n", event.times, metadata.id());
    io::stdout().write_all(line.as_bytes()).expect("stdout");
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("fork") => forks(),
        Some("layer") => logs(),
        other => panic!("{other:?}"),
    }
}

/// A pre-fork server: it has sent before, and each of its processes sends.
fn forks() {
    BELL_RUNG.send_event(BellRung { times: 0 });
    let mut children = Vec::new();
    for _ in 0..8 {
        match fork().expect("a process") {
            Fork::Parent(child) => children.push(child),
            Fork::Child => {
                for times in 1..=3 {
                    BELL_RUNG.send_event(BellRung { times });
                }
                std::process::exit(0);
            }
        }
    }
    for child in children {
        fork::waitpid(child).expect("it has ended");
    }
    BELL_RUNG.send_event(BellRung { times: 1 });
}

/// Sends an event for each warning.
struct Bell;

impl Subscriber for Bell {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == tracing::Level::WARN
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, _: &Event<'_>) {
        BELL_RUNG.send_event(BellRung { times: 2 });
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// No service name is set, which is warned of at the first send.
fn logs() {
    tracing::subscriber::set_global_default(Bell).expect("the first one");
    BELL_RUNG.send_event(BellRung { times: 1 });
}
