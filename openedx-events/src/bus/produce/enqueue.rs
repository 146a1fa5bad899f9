//! The receiver that puts the events of a signal into the queues of their topics: [`Enqueue`].

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::oneshot;

use super::overflow::Overflow;
use super::queue::{PushError, Queue, Waiting};
use super::sender::Counts;
use super::trace_source;
use crate::bus::message::Message;
use crate::bus::message::key_path::KeyPath;
use crate::bus::message::topic::Topic;
use crate::bus::observe::{Observers, PlaceId, ProducedTopic};
use crate::process::Process;
use crate::receiver::ReceiverResult;
use crate::signal::context::Context;
use crate::signal::dispatch::waits::Waits;
use crate::signal::event::AnyEvent;

/// A topic that an event is produced to.
pub(super) struct Target {
    pub(super) topic: Topic,
    pub(super) queue: Arc<Queue>,
    pub(super) place: PlaceId,
    pub(super) key: KeyPath,
}

/// The receiver that puts the events of one signal into the queues of their topics.
pub(super) struct Enqueue {
    pub(super) targets: Vec<Target>,
    pub(super) overflow: Overflow,
    pub(super) counts: Arc<Counts>,
    /// The messaging system of the bus.
    pub(super) system: &'static str,
    pub(super) observers: Observers,
    /// The process of the threads that publish.
    pub(super) process: Process,
}

impl Enqueue {
    /// Every topic is tried, even if the one before has failed.
    pub(super) fn handle(&self, event: &dyn AnyEvent, context: &Context<'_>) -> ReceiverResult {
        if context.from_event_bus() {
            return Ok(());
        }
        // Before any lock: one that was held at the fork is never given back here.
        if !self.process.is_this() {
            let topics: Vec<_> = self.targets.iter().map(|target| target.topic.as_str()).collect();
            let (topics, why) = (topics.join(", "), Process::without_threads("producer"));
            return Err(format!("not produced to {topics}: {why}").into());
        }
        let traceparent = trace_source::current();
        let mut failed = Vec::new();
        for Target { topic, queue, place, key } in &self.targets {
            let message = Message::with_traceparent(event, context.metadata(), key.of(event), traceparent)?;
            let published = context.waits.map(|waits| wait_for(waits, topic));
            let Err(error) = queue.push(message, published, &self.overflow) else {
                let to = ProducedTopic { system: self.system, topic, id: *place };
                self.observers.tell(|observer| observer.sent(&to));
                continue;
            };
            self.counts.refused.fetch_add(1, Ordering::Relaxed);
            failed.push(match error {
                PushError::Spill(error) => format!("{topic}: the queue is full, and {error}"),
                PushError::Full => format!("{topic}: the queue is full"),
                PushError::Closed => format!("{topic}: the producer was shut down"),
            });
        }
        if failed.is_empty() { Ok(()) } else { Err(format!("not produced to {}", failed.join(", ")).into()) }
    }
}

/// Makes an awaited send wait until its message is published.
fn wait_for(waits: &Waits, topic: &Topic) -> Waiting {
    let (sender, published): (Waiting, _) = oneshot::channel();
    let topic = topic.clone();
    waits.push(Box::pin(async move {
        match published.await {
            Ok(outcome) => outcome.map_err(|reason| format!("not published to {topic}: {reason}").into()),
            Err(_) => Err(format!(
                "unknown whether the event was published to {topic}: the producer was shut down before"
            )
            .into()),
        }
    }));
    sender
}
