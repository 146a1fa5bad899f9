//! The scope of one test: [`Scope`], and how it is made.

#[cfg(feature = "filters")]
use std::any::TypeId;
use std::any::type_name;
use std::fmt::{self, Write as _};
use std::future::Future;
use std::ops::Deref;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

#[cfg(feature = "filters")]
use crate::filters::{Filter, FilterData, FiltersConfig, registry as filter_registry, scoped};
use crate::metadata::EventsMetadata;
use crate::receiver::state::ProvideError;
use crate::signal::any::AnySignal;
use crate::signal::dropped_guard::{Made, ScopeGuard};
use crate::signal::event::{AnyEvent, Event};
use crate::signal::registry;
use crate::signal::scope::{self, EnterGuard, Instrumented, ScopeHandle, instrumented};

/// Starts a scope in which these signals are live, with all their receivers. See the [module](crate::testing).
///
/// [`isolation`] also chooses receivers.
#[doc(alias("capture", "record", "mock", "scope", "isolate_events", "events_isolation"))]
#[track_caller]
pub fn isolate<const N: usize>(signals: [&'static dyn AnySignal; N]) -> Scope {
    isolation().signals(signals).start()
}

/// A builder of a scope, to choose receivers as well as signals.
///
/// # Examples
///
/// ```
/// use openedx_events::{receiver, signal, testing};
///
/// /// Sent when a kettle boiled.
/// #[signal("org.example.house.kettle.boiled.v1")]
/// pub struct KettleBoiled {
///     pub litres: f64,
/// }
///
/// struct Log(std::sync::Mutex<Vec<f64>>);
///
/// #[receiver(KETTLE_BOILED)]
/// fn write_down(litres: f64, #[state] log: &Log) {
///     log.0.lock().unwrap().push(litres);
/// }
///
/// #[receiver(KETTLE_BOILED)]
/// fn call_for_tea() {
///     panic!("not in a test");
/// }
///
/// let scope = testing::isolation()
///     .signals([&KETTLE_BOILED])
///     .receivers([testing::receiver_path(&write_down)])
///     .start();
/// scope.provide(Log(Vec::new().into())).unwrap();
/// assert!(KETTLE_BOILED.send_event(1.5).is_ok());
/// ```
#[doc(alias("scope_builder"))]
pub fn isolation() -> Isolation {
    Isolation::default()
}

/// A builder of a [`Scope`]; see [`isolation`].
#[derive(Debug, Default)]
#[must_use = "no scope starts before `start()`"]
pub struct Isolation {
    signals: Vec<&'static dyn AnySignal>,
    receivers: Option<Vec<String>>,
}

impl Isolation {
    /// Adds signals that are live in the scope.
    pub fn signals<const N: usize>(mut self, signals: [&'static dyn AnySignal; N]) -> Self {
        self.signals.extend(signals);
        self
    }

    /// Adds receivers, by the path that [`receiver_path`] returns. Once one is added, no other registered receivers are
    /// live. Closures that are connected inside the scope are always live.
    pub fn receivers<P: Into<String>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.receivers.get_or_insert_default().extend(paths.into_iter().map(Into::into));
        self
    }

    /// Starts the scope on this task or thread.
    ///
    /// # Panics
    ///
    /// A chosen receiver does not listen to any of the signals: the test would not test it.
    #[track_caller]
    pub fn start(self) -> Scope {
        let known: Vec<&str> = self
            .signals
            .iter()
            .flat_map(|signal| signal.receivers())
            .map(|receiver| &*receiver.path)
            .collect();
        let listening =
            |path: &String| chosen(path, &known, "receiver", "the scope's signals", hint_if_off(path));
        let chosen = self.receivers.map(|paths| paths.iter().flat_map(listening).collect());
        let handle = ScopeHandle::new(self.signals.iter().map(|signal| signal.event_id()), chosen);
        Scope {
            _guard: EnterGuard::of_scope(handle.clone()),
            handle,
            expects_errors: AtomicBool::new(false),
            made: Made::new(Location::caller()),
            is_used: AtomicBool::new(false),
        }
    }
}

/// The known receivers or steps that a path stands for.
#[track_caller]
fn chosen(path: &str, known: &[&str], what: &str, of: &str, hint: &str) -> Vec<String> {
    let parts = |path: &str| path.split("::").count();
    let fitting = || known.iter().filter(|each| is_path_of(each, path));
    // Of `library::remind` and `library::loans::remind` only the second is the function of that name in `loans`.
    let closest = fitting().map(|each| parts(each)).max();
    let found: Vec<_> =
        fitting().filter(|each| Some(parts(each)) == closest).map(ToString::to_string).collect();
    assert!(!found.is_empty(), "there is no {what} `{path}` of {of}; there are: {}{hint}", known.join(", "));
    found
}

/// What to do if a receiver waits for the configuration.
fn hint_if_off(path: &str) -> &'static str {
    if registry::get().receivers().iter().any(|each| each.is_off && is_path_of(&each.info.path, path)) {
        "; it is `off` in the code: apply a `Wiring` that enables it before the first test sends, or call it as a function"
    } else {
        ""
    }
}

/// Whether a registered path may be that of a function. The path that [`receiver_path`] returns also names the functions
/// that enclose it, which the registry does not know.
fn is_path_of(registered: &str, function: &str) -> bool {
    let mut parts = function.split("::");
    let all_in_order = registered.split("::").all(|part| parts.any(|each| each == part));
    all_in_order && registered.rsplit("::").next() == function.rsplit("::").next()
}

/// The path of a receiver function, for [`Isolation::receivers`]: `receiver_path(&my_crate::my_receiver)`.
pub fn receiver_path<F>(_receiver: &F) -> String {
    type_name::<F>().to_owned()
}

/// A test scope, live until it is dropped. See the [module](crate::testing).
///
/// # Examples
///
/// ```
/// use openedx_events::{receiver, signal, testing};
///
/// /// Sent when a cup fell.
/// #[signal("org.example.kitchen.cup.fell.v1")]
/// #[derive(Clone)]
/// pub struct CupFell {
///     pub height: f64,
/// }
///
/// #[receiver(CUP_FELL)]
/// fn sweep(height: f64) -> Result<(), String> {
///     if height > 1.0 { Err("there are shards everywhere".to_owned()) } else { Ok(()) }
/// }
///
/// // In a function with `#[test]`:
/// let scope = testing::isolate([&CUP_FELL]);
/// CUP_FELL.send_event(0.2);
/// CUP_FELL.send_event(1.5);
///
/// scope.assert_sent::<CupFell>(|event| event.height < 1.0);
/// assert_eq!(scope.sent_types().len(), 2);
/// // Without this the end of the scope would panic: a receiver failed.
/// assert_eq!(scope.take_errors().len(), 1);
/// ```
#[must_use = "the scope ends when this is dropped"]
#[derive(Debug)]
pub struct Scope {
    handle: ScopeHandle,
    _guard: EnterGuard<'static>,
    expects_errors: AtomicBool,
    made: Made,
    /// Whether a method was called.
    is_used: AtomicBool,
}

impl Scope {
    /// The scope, for whoever calls a method: it is bound to a name.
    fn handle(&self) -> &ScopeHandle {
        self.is_used.store(true, Ordering::Relaxed);
        &self.handle
    }

    /// Returns the events of type `E` that were sent inside the scope, in order, whether they reached a receiver or not.
    #[doc(alias("events", "captured", "recorded", "emitted", "published", "sent_events", "received"))]
    pub fn sent<E: Event>(&self) -> Vec<Sent<E>> {
        let of_type = |(event, metadata): (Arc<dyn AnyEvent>, EventsMetadata)| {
            event.into_shared_any().downcast().ok().map(|event| Sent { event, metadata })
        };
        self.handle().sent().into_iter().filter_map(of_type).collect()
    }

    /// Returns the types of all events that were sent inside the scope, in order.
    pub fn sent_types(&self) -> Vec<&'static str> {
        self.handle().sent().iter().map(|(event, _)| event.info().event_type).collect()
    }

    /// Asserts that an event of type `E` that `matches` was sent inside the scope.
    ///
    /// # Panics
    ///
    /// None was. The message lists what was sent, with personal data redacted.
    #[doc(alias("assert_emitted", "assert_published", "assert_called", "assert_dispatched", "assert_event"))]
    #[track_caller]
    pub fn assert_sent<E: Event>(&self, matches: impl Fn(&E) -> bool) {
        assert!(
            self.sent::<E>().iter().any(|sent| matches(sent)),
            "no matching {} was sent\n{}",
            E::INFO.event_type,
            self.describe_sent()
        );
    }

    /// Asserts that no event of type `E` was sent inside the scope.
    ///
    /// # Panics
    ///
    /// One was. The message lists what was sent, with personal data redacted.
    #[doc(alias("assert_not_emitted", "assert_not_published", "assert_none_sent", "assert_nothing_sent"))]
    #[track_caller]
    pub fn assert_not_sent<E: Event>(&self) {
        assert!(self.sent::<E>().is_empty(), "{} was sent\n{}", E::INFO.event_type, self.describe_sent());
    }

    fn describe_sent(&self) -> String {
        let sent = self.handle().sent();
        if sent.is_empty() {
            return "nothing was sent in this scope".to_owned();
        }
        let mut text = "sent in this scope:".to_owned();
        for (event, _) in sent {
            // Writing to a String does not fail.
            let _ = write!(text, "\n  {}: {event:?}", event.info().event_type);
        }
        text
    }

    /// Provides a state to the receivers of this scope only.
    ///
    /// # Errors
    ///
    /// The scope already has a state of this type.
    #[track_caller]
    pub fn provide<T: Send + Sync + 'static>(&self, value: T) -> Result<(), ProvideError> {
        self.handle().provide(value, Location::caller())
    }

    /// Chooses the steps of a filter, in the order in which they run. Without this no registered step runs in the scope.
    ///
    /// A path is what [`receiver_path`] returns for the function, or the path that `list` shows.
    ///
    /// # Panics
    ///
    /// A path is none of a step of the filter: the test would not test it.
    ///
    /// # Examples
    ///
    /// ```standalone_crate
    /// use openedx_events::{filter, pipeline_step, testing};
    ///
    /// #[filter("org.example.shop.price.requested.v1")]
    /// #[derive(Clone)]
    /// pub struct PriceRequested {
    ///     pub cents: i64,
    /// }
    ///
    /// #[pipeline_step(PRICE_REQUESTED)]
    /// fn half_price(cents: &mut i64) {
    ///     *cents /= 2;
    /// }
    ///
    /// #[pipeline_step(PRICE_REQUESTED)]
    /// fn ask_the_warehouse() {
    ///     panic!("not in a test");
    /// }
    ///
    /// // In a function with `#[test]`:
    /// let scope = testing::isolate([]);
    /// scope.pipeline(&PRICE_REQUESTED, [testing::receiver_path(&half_price)]);
    ///
    /// assert_eq!(PRICE_REQUESTED.run_filter(PriceRequested { cents: 300 }).unwrap().cents, 150);
    /// assert_eq!(scope.ran::<PriceRequested>()[0].cents, 300);
    /// ```
    #[cfg(feature = "filters")]
    #[cfg_attr(docsrs, doc(cfg(feature = "filters")))]
    #[track_caller]
    pub fn pipeline<F: FilterData>(
        &self,
        _filter: &'static Filter<F>,
        steps: impl IntoIterator<Item = impl Into<String>>,
    ) {
        let filter_type = F::INFO.filter_type;
        let known: Vec<&str> =
            filter_registry::get().steps_of(TypeId::of::<F>()).map(|step| &*step.info.path).collect();
        let of = format!("the filter `{filter_type}`");
        let steps = steps.into_iter().flat_map(|step| chosen(&step.into(), &known, "step", &of, ""));
        scoped::choose_steps(self.handle(), filter_type, steps.collect());
    }

    /// Sets which steps run in the scope, and their options. Replaces what [`pipeline`](Self::pipeline) has chosen.
    ///
    /// # Panics
    ///
    /// Something is wrong with it: see [`FiltersConfig::apply`].
    #[cfg(feature = "filters")]
    #[cfg_attr(docsrs, doc(cfg(feature = "filters")))]
    #[track_caller]
    pub fn filters_config(&self, config: &FiltersConfig) {
        let problems: Vec<_> = config.problems().iter().map(ToString::to_string).collect();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
        scoped::set_config(self.handle(), config.clone());
    }

    /// Returns the data that the filter of `F` was run with inside the scope, in order.
    #[cfg(feature = "filters")]
    #[cfg_attr(docsrs, doc(cfg(feature = "filters")))]
    pub fn ran<F: FilterData>(&self) -> Vec<Arc<F>> {
        scoped::runs_of(self.handle())
    }

    /// Waits until no receiver that was spawned inside the scope is running, including those that a running one spawns.
    ///
    /// [`drain`](crate::drain) would also wait for the receivers of other tests.
    pub async fn drain(&self) {
        self.handle().spawned().wait().await;
    }

    /// Allows receivers to fail, and spawned ones to outlive the scope: the scope then ends without a panic.
    #[doc(alias("allow_errors", "ignore_errors", "expect_failures"))]
    pub fn expect_errors(&self) {
        self.is_used.store(true, Ordering::Relaxed);
        self.expects_errors.store(true, Ordering::Relaxed);
    }

    /// Removes and returns the failures of receivers so far, one line each. They no longer fail the test.
    #[doc(alias("errors", "failures"))]
    pub fn take_errors(&self) -> Vec<String> {
        self.handle().take_failures()
    }

    /// Brings this thread, or this tokio task, into the scope until the guard is dropped.
    #[track_caller]
    pub fn enter(&self) -> EnterGuard<'_> {
        EnterGuard::enter(self.handle().clone(), Location::caller())
    }

    /// Brings a future into the scope, for spawning it on a task or thread of its own.
    pub fn instrument<F: Future>(&self, future: F) -> Instrumented<F> {
        instrumented(Some(self.handle().clone()), future)
    }
}

/// Ends the scope, and fails the test if a receiver failed.
///
/// # Panics
///
/// A receiver failed, or a spawned one has not ended, so that its outcome would go unnoticed: await
/// [`drain`](Scope::drain) first. Does not panic after [`expect_errors`](Scope::expect_errors).
///
/// A spawned receiver that is still running stays inside the scope: what it sends does not reach other receivers.
impl Drop for Scope {
    fn drop(&mut self) {
        if !*self.is_used.get_mut() && self.handle.is_untouched() && self.made.is_at_once() {
            scope::note_dropped(ScopeGuard::Scope, self.made.location);
        }
        // Counted before the failures are taken: a receiver leaves its failure before it counts as ended.
        let running = self.handle.spawned().running();
        let failures = self.handle.take_failures();
        // A panic during unwinding would abort the test binary.
        if *self.expects_errors.get_mut() || thread::panicking() {
            return;
        }
        assert!(
            failures.is_empty(),
            "receivers failed in this test scope; call `scope.expect_errors()` if they should:\n  {}",
            failures.join("\n  ")
        );
        assert!(
            running == 0,
            "spawned receivers that have not ended when their test scope does: {running}; await `scope.drain()` before, \
             or call `scope.expect_errors()` if it does not matter how they end"
        );
    }
}

/// An event that was sent inside a scope. Derefs to the event.
pub struct Sent<E> {
    event: Arc<E>,
    /// The metadata that it was sent with.
    pub metadata: EventsMetadata,
}

impl<E> Deref for Sent<E> {
    type Target = E;

    fn deref(&self) -> &E {
        &self.event
    }
}

impl<E: fmt::Debug> fmt::Debug for Sent<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sent").field("event", &**self).field("metadata", &self.metadata).finish()
    }
}

#[cfg(all(test, feature = "tokio"))]
mod tests {
    use super::*;
    use crate::signal::scope::{current, has_scopes};

    #[tokio::test]
    async fn a_task_is_in_the_map_only_while_it_is_inside_a_scope() {
        let _alive = isolation().start();

        let outside = tokio::spawn(async {
            assert!(current().is_none());
            has_scopes(tokio::task::id())
        });
        assert!(!outside.await.unwrap(), "looking for a scope left the task in the map");

        let inside = tokio::spawn(async {
            let outer = isolation().start();
            let inner = isolation().start();
            drop(outer);
            let is_inside = has_scopes(tokio::task::id());
            drop(inner);
            (is_inside, has_scopes(tokio::task::id()))
        });
        assert_eq!(inside.await.unwrap(), (true, false));
    }
}
