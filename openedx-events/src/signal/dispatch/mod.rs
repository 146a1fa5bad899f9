//! The way of an event from its signal to the receivers.
//!
//! The shortest way is compiled for each event; all others once, for events whose type is known at run time.

pub(crate) mod plan;
pub(crate) mod run;
pub(crate) mod runtime;
pub(crate) mod waits;

use std::borrow::Cow;
use std::future::Future;
use std::sync::Arc;

use futures_util::future::{join, join_all};

use self::runtime::{End, Running};
use super::connection::{ConnectedList, Connections};
use super::context::Context;
use super::event::{AnyEvent, Event};
use super::gate;
use super::gate::Gate;
use super::responses::{Chain, Failure, ReceiverError, Receivers, Responses, Undelivered, log_failure};
use super::scope::{self, ScopeHandle};
use super::sending::{Payload, Sending, Stamp};
use super::typed::{AnySignal, Signal};
use crate::metadata::EventsMetadata;
use crate::receiver::{ReceiverFuture, ReceiverInfo, ReceiverResult};
use plan::{AnyPlan, Plan};
use run::{Run, call_all, contained};
use waits::Waits;

impl<E: Event> Signal<E> {
    /// Sends an event, whatever the state of the signal.
    ///
    /// The two common cases are inline: nothing but registered sync receivers, and nobody at all.
    #[inline]
    pub(crate) fn dispatch(&'static self, payload: impl Payload<E>, sending: Sending<'_>) -> Responses {
        if scope::any_scope() {
            return self.dispatch_slowly(payload, sending);
        }
        let bits = self.gate.bits();
        if let (0, Some(plan)) = (bits, self.plan.get()) {
            let mut made = None;
            let metadata = sending.stamp.metadata(E::INFO, &mut made);
            let context = Context {
                metadata,
                signal: self,
                from_event_bus: sending.from_event_bus,
                scope: None,
                waits: None,
            };
            return plan.call_all(payload.event(), &context, sending.fail_fast);
        }
        match gate::refusal(bits) {
            Some(reason) => Responses::undelivered(E::INFO.event_type, reason),
            None => self.dispatch_slowly(payload, sending),
        }
    }

    /// The first sending of all, connected closures, async receivers and test scopes.
    #[inline(never)]
    fn dispatch_slowly(&'static self, payload: impl Payload<E>, sending: Sending<'_>) -> Responses {
        let route = self.route();
        if let Some(scope) = scope::current() {
            return route.deliver_in(&scope, payload.into_shared(), sending);
        }
        let mut made = None;
        match route.deliver(payload.event(), sending, None, &mut made) {
            Ok(delivered) if delivered.is_complete() => delivered.into_responses(),
            Ok(delivered) => delivered.spawn(payload.into_shared()),
            Err(reason) => Responses::undelivered(E::INFO.event_type, reason),
        }
    }

    /// Calls the sync receivers and awaits the async ones, all at once.
    pub(crate) async fn dispatch_async(&'static self, event: E, sending: Sending<'_>) -> Responses {
        let (route, scope) = (self.route(), scope::current());
        // Whoever has no listeners pays for no more than to know it.
        match (route.line_up(scope.as_ref()), scope) {
            (Err(reason), None) => Responses::undelivered(E::INFO.event_type, reason),
            (lineup, scope) => route.deliver_async(Arc::new(event), sending, lineup, scope).await,
        }
    }
}

impl<E: Event> Plan<E> {
    /// Calls the sync receivers, which are all that there are.
    #[inline]
    fn call_all(&'static self, event: &E, context: &Context<'_>, fail_fast: bool) -> Responses {
        match call_all(&self.calls, |call| call.call(event, context)) {
            Ok(()) => Responses::completed(E::INFO.event_type, self.receivers),
            Err(failure) => go_on(failure, fail_fast, E::INFO.event_type, self, event, context),
        }
    }
}

/// Calls those after the first that failed.
#[cold]
fn go_on(
    failure: Failure,
    fail_fast: bool,
    event_type: &'static str,
    plan: &'static dyn AnyPlan,
    event: &dyn AnyEvent,
    context: &Context<'_>,
) -> Responses {
    let mut run = Run::after(failure, fail_fast);
    let (first, receivers) = (run.reached, plan.receivers());
    run.call_each(receivers.len() - first, |index| plan.call(first + index, event, context));
    let receivers =
        Receivers { registered: Cow::Borrowed(receivers), sync: receivers.len(), connected: None };
    Responses::new(event_type, receivers, run, false)
}

/// What lies between a signal and its receivers. Opaque, so that the trait method that gives it names nothing private.
#[doc(hidden)]
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
    fn deliver<'a>(
        self,
        event: &dyn AnyEvent,
        sending: Sending<'a>,
        scope: Option<&'a ScopeHandle>,
        made: &'a mut Option<EventsMetadata>,
    ) -> Result<Delivered<'a>, Undelivered> {
        let lineup = self.line_up(scope)?;
        let metadata = sending.stamp.metadata(self.signal.info(), made);
        let context = self.context(metadata, sending.from_event_bus, scope);
        let mut run = Run::new(sending.fail_fast);
        lineup.call_sync(&mut run, event, &context);
        Ok(Delivered { lineup, run, context })
    }

    /// Sends inside a test scope, which records the event.
    fn deliver_in(self, scope: &ScopeHandle, event: Arc<dyn AnyEvent>, sending: Sending<'_>) -> Responses {
        let mut made = None;
        let metadata = sending.stamp.metadata(self.signal.info(), &mut made);
        scope.record(Arc::clone(&event), metadata.clone());
        let sending = Sending { stamp: Stamp::Given(metadata), ..sending };
        let responses = match self.deliver(&*event, sending, Some(scope), &mut None) {
            Ok(delivered) => delivered.spawn(event),
            Err(reason) => Responses::undelivered(self.signal.event_type(), reason),
        };
        scope.keep_failures(&responses);
        responses
    }

    async fn deliver_async(
        self,
        event: Arc<dyn AnyEvent>,
        sending: Sending<'_>,
        lineup: Result<Lineup, Undelivered>,
        scope: Option<ScopeHandle>,
    ) -> Responses {
        let event_type = self.signal.event_type();
        let mut made = None;
        let metadata = sending.stamp.metadata(self.signal.info(), &mut made);
        if let Some(scope) = &scope {
            scope.record(Arc::clone(&event), metadata.clone());
        }
        let lineup = match lineup {
            Ok(lineup) => lineup,
            Err(reason) => return Responses::undelivered(event_type, reason),
        };
        let waits = Waits::default();
        let context = self.context(metadata, sending.from_event_bus, scope.as_ref());
        let context = Context { waits: Some(&waits), ..context };
        let mut run = Run::new(sending.fail_fast);
        lineup.call_sync(&mut run, &*event, &context);
        let tasks: Vec<_> = if run.is_stopped() { Vec::new() } else { lineup.tasks().collect() };
        // Failures are logged, and kept by the scope, when they happen: whoever waits may lose patience and drop this.
        let responses = Responses::new(event_type, lineup.into_receivers(), run, false);
        if let Some(scope) = &scope {
            scope.keep_failures(&responses);
        }
        let begun = waits.take();
        if tasks.is_empty() && begun.is_empty() {
            return responses;
        }
        let fail = |receiver: &ReceiverInfo, error: &ReceiverError| {
            log_failure(event_type, receiver, error);
            if let Some(scope) = &scope {
                scope.keep_failure(event_type, receiver, Chain(error));
            }
        };
        let awaited = tasks.iter().map(|task| {
            let (context, event) = (&context, &*event);
            async move {
                let result = contained(task.start(event, context)).await;
                result.inspect_err(|error| fail(task.receiver, error))
            }
        });
        let ended = begun.into_iter().map(|(receiver, wait)| async move { (receiver, wait.await) });
        // Also if it is polled elsewhere from now on, it stays inside the scope that it began in.
        let both = join(join_all(awaited), join_all(ended));
        let (results, ended) = scope::instrumented(scope.clone(), both).await;
        let mut responses = responses.and(results);
        for (receiver, result) in ended {
            if let Err(error) = result {
                responses.fail(receiver, ReceiverError::Failed(error), fail);
            }
        }
        responses
    }

    /// Who is to be called by a sending: the program's receivers, or those of the scope.
    fn line_up(self, scope: Option<&ScopeHandle>) -> Result<Lineup, Undelivered> {
        let (bits, receivers, sync) = (self.gate.bits(), self.plan.receivers(), self.plan.sync());
        let Some(scope) = scope else {
            let connected = self.connections.load();
            let lineup = Lineup {
                plan: self.plan,
                registered: Cow::Borrowed(receivers),
                sync,
                chosen: None,
                connected,
            };
            return match gate::refusal(bits) {
                Some(reason) => Err(reason),
                // The last one has disconnected since the gate was read.
                None if lineup.is_empty() => Err(Undelivered::NoReceivers),
                None => Ok(lineup),
            };
        };
        let event = self.signal.event_id();
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

    /// What the receivers of one event are told beside it.
    pub(crate) fn context<'a>(
        self,
        metadata: &'a EventsMetadata,
        from_event_bus: bool,
        scope: Option<&'a ScopeHandle>,
    ) -> Context<'a> {
        Context { metadata, signal: self.signal, from_event_bus, scope, waits: None }
    }
}

/// The receivers of one sending.
struct Lineup {
    plan: &'static dyn AnyPlan,
    /// Name and place of the sync ones, then of the async ones.
    registered: Cow<'static, [&'static ReceiverInfo]>,
    /// How many of them are sync.
    sync: usize,
    /// Their numbers in the plan; `None` if they are all of it.
    chosen: Option<Vec<usize>>,
    connected: ConnectedList,
}

/// An async receiver of one sending.
#[derive(Clone, Copy)]
struct Task {
    plan: &'static dyn AnyPlan,
    /// Its number in the plan.
    number: usize,
    receiver: &'static ReceiverInfo,
}

impl Task {
    fn start<'a>(&self, event: &'a dyn AnyEvent, context: &'a Context<'a>) -> ReceiverFuture<'a> {
        self.plan.start(self.number, event, context)
    }
}

impl Lineup {
    fn is_empty(&self) -> bool {
        self.registered.is_empty() && self.connected.is_none()
    }

    /// The number in the plan of one of `registered`.
    fn number(&self, index: usize) -> usize {
        self.chosen.as_ref().map_or(index, |chosen| chosen[index])
    }

    fn call_sync(&self, run: &mut Run, event: &dyn AnyEvent, context: &Context<'_>) {
        run.call_each(self.sync, |index| -> ReceiverResult {
            self.plan.call(self.number(index), event, context)
        });
        if let Some(connected) = self.connected.as_deref() {
            run.call_each(connected.len(), |index| {
                if let Some(waits) = context.waits {
                    waits.set_receiver(self.sync + index);
                }
                connected[index].call(event, context)
            });
        }
    }

    /// The async ones, in order.
    fn tasks(&self) -> impl Iterator<Item = Task> {
        (self.sync..self.registered.len()).map(|index| Task {
            plan: self.plan,
            number: self.number(index),
            receiver: self.registered[index],
        })
    }

    fn into_receivers(self) -> Receivers {
        Receivers { registered: self.registered, sync: self.sync, connected: Some(self.connected) }
    }
}

/// A sending whose sync receivers have run.
struct Delivered<'a> {
    lineup: Lineup,
    run: Run,
    context: Context<'a>,
}

impl Delivered<'_> {
    /// Whether no async receiver is to be started.
    fn is_complete(&self) -> bool {
        self.lineup.sync == self.lineup.registered.len() || self.run.is_stopped()
    }

    fn into_responses(self) -> Responses {
        Responses::new(self.context.signal.event_type(), self.lineup.into_receivers(), self.run, true)
    }

    /// Spawns each async receiver, or keeps for each that there is nowhere to do so.
    fn spawn(mut self, event: Arc<dyn AnyEvent>) -> Responses {
        if self.is_complete() {
            return self.into_responses();
        }
        if let Err(error) = runtime::is_available() {
            for _ in self.lineup.tasks() {
                self.run.push(Err(ReceiverError::NotStarted(error)));
            }
            return self.into_responses();
        }
        let Context { metadata, signal, from_event_bus, scope, .. } = self.context;
        let (metadata, scope) = (metadata.clone(), scope.cloned());
        let spawned = Arc::new(Spawned { event, metadata, signal, from_event_bus, scope });
        for task in self.lineup.tasks() {
            runtime::spawn(Arc::clone(&spawned).run(task));
            self.run.push(Ok(()));
        }
        self.into_responses()
    }
}

/// What the spawned receivers of one sending share.
struct Spawned {
    event: Arc<dyn AnyEvent>,
    metadata: EventsMetadata,
    signal: &'static dyn AnySignal,
    from_event_bus: bool,
    scope: Option<ScopeHandle>,
}

impl Spawned {
    /// Runs one receiver to its end, inside the scope that it was spawned from.
    fn run(self: Arc<Self>, task: Task) -> impl Future<Output = ()> + Send {
        let scope = self.scope.clone();
        // Made out here: a runtime that shuts down may drop the receiver before it polls it at all.
        let mut ending = Ending {
            spawned: Arc::clone(&self),
            receiver: task.receiver,
            end: End::Dropped,
            _running: scope.as_ref().map(|scope| scope.spawned().track()),
        };
        let running = async move {
            let context = Context {
                metadata: &self.metadata,
                signal: self.signal,
                from_event_bus: self.from_event_bus,
                scope: self.scope.as_ref(),
                waits: None,
            };
            let result = contained(task.start(&*self.event, &context)).await;
            ending.come(result);
        };
        scope::instrumented(scope, running)
    }
}

/// Counts and logs the end of a spawned receiver, also if its runtime drops it.
struct Ending {
    spawned: Arc<Spawned>,
    receiver: &'static ReceiverInfo,
    end: End,
    /// Dropped last: whoever waits for it sees what became of the receiver.
    _running: Option<Running>,
}

impl Ending {
    fn come(&mut self, result: Result<(), ReceiverError>) {
        let Err(error) = result else {
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
        if let Some(scope) = &self.spawned.scope {
            scope.keep_failure(event_type, self.receiver, Chain(&error));
        }
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
