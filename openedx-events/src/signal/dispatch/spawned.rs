//! The async receivers that `send_event` spawned, and how they ended: [`Spawned`].

use std::future::Future;
use std::sync::Arc;

use super::payload::SharedEvent;
use super::route::Task;
use super::run::Contained;
use super::runtime::{self, End};
use super::tracker;
use crate::chain::Chain;
use crate::metadata::EventsMetadata;
use crate::receiver::ReceiverInfo;
use crate::receiver::error::ReceiverError;
use crate::signal::any::AnySignal;
use crate::signal::context::Context;
use crate::signal::scope::{self, ScopeHandle};
use crate::unheard;

/// What the spawned receivers of one send share.
pub(super) struct Spawned {
    pub(super) event: SharedEvent,
    pub(super) metadata: EventsMetadata,
    pub(super) signal: &'static dyn AnySignal,
    pub(super) from_event_bus: bool,
    pub(super) scope: Option<ScopeHandle>,
}

impl Spawned {
    /// Runs one receiver inside the scope that it was spawned from.
    pub(super) fn run(self: Arc<Self>, task: Task) -> impl Future<Output = ()> + Send {
        let scope = self.scope.clone();
        // Made outside of the future: a runtime that shuts down may drop the receiver before its first poll.
        let mut ending = Ending { spawned: Arc::clone(&self), receiver: task.receiver, end: End::Dropped };
        let counted = runtime::track(scope.as_ref().map(ScopeHandle::spawned));
        let running = async move {
            let context = Context {
                metadata: &self.metadata,
                signal: self.signal,
                from_event_bus: self.from_event_bus,
                traceparent: None,
                scope: self.scope.as_ref(),
                waits: None,
            };
            let receiver = task.start(&*self.event, &context);
            let result = Contained::new(receiver, self.signal.event_type(), task.receiver).await;
            ending.finish(result);
        };
        // Those who wait for it see its outcome.
        scope::instrumented(scope, tracker::inside(running, counted))
    }
}

/// Counts and logs how a spawned receiver ended, also if its runtime drops it.
struct Ending {
    spawned: Arc<Spawned>,
    receiver: &'static ReceiverInfo,
    end: End,
}

impl Ending {
    fn finish(&mut self, result: Result<(), ReceiverError>) {
        let Err(mut error) = result else {
            self.end = End::Completed;
            return;
        };
        self.end = if matches!(error, ReceiverError::Panicked(_)) { End::Panicked } else { End::Failed };
        let event_type = self.spawned.signal.event_type();
        tracing::error!(
            event_type,
            event_id = %self.spawned.metadata.id(),
            receiver = %self.receiver,
            error = %Chain(&error),
            "spawned receiver failed"
        );
        unheard::failure(format_args!(
            "the receiver {} of {event_type} failed: {}",
            self.receiver,
            Chain(&error)
        ));
        if let Some(scope) = &self.spawned.scope {
            scope.keep_failure(event_type, self.receiver, Chain(&error));
        }
        error.discard_of(event_type, self.receiver);
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.end.count();
        if !matches!(self.end, End::Dropped) {
            return;
        }
        let event_type = self.spawned.signal.event_type();
        tracing::error!(
            event_type,
            event_id = %self.spawned.metadata.id(),
            receiver = %self.receiver,
            "spawned receiver dropped before it ended: its runtime was shut down; await `openedx_events::drain()` \
             first"
        );
        if let Some(scope) = &self.spawned.scope {
            scope.keep_failure(
                event_type,
                self.receiver,
                "dropped before it ended: its runtime was shut down",
            );
        }
    }
}
