//! The receivers of producers, connected to their signals: [`Connection`].

use std::collections::BTreeMap;
use std::panic::Location;
use std::sync::{Arc, Mutex};

use super::enqueue::Enqueue;
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
#[derive(Default)]
struct Produced {
    /// The number of producers.
    producers: usize,
    /// The receiver after the last producer.
    after: Option<Arc<Connected>>,
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
        produced.producers += 1;
        route.connections.add(&connected, route.gate);
        if let Some(after) = produced.after.take() {
            route.connections.remove(&after, route.gate);
        }
        Self { route, connected, topics: topics.join(", ") }
    }

    /// Disconnects the receiver.
    pub(super) fn close(self) {
        let Self { route, connected, topics } = self;
        let mut produced = sync::lock(&PRODUCED);
        let produced = produced.entry(route.signal.event_type()).or_default();
        produced.producers = produced.producers.saturating_sub(1);
        if produced.producers == 0 {
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
