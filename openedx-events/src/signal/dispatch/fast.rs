//! The shortest path from a signal to its receivers, compiled for each event.

use std::borrow::Cow;

use super::nesting::{self, Nested};
use super::payload::{Payload, SharedEvent, Slot};
use super::plan::{AnyPlan, Plan};
use super::run::{Failure, Run, call_all};
use super::trace;
use crate::panics;
use crate::signal::any::AnySignal as _;
use crate::signal::context::Context;
use crate::signal::event::{AnyEvent, Event};
use crate::signal::gate::{DISABLED, DUPLICATE, SILENT};
use crate::signal::registry;
use crate::signal::responses::{Receivers, Responses};
use crate::signal::scope;
use crate::signal::send::SendOptions;
use crate::signal::typed::Signal;
use crate::signal::undelivered::Undelivered;

impl<E: Event> Signal<E> {
    /// Sends an event, whatever the state of the signal.
    ///
    /// The two common cases are inlined: only registered sync receivers, and no receivers.
    #[inline]
    pub(crate) fn dispatch_sync<P: Payload<E>>(
        &'static self,
        mut payload: Slot<P>,
        options: SendOptions<'_>,
    ) -> Responses {
        if scope::any_scope() || trace::is_wanted() {
            return self.dispatch_slowly(&mut payload, options);
        }
        let bits = self.gate.bits();
        // Whether more receivers were registered is asked last: the other paths ask for it themselves.
        if bits == 0
            && registry::is_complete()
            && let Some(plan) = self.plans.first()
            && !nesting::is_deep()
        {
            let mut made = None;
            let metadata = options.stamp.metadata(E::INFO, &mut made);
            let context = Context {
                metadata,
                signal: self,
                from_event_bus: options.from_event_bus,
                traceparent: None,
                scope: None,
                waits: None,
            };
            return plan.call_all(&mut payload, &context, options.fail_fast);
        }
        if bits == SILENT && registry::is_complete() {
            payload.discard(E::INFO.event_type);
            return Responses::undelivered(E::INFO.event_type, Undelivered::NoReceivers);
        }
        if bits & (DISABLED | DUPLICATE) == DISABLED {
            payload.discard(E::INFO.event_type);
            return Responses::undelivered(E::INFO.event_type, Undelivered::Disabled);
        }
        self.dispatch_slowly(&mut payload, options)
    }

    /// The first send of all, connected closures, async receivers, test scopes and spans.
    #[inline(never)]
    fn dispatch_slowly<P: Payload<E>>(
        &'static self,
        payload: &mut Slot<P>,
        options: SendOptions<'_>,
    ) -> Responses {
        let route = self.route();
        if let Some(scope) = scope::current() {
            return route.deliver_in(&scope, &SharedEvent::new(payload.take().into_shared()), options);
        }
        let mut made = None;
        let responses = match route.deliver(payload.get().event(), options, None, &mut made) {
            Ok(delivered) if delivered.is_complete() => delivered.into_responses(),
            // A clone is the user's code, and the sync receivers have run already.
            Ok(delivered) => match panics::catch(|| payload.take().into_shared()) {
                Ok(event) => delivered.spawn(&SharedEvent::new(event)),
                Err(message) => delivered.not_cloned(&message),
            },
            Err(refused) => route.undelivered(refused),
        };
        payload.discard(E::INFO.event_type);
        responses
    }

    /// Calls the sync receivers, then awaits the async ones concurrently.
    pub(crate) async fn dispatch_async<P: Payload<E>>(
        &'static self,
        mut payload: Slot<P>,
        options: SendOptions<'_>,
    ) -> Responses {
        let (route, scope) = (self.route(), scope::current());
        // Without receivers nothing is allocated.
        match (route.line_up(scope.as_ref()), scope) {
            (Err(reason), None) => {
                payload.discard(E::INFO.event_type);
                route.undelivered(reason.into())
            }
            (lineup, scope) => {
                let event = SharedEvent::new(payload.take().into_shared());
                route.deliver_async(event, options, lineup, scope).await
            }
        }
    }
}

impl<E: Event> Plan<E> {
    /// Calls the sync receivers. There are no others.
    #[inline]
    fn call_all<P: Payload<E>>(
        &'static self,
        payload: &mut Slot<P>,
        context: &Context<'_>,
        fail_fast: bool,
    ) -> Responses {
        let nested = Nested::new();
        let event = payload.get().event();
        let called = call_all(self.calls, |call| call.call(event, context));
        if let Err(failure) = called {
            let event_type = E::INFO.event_type;
            let responses = go_on(failure, fail_fast, event_type, self, event, context);
            payload.discard(event_type);
            return responses;
        }
        payload.discard(E::INFO.event_type);
        drop(nested);
        // Made last, in the place where it is returned.
        Responses::completed(E::INFO.event_type, self.receivers)
    }
}

/// Calls the receivers after the first that failed.
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
