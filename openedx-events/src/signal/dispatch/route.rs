//! Every other path from a signal to its receivers, compiled once for all events: [`Route`].

use std::borrow::Cow;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Poll, ready};

use futures_util::FutureExt as _;
use futures_util::future::{join, join_all};
use tracing::Instrument as _;
use tracing::span::EnteredSpan;

use super::nesting::{self, Nested, Refused};
use super::payload::SharedEvent;
use super::plan::AnyPlan;
use super::run::{Contained, Run};
use super::runtime;
use super::spawned::Spawned;
use super::trace;
use super::waits::Waits;
use crate::chain::Chain;
use crate::metadata::EventsMetadata;
use crate::receiver::error::ReceiverError;
use crate::receiver::{ReceiverFuture, ReceiverInfo, ReceiverResult};
use crate::signal::any::AnySignal;
use crate::signal::connection::{ConnectedList, Connections};
use crate::signal::context::Context;
use crate::signal::dropped_guard::DroppedConnections;
use crate::signal::event::AnyEvent;
use crate::signal::gate;
use crate::signal::gate::Gate;
use crate::signal::registry;
use crate::signal::responses::{Receivers, Responses, log_failure};
use crate::signal::scope::{self, ScopeHandle};
use crate::signal::send::{SendOptions, Stamp};
use crate::signal::undelivered::Undelivered;

/// What a send needs to know of a signal. Opaque, so that the trait method that returns it names no private type.
#[derive(Clone, Copy)]
pub struct Route {
    pub(crate) signal: &'static dyn AnySignal,
    pub(crate) gate: &'static Gate,
    pub(crate) plan: &'static dyn AnyPlan,
    pub(crate) connections: &'static Connections,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.signal.fmt(f)
    }
}

impl Route {
    /// Calls the sync receivers.
    pub(super) fn deliver<'a>(
        self,
        event: &dyn AnyEvent,
        options: SendOptions<'a>,
        scope: Option<&'a ScopeHandle>,
        made: &'a mut Option<EventsMetadata>,
    ) -> Result<Delivered<'a>, Refused> {
        let lineup = self.line_up(scope)?;
        let nested = nesting::enter(self.signal)?;
        let metadata = options.stamp.metadata(self.signal.info(), made);
        let context = self.context(metadata, options.from_event_bus, scope);
        let span = trace::send(self.signal, metadata).entered();
        let mut run = Run::new(options.fail_fast);
        lineup.call_sync(&mut run, event, &context, &nested);
        Ok(Delivered { lineup, run, context, span, _nested: nested })
    }

    /// The responses of a send that reached no receiver.
    pub(super) fn undelivered(self, refused: Refused) -> Responses {
        let event_type = self.signal.event_type();
        match refused {
            Refused::TooDeep(circle) => Responses::too_deep(event_type, circle),
            Refused::Undelivered(Undelivered::DuplicateType) => {
                let places = registry::get().places_of_duplicate(event_type).unwrap_or_default();
                Responses::duplicate(event_type, places)
            }
            Refused::Undelivered(reason) => Responses::undelivered(event_type, reason),
        }
    }

    /// Sends inside a test scope, which records the event.
    pub(super) fn deliver_in(
        self,
        scope: &ScopeHandle,
        event: &SharedEvent,
        options: SendOptions<'_>,
    ) -> Responses {
        let mut made = None;
        let metadata = options.stamp.metadata(self.signal.info(), &mut made);
        scope.record(event.clone(), metadata.clone());
        let options = SendOptions { stamp: Stamp::Custom(metadata), ..options };
        let responses = match self.deliver(&**event, options, Some(scope), &mut None) {
            Ok(delivered) => delivered.spawn(event),
            Err(refused) => self.undelivered(refused),
        };
        scope.keep_failures(&responses);
        responses
    }

    pub(super) async fn deliver_async(
        self,
        event: SharedEvent,
        options: SendOptions<'_>,
        lineup: Result<Lineup, Undelivered>,
        scope: Option<ScopeHandle>,
    ) -> Responses {
        let event_type = self.signal.event_type();
        let mut made = None;
        let metadata = options.stamp.metadata(self.signal.info(), &mut made);
        if let Some(scope) = &scope {
            scope.record(event.clone(), metadata.clone());
        }
        let lineup = match lineup {
            Ok(lineup) => lineup,
            Err(reason) => return self.undelivered(reason.into()),
        };
        let nested = match nesting::enter(self.signal) {
            Ok(nested) => nested,
            Err(refused) => {
                let responses = self.undelivered(refused);
                if let Some(scope) = &scope {
                    scope.keep_failures(&responses);
                }
                return responses;
            }
        };
        let waits = Waits::default();
        let context = self.context(metadata, options.from_event_bus, scope.as_ref());
        let context = Context { waits: Some(&waits), ..context };
        let span = trace::send(self.signal, metadata);
        let (tasks, responses) = span.in_scope(|| {
            let mut run = Run::new(options.fail_fast);
            lineup.call_sync(&mut run, &*event, &context, &nested);
            let tasks: Vec<_> = if run.is_stopped() { Vec::new() } else { lineup.tasks().collect() };
            // Failures are logged, and kept by the scope, as they happen: the caller may drop the future.
            (tasks, Responses::new(event_type, lineup.into_receivers(), run, false))
        });
        if let Some(scope) = &scope {
            scope.keep_failures(&responses);
        }
        // From here on each poll of an async receiver is counted.
        drop(nested);
        let started = waits.take();
        if tasks.is_empty() && started.is_empty() {
            trace::ended(&span, &responses);
            return responses;
        }
        let fail = |receiver: &ReceiverInfo, error: &ReceiverError| {
            log_failure(event_type, receiver, error);
            if let Some(scope) = &scope {
                scope.keep_failure(event_type, receiver, Chain(error));
            }
        };
        let awaited = tasks.iter().map(|task| {
            let mut receiver = Contained::new(task.start(&*event, &context), event_type, task.receiver);
            poll_fn(move |waker| {
                // Until the failure is logged: whatever takes the log may send.
                let _nested = nesting::enter_poll(event_type, task.receiver);
                let result = ready!(receiver.poll_unpin(waker));
                Poll::Ready(result.inspect_err(|error| fail(task.receiver, error)))
            })
        });
        let ended = started.into_iter().map(|(receiver, wait)| async move { (receiver, wait.await) });
        // It stays inside the scope that it started in, even if it is polled elsewhere from now on.
        let both = join(join_all(awaited), join_all(ended));
        let both = scope::instrumented(scope.clone(), both).instrument(span.clone());
        let (results, ended) = both.await;
        let mut responses = responses.and(results);
        for (receiver, result) in ended {
            if let Err(error) = result {
                span.in_scope(|| responses.fail(receiver, ReceiverError::Failed(error), fail));
            }
        }
        trace::ended(&span, &responses);
        responses
    }

    /// The connections that were dropped at once, to the program or to the test scope here.
    pub(crate) fn dropped_connections(self) -> DroppedConnections {
        match scope::current() {
            Some(scope) => scope.dropped_connections(self.signal.event_id()),
            None => self.connections.dropped_connections(),
        }
    }

    /// The closures that are connected, in their order.
    pub(crate) fn connected(self) -> ConnectedList {
        self.connections.load(self.gate)
    }

    /// The receivers that a send calls: those of the program, or those of the scope.
    pub(super) fn line_up(self, scope: Option<&ScopeHandle>) -> Result<Lineup, Undelivered> {
        let (bits, receivers, sync) = (self.gate.bits(), self.plan.receivers(), self.plan.sync());
        let Some(scope) = scope else {
            if bits & gate::DROPPED != 0 {
                self.connections.log_dropped(self.signal.event_type(), self.gate);
            }
            let connected = self.connected();
            let lineup = Lineup {
                plan: self.plan,
                registered: Cow::Borrowed(receivers),
                sync,
                chosen: None,
                connected,
            };
            return match gate::refusal(bits) {
                Some(reason) => Err(reason),
                // The last closure was disconnected after the gate was read.
                None if lineup.is_empty() => Err(Undelivered::NoReceivers),
                None => Ok(lineup),
            };
        };
        let event = self.signal.event_id();
        scope.log_dropped(self.signal.event_type(), event);
        if let Some(reason) = gate::duplicate(bits).or_else(|| scope.refusal(event)) {
            return Err(reason);
        }
        let chosen: Vec<_> =
            (0..receivers.len()).filter(|receiver| scope.has_receiver(receivers[*receiver])).collect();
        let lineup = Lineup {
            plan: self.plan,
            registered: chosen.iter().map(|receiver| receivers[*receiver]).collect(),
            sync: chosen.partition_point(|receiver| *receiver < sync),
            chosen: Some(chosen),
            connected: scope.connected(event),
        };
        if lineup.is_empty() { Err(Undelivered::NoReceivers) } else { Ok(lineup) }
    }

    /// The context of one event.
    pub(crate) fn context<'a>(
        self,
        metadata: &'a EventsMetadata,
        from_event_bus: bool,
        scope: Option<&'a ScopeHandle>,
    ) -> Context<'a> {
        Context { metadata, signal: self.signal, from_event_bus, traceparent: None, scope, waits: None }
    }
}

/// The receivers of one send.
pub(super) struct Lineup {
    plan: &'static dyn AnyPlan,
    /// The sync ones, then the async ones.
    registered: Cow<'static, [&'static ReceiverInfo]>,
    /// The number of sync ones.
    sync: usize,
    /// Their indices in the plan; `None` if they are all of it.
    chosen: Option<Vec<usize>>,
    connected: ConnectedList,
}

/// An async receiver of one send.
#[derive(Clone, Copy)]
pub(super) struct Task {
    plan: &'static dyn AnyPlan,
    /// Its index in the plan.
    index: usize,
    pub(super) receiver: &'static ReceiverInfo,
}

impl Task {
    pub(super) fn start<'a>(&self, event: &'a dyn AnyEvent, context: &'a Context<'a>) -> ReceiverFuture<'a> {
        self.plan.start(self.index, event, context)
    }
}

impl Lineup {
    fn is_empty(&self) -> bool {
        self.registered.is_empty() && self.connected.is_none()
    }

    /// The index in the plan of one of `registered`.
    fn in_plan(&self, index: usize) -> usize {
        self.chosen.as_ref().map_or(index, |chosen| chosen[index])
    }

    fn call_sync(&self, run: &mut Run, event: &dyn AnyEvent, context: &Context<'_>, nested: &Nested) {
        run.call_each(self.sync, |index| -> ReceiverResult {
            nested.call(self.registered[index]);
            self.plan.call(self.in_plan(index), event, context)
        });
        if let Some(connected) = self.connected.as_deref() {
            run.call_each(connected.len(), |index| {
                if let Some(waits) = context.waits {
                    waits.set_receiver(self.sync + index);
                }
                nested.call(&connected[index].info);
                connected[index].call(event, context)
            });
        }
    }

    /// The async ones, in order.
    fn tasks(&self) -> impl Iterator<Item = Task> {
        (self.sync..self.registered.len()).map(|index| Task {
            plan: self.plan,
            index: self.in_plan(index),
            receiver: self.registered[index],
        })
    }

    fn into_receivers(self) -> Receivers {
        Receivers { registered: self.registered, sync: self.sync, connected: Some(self.connected) }
    }
}

/// A send whose sync receivers have run.
pub(super) struct Delivered<'a> {
    lineup: Lineup,
    run: Run,
    context: Context<'a>,
    /// Async receivers are spawned inside it.
    span: EnteredSpan,
    /// Until the failures are logged: whatever takes the log may send.
    _nested: Nested,
}

impl Delivered<'_> {
    /// Whether there is no async receiver to start.
    pub(super) fn is_complete(&self) -> bool {
        self.lineup.sync == self.lineup.registered.len() || self.run.is_stopped()
    }

    pub(super) fn into_responses(self) -> Responses {
        let event_type = self.context.signal.event_type();
        let responses = Responses::new(event_type, self.lineup.into_receivers(), self.run, true);
        trace::ended(&self.span, &responses);
        responses
    }

    /// Spawns the async receivers. Without a runtime each of them has failed.
    pub(super) fn spawn(mut self, event: &SharedEvent) -> Responses {
        if self.is_complete() {
            return self.into_responses();
        }
        if !runtime::is_available() {
            return self.not_spawned(|| ReceiverError::NoRuntime);
        }
        let Context { metadata, signal, from_event_bus, scope, .. } = self.context;
        let (metadata, scope) = (metadata.clone(), scope.cloned());
        // Counts as running as well: the first receiver may drain before the last one is spawned, and has to wait for it.
        let _spawning = runtime::track(scope.as_ref().map(ScopeHandle::spawned));
        let spawned = Arc::new(Spawned { event: event.clone(), metadata, signal, from_event_bus, scope });
        for task in self.lineup.tasks() {
            runtime::spawn(Arc::clone(&spawned).run(task).in_current_span());
            self.run.push(Ok(()));
        }
        self.into_responses()
    }

    /// Instead of [`spawn`](Self::spawn), if there is no event for the async receivers.
    #[cold]
    pub(super) fn not_cloned(self, message: &str) -> Responses {
        self.not_spawned(|| ReceiverError::Panicked(format!("cloning the event: {message}").into()))
    }

    fn not_spawned(mut self, why: impl Fn() -> ReceiverError) -> Responses {
        for _ in self.lineup.tasks() {
            self.run.push(Err(why()));
        }
        self.into_responses()
    }
}
