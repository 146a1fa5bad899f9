//! The way of an event from its signal to the receivers.

use std::any::TypeId;
use std::borrow::Cow;
use std::future::Future;
use std::sync::Arc;

use futures_util::future::join_all;

use crate::connection::ConnectedList;
use crate::context::Context;
use crate::event::Event;
use crate::gate;
use crate::metadata::EventsMetadata;
use crate::plan::{AsyncCall, Plan, SyncCall};
use crate::receiver::{ReceiverInfo, ReceiverResult};
use crate::responses::{Chain, Failure, ReceiverError, Receivers, Responses, Undelivered, log_failure};
use crate::run::{Run, call_all, contained};
use crate::runtime::{self, End, Running};
use crate::sending::{Payload, Sending, Shared, Stamp};
use crate::signal::Signal;
use crate::testing::{self, ScopeHandle};

impl<E: Event> Signal<E> {
    /// Sends an event, whatever the state of the signal.
    ///
    /// The two common cases are inline: nothing but registered sync receivers, and nobody at all.
    #[inline]
    pub(crate) fn dispatch(&'static self, payload: impl Payload<E>, sending: Sending<'_>) -> Responses {
        if testing::any_scope() {
            return self.dispatch_slowly(payload, sending);
        }
        let bits = self.gate.bits();
        if let (0, Some(plan)) = (bits, self.plan.get()) {
            let mut made = None;
            let metadata = sending.stamp.metadata(E::INFO, &mut made);
            let context = self.context(metadata, sending.from_event_bus, None);
            return plan.call(payload.event(), &context, sending.fail_fast);
        }
        match gate::refusal(bits) {
            Some(reason) => Responses::undelivered(E::INFO.event_type, reason),
            None => self.dispatch_slowly(payload, sending),
        }
    }

    /// The first sending of all, connected closures, async receivers and test scopes.
    #[inline(never)]
    fn dispatch_slowly(&'static self, payload: impl Payload<E>, sending: Sending<'_>) -> Responses {
        match testing::current() {
            None => self.deliver(payload, sending, None),
            Some(scope) => {
                let event = payload.into_shared();
                let mut made = None;
                let metadata = sending.stamp.metadata(E::INFO, &mut made);
                scope.record(event.clone(), metadata.clone());
                let sending = Sending { stamp: Stamp::Given(metadata), ..sending };
                let responses = self.deliver(Shared(event), sending, Some(&scope));
                scope.keep_failures(&responses);
                responses
            }
        }
    }

    /// Calls the sync receivers and spawns the async ones.
    fn deliver(
        &'static self,
        payload: impl Payload<E>,
        sending: Sending<'_>,
        scope: Option<&ScopeHandle>,
    ) -> Responses {
        let lineup = match self.line_up(scope) {
            Ok(lineup) => lineup,
            Err(reason) => return Responses::undelivered(E::INFO.event_type, reason),
        };
        let mut made = None;
        let metadata = sending.stamp.metadata(E::INFO, &mut made);
        let mut run = Run::new(sending.fail_fast);
        lineup.call_sync(&mut run, payload.event(), &self.context(metadata, sending.from_event_bus, scope));
        if !lineup.tasks.is_empty() && !run.is_stopped() {
            let delivery = || Delivery {
                event: payload.into_shared(),
                metadata: metadata.clone(),
                signal: self,
                from_event_bus: sending.from_event_bus,
                scope: scope.cloned(),
            };
            lineup.spawn_async(&mut run, delivery);
        }
        Responses::new(E::INFO.event_type, lineup.into_receivers(), run, true)
    }

    /// Calls the sync receivers and awaits the async ones, all at once.
    pub(crate) async fn dispatch_async(&'static self, event: E, sending: Sending<'_>) -> Responses {
        let scope = testing::current();
        let lineup = self.line_up(scope.as_ref());
        if let (Err(reason), None) = (&lineup, &scope) {
            return Responses::undelivered(E::INFO.event_type, *reason);
        }
        let mut made = None;
        let metadata = sending.stamp.metadata(E::INFO, &mut made);
        let event = Arc::new(event);
        if let Some(scope) = &scope {
            scope.record(event.clone(), metadata.clone());
        }
        let lineup = match lineup {
            Ok(lineup) => lineup,
            Err(reason) => return Responses::undelivered(E::INFO.event_type, reason),
        };
        let context = self.context(metadata, sending.from_event_bus, scope.as_ref());
        let mut run = Run::new(sending.fail_fast);
        lineup.call_sync(&mut run, &event, &context);
        let is_stopped = run.is_stopped();
        let tasks = lineup.tasks.clone();
        // Failures are logged, and kept by the scope, when they happen: whoever waits may lose patience and drop this.
        let responses = Responses::new(E::INFO.event_type, lineup.into_receivers(), run, false);
        if let Some(scope) = &scope {
            scope.keep_failures(&responses);
        }
        if is_stopped || tasks.is_empty() {
            return responses;
        }
        let awaited = tasks.iter().zip(responses.awaited()).map(|(task, receiver)| {
            let (context, event, scope) = (&context, &*event, scope.as_ref());
            async move {
                let result = contained(task.call(event, context)).await;
                if let Err(error) = &result {
                    log_failure(E::INFO.event_type, receiver, error);
                    if let Some(scope) = scope {
                        scope.keep_failure(E::INFO.event_type, receiver, Chain(error));
                    }
                }
                result
            }
        });
        // Also if it is polled elsewhere from now on, it stays inside the scope that it began in.
        let results = testing::instrumented(scope.clone(), join_all(awaited)).await;
        responses.and(results)
    }

    /// Who is to be called by a sending: the program's receivers, or those of the scope.
    fn line_up(&'static self, scope: Option<&ScopeHandle>) -> Result<Lineup<E>, Undelivered> {
        let plan = self.prepared();
        let bits = self.gate.bits();
        let Some(scope) = scope else {
            let lineup = Lineup {
                calls: Cow::Borrowed(&plan.calls),
                tasks: Cow::Borrowed(&plan.tasks),
                registered: Cow::Borrowed(plan.receivers),
                connected: self.connections.load(),
            };
            return match gate::refusal(bits) {
                Some(reason) => Err(reason),
                // The last one has disconnected since the gate was read.
                None if lineup.is_empty() => Err(Undelivered::NoReceivers),
                None => Ok(lineup),
            };
        };
        if let Some(reason) = gate::duplicate(bits).or_else(|| scope.refusal(TypeId::of::<E>())) {
            return Err(reason);
        }
        let (sync, tasks) = plan.receivers.split_at(plan.calls.len());
        let lives = |info: &&'static ReceiverInfo| scope.has_receiver(info);
        let lineup = Lineup {
            calls: chosen(&plan.calls, sync, lives),
            tasks: chosen(&plan.tasks, tasks, lives),
            registered: plan.receivers.iter().copied().filter(lives).collect(),
            connected: scope.connected(TypeId::of::<E>()),
        };
        if lineup.is_empty() { Err(Undelivered::NoReceivers) } else { Ok(lineup) }
    }

    /// What the receivers of one event are told beside it.
    #[inline]
    fn context<'a>(
        &'static self,
        metadata: &'a EventsMetadata,
        from_event_bus: bool,
        scope: Option<&'a ScopeHandle>,
    ) -> Context<'a> {
        Context { metadata, signal: self, from_event_bus, scope }
    }
}

impl<E: Event> Plan<E> {
    /// Calls the sync receivers, which are all that there are.
    #[inline]
    fn call(&'static self, event: &E, context: &Context<'_>, fail_fast: bool) -> Responses {
        match call_all(&self.calls, |call| call.call(event, context)) {
            Ok(()) => Responses::completed(E::INFO.event_type, self.receivers),
            Err(failure) => self.go_on(failure, event, context, fail_fast),
        }
    }

    /// Calls those after the first that failed.
    #[cold]
    fn go_on(
        &'static self,
        failure: Failure,
        event: &E,
        context: &Context<'_>,
        fail_fast: bool,
    ) -> Responses {
        go_on(failure, fail_fast, E::INFO.event_type, self.receivers, &|index| {
            self.calls[index].call(event, context)
        })
    }
}

/// [`Plan::go_on`], but for what every event has to have compiled for itself.
fn go_on(
    failure: Failure,
    fail_fast: bool,
    event_type: &'static str,
    receivers: &'static [&'static ReceiverInfo],
    call: &dyn Fn(usize) -> ReceiverResult,
) -> Responses {
    let mut run = Run::after(failure, fail_fast);
    let rest: Vec<_> = (run.reached..receivers.len()).collect();
    run.call_each(&rest, |index| call(*index));
    let receivers =
        Receivers { registered: Cow::Borrowed(receivers), sync: receivers.len(), connected: None };
    Responses::new(event_type, receivers, run, false)
}

/// The calls whose receiver is wanted.
fn chosen<C: Copy>(
    calls: &[C],
    receivers: &[&'static ReceiverInfo],
    wanted: impl Fn(&&'static ReceiverInfo) -> bool,
) -> Cow<'static, [C]> {
    calls.iter().zip(receivers).filter(|(_, info)| wanted(info)).map(|(call, _)| *call).collect()
}

/// The receivers of one sending.
struct Lineup<E: 'static> {
    calls: Cow<'static, [SyncCall<E>]>,
    tasks: Cow<'static, [AsyncCall<E>]>,
    /// Name and place of those of `calls`, then of those of `tasks`.
    registered: Cow<'static, [&'static ReceiverInfo]>,
    connected: ConnectedList,
}

impl<E: Event> Lineup<E> {
    fn is_empty(&self) -> bool {
        self.registered.is_empty() && self.connected.is_none()
    }

    fn call_sync(&self, run: &mut Run, event: &E, context: &Context<'_>) {
        run.call_each(&self.calls, |call| call.call(event, context));
        if let Some(connected) = self.connected.as_deref() {
            run.call_each(connected, |connected| connected.call(event, context));
        }
    }

    /// Spawns each async receiver, or keeps for each that there is nowhere to do so.
    fn spawn_async(&self, run: &mut Run, delivery: impl FnOnce() -> Delivery<E>) {
        if let Err(error) = runtime::is_available() {
            for _ in self.tasks.iter() {
                run.push(Err(ReceiverError::NotStarted(error)));
            }
            return;
        }
        let delivery = Arc::new(delivery());
        for (task, receiver) in self.tasks.iter().zip(&self.registered[self.calls.len()..]) {
            runtime::spawn(Arc::clone(&delivery).run(*task, receiver));
            run.push(Ok(()));
        }
    }

    fn into_receivers(self) -> Receivers {
        Receivers { registered: self.registered, sync: self.calls.len(), connected: Some(self.connected) }
    }
}

/// What the spawned receivers of one sending share.
struct Delivery<E: 'static> {
    event: Arc<E>,
    metadata: EventsMetadata,
    signal: &'static Signal<E>,
    from_event_bus: bool,
    scope: Option<ScopeHandle>,
}

impl<E: Event> Delivery<E> {
    /// Runs one receiver to its end, inside the scope that it was spawned from.
    fn run(
        self: Arc<Self>,
        task: AsyncCall<E>,
        receiver: &'static ReceiverInfo,
    ) -> impl Future<Output = ()> + Send {
        let scope = self.scope.clone();
        // Made out here: a runtime that shuts down may drop the receiver before it polls it at all.
        let mut ending = Ending {
            delivery: Arc::clone(&self),
            receiver,
            end: End::Dropped,
            _running: scope.as_ref().map(|scope| scope.spawned().track()),
        };
        let task = async move {
            let context = self.signal.context(&self.metadata, self.from_event_bus, self.scope.as_ref());
            let result = contained(task.call(&self.event, &context)).await;
            ending.come(result);
        };
        testing::instrumented(scope, task)
    }
}

/// Counts and logs the end of a spawned receiver, also if its runtime drops it.
struct Ending<E: Event> {
    delivery: Arc<Delivery<E>>,
    receiver: &'static ReceiverInfo,
    end: End,
    /// Dropped last: whoever waits for it sees what became of the receiver.
    _running: Option<Running>,
}

impl<E: Event> Ending<E> {
    fn come(&mut self, result: Result<(), ReceiverError>) {
        let Err(error) = result else {
            self.end = End::Completed;
            return;
        };
        self.end = if matches!(error, ReceiverError::Panicked(_)) { End::Panicked } else { End::Failed };
        tracing::error!(
            event_type = E::INFO.event_type,
            event_id = %self.delivery.metadata.id(),
            receiver = %self.receiver,
            error = %Chain(&error),
            "spawned receiver failed"
        );
        if let Some(scope) = &self.delivery.scope {
            scope.keep_failure(E::INFO.event_type, self.receiver, Chain(&error));
        }
    }
}

impl<E: Event> Drop for Ending<E> {
    fn drop(&mut self) {
        self.end.count();
        if !matches!(self.end, End::Dropped) {
            return;
        }
        tracing::error!(
            event_type = E::INFO.event_type,
            event_id = %self.delivery.metadata.id(),
            receiver = %self.receiver,
            "spawned receiver dropped before it ended: its runtime was shut down; await `openedx_events::drain()` \
             first"
        );
        if let Some(scope) = &self.delivery.scope {
            scope.keep_failure(
                E::INFO.event_type,
                self.receiver,
                "dropped before it ended: its runtime was shut down",
            );
        }
    }
}
