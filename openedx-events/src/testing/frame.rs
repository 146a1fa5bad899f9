//! Which scope is current where: the frames of threads, tasks and instrumented futures.

use std::cell::RefCell;
#[cfg(feature = "tokio")]
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::handle::ScopeHandle;

/// How many scopes are alive, those included that only a spawned receiver still holds.
static LIVE: AtomicUsize = AtomicUsize::new(0);

/// Whether any scope is alive in the process. All that sending pays for scopes when there is none.
#[inline]
pub(crate) fn any_scope() -> bool {
    // Relaxed is enough: whoever is inside a scope made it or was handed it, and so has seen the count go up.
    LIVE.load(Ordering::Relaxed) != 0
}

/// Counts one scope as alive.
#[derive(Debug)]
pub(super) struct Alive(());

impl Alive {
    pub(super) fn new() -> Self {
        LIVE.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The scopes of one thread, task or instrumented future; the last one is current.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame(Arc<Mutex<Vec<ScopeHandle>>>);

thread_local! {
    static THREAD: Frame = Frame::default();
    /// The frames of the instrumented futures that this thread is polling, the innermost last.
    static POLLED: RefCell<Vec<Frame>> = const { RefCell::new(Vec::new()) };
}

#[cfg(feature = "tokio")]
static TASKS: Mutex<Option<HashMap<tokio::task::Id, Frame>>> = Mutex::new(None);

impl Frame {
    pub(super) fn of(scope: ScopeHandle) -> Self {
        Self(Arc::new(Mutex::new(vec![scope])))
    }

    /// The frame of the code that runs here: that of the instrumented future being polled, else of the tokio task,
    /// else of the thread. A task does not see the scope of the thread that happens to run it.
    fn here() -> Self {
        if let Some(frame) = POLLED.with_borrow(|polled| polled.last().cloned()) {
            return frame;
        }
        #[cfg(feature = "tokio")]
        if let Some(task) = tokio::task::try_id() {
            return lock(&TASKS).get_or_insert_default().entry(task).or_default().clone();
        }
        THREAD.with(Clone::clone)
    }

    fn push(&self, scope: ScopeHandle) {
        lock(&self.0).push(scope);
    }

    fn last(&self) -> Option<ScopeHandle> {
        lock(&self.0).last().cloned()
    }

    /// Takes the scope off, wherever it stands: guards may be dropped in any order.
    fn remove(&self, scope: &ScopeHandle) {
        let mut scopes = lock(&self.0);
        if let Some(place) = scopes.iter().rposition(|each| each.is(scope)) {
            scopes.remove(place);
        }
        drop(scopes);
        #[cfg(feature = "tokio")]
        if let Some(tasks) = lock(&TASKS).as_mut() {
            tasks.retain(|_, frame| !lock(&frame.0).is_empty());
        }
    }

    /// Makes this the frame of what `poll` does.
    pub(super) fn during<T>(&self, poll: impl FnOnce() -> T) -> T {
        struct Polled;

        impl Drop for Polled {
            fn drop(&mut self) {
                POLLED.with_borrow_mut(Vec::pop);
            }
        }

        POLLED.with_borrow_mut(|polled| polled.push(self.clone()));
        let _polled = Polled;
        poll()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The scope that the code here is inside of.
#[inline]
pub(crate) fn current() -> Option<ScopeHandle> {
    if any_scope() { Frame::here().last() } else { None }
}

/// Keeps this thread or task inside a scope; see [`Scope::enter`](super::Scope::enter).
#[must_use = "the scope is left when this is dropped"]
#[derive(Debug)]
pub struct EnterGuard<'a> {
    frame: Frame,
    scope: ScopeHandle,
    /// Not longer than the scope that it came from.
    _scope: PhantomData<&'a ()>,
}

impl EnterGuard<'_> {
    pub(super) fn new(scope: ScopeHandle) -> Self {
        let frame = Frame::here();
        frame.push(scope.clone());
        Self { frame, scope, _scope: PhantomData }
    }
}

impl Drop for EnterGuard<'_> {
    fn drop(&mut self) {
        self.frame.remove(&self.scope);
    }
}
