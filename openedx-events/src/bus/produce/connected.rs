//! The receivers of producers, connected to their signals: [`Connection`].

use std::collections::BTreeMap;
use std::panic::Location;
use std::sync::{Arc, Mutex};

use super::enqueue::Enqueue;
use crate::process::Process;
use crate::signal::any::AnySignal;
use crate::signal::connection::Connected;
use crate::signal::context::Context;
use crate::signal::dispatch::route::Route;
use crate::signal::event::AnyEvent;
use crate::sync;

/// The receiver of a producer, connected to a signal.
///
/// When the last producer of a signal is shut down, another receiver takes its place that fails: an event that is sent later
/// is not produced, and its sender must learn of it. It stays until another producer of the signal starts.
pub(super) struct Connection {
    route: Route,
    connected: Arc<Connected>,
    topics: String,
}

/// What is connected to a signal.
struct Produced {
    /// A process that is forked from it has connections to producers whose threads it does not have.
    process: Process,
    producers: Vec<Arc<Connected>>,
    /// The receiver after the last producer.
    after: Option<Arc<Connected>>,
}

impl Default for Produced {
    fn default() -> Self {
        Self { process: Process::this(), producers: Vec::new(), after: None }
    }
}

/// By event type.
static PRODUCED: Mutex<BTreeMap<&'static str, Produced>> = Mutex::new(BTreeMap::new());

impl Connection {
    pub(super) fn new(signal: &'static dyn AnySignal, enqueue: Enqueue) -> Self {
        let route = signal.route();
        let topics: Vec<_> = enqueue.targets.iter().map(|target| target.topic.as_str().to_owned()).collect();
        let connected = receiver(move |event, context| enqueue.handle(event, context));
        let mut produced = sync::lock(&PRODUCED);
        let produced = produced.entry(signal.event_type()).or_default();
        let inherited =
            if produced.process.is_this() { Vec::new() } else { std::mem::take(produced).producers };
        produced.producers.push(Arc::clone(&connected));
        route.connections.add(&connected, route.gate);
        for before in inherited.iter().chain(&produced.after.take()) {
            route.connections.remove(before, route.gate);
        }
        Self { route, connected, topics: topics.join(", ") }
    }

    /// Disconnects the receiver.
    pub(super) fn close(self) {
        let Self { route, connected, topics } = self;
        let mut produced = sync::lock(&PRODUCED);
        let produced = produced.entry(route.signal.event_type()).or_default();
        produced.producers.retain(|each| !Arc::ptr_eq(each, &connected));
        if produced.producers.is_empty() {
            let error = format!("not produced to {topics}: the producer was shut down");
            let after = receiver(
                move |_, context| {
                    if context.from_event_bus() { Ok(()) } else { Err(error.clone().into()) }
                },
            );
            route.connections.add(&after, route.gate);
            produced.after = Some(after);
        }
        route.connections.remove(&connected, route.gate);
    }
}

fn receiver(
    call: impl Fn(&dyn AnyEvent, &Context<'_>) -> crate::receiver::ReceiverResult + Send + Sync + 'static,
) -> Arc<Connected> {
    Connected::to_bus("openedx_events::bus::EventProducer".into(), Location::caller(), call)
}
