//! Which scope is current where: the frames of threads, tasks and instrumented futures.

use std::cell::RefCell;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use super::handle::ScopeHandle;
use crate::signal::dropped_guard::{self, Made, ScopeGuard};
use crate::sync;

/// The number of scopes that are alive, including those that only a spawned receiver still holds.
static LIVE: AtomicUsize = AtomicUsize::new(0);

/// Whether any scope is alive in the process. Without one, this is all that a send pays for scopes.
#[inline]
pub(crate) fn any_scope() -> bool {
    // Relaxed is enough: code inside a scope has made it or was handed it, and so has seen the count go up.
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

#[cfg(feature = "tokio")]
type TaskId = tokio::task::Id;
/// There are no tasks without tokio.
#[cfg(not(feature = "tokio"))]
type TaskId = std::convert::Infallible;

/// The task that runs here, if any.
fn task_here() -> Option<TaskId> {
    #[cfg(feature = "tokio")]
    return tokio::task::try_id();
    #[cfg(not(feature = "tokio"))]
    None
}

/// The scopes of one thread or instrumented future; the last one is current.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame(Arc<Mutex<Vec<ScopeHandle>>>);

/// An instrumented future that a thread is polling.
struct Polled {
    /// The task that polls it. Another task that runs meanwhile on the same thread, on a runtime that the future itself
    /// drives, is not inside.
    task: Option<TaskId>,
    frame: Frame,
}

thread_local! {
    static THREAD: Frame = Frame::default();
    /// The innermost last.
    static POLLED: RefCell<Vec<Polled>> = const { RefCell::new(Vec::new()) };
}

/// The scopes of tasks. Only tasks that are inside a scope are in the map.
static TASKS: LazyLock<Mutex<HashMap<TaskId, Vec<ScopeHandle>>>> = LazyLock::new(Mutex::default);

impl Frame {
    pub(super) fn of(scope: ScopeHandle) -> Self {
        Self(Arc::new(Mutex::new(vec![scope])))
    }

    /// Makes this the frame of what `poll` does.
    pub(super) fn during<T>(&self, poll: impl FnOnce() -> T) -> T {
        struct Pop;

        impl Drop for Pop {
            fn drop(&mut self) {
                POLLED.with_borrow_mut(Vec::pop);
            }
        }

        let polled = Polled { task: task_here(), frame: self.clone() };
        POLLED.with_borrow_mut(|all| all.push(polled));
        let _pop = Pop;
        poll()
    }
}

/// Where code can be inside a scope.
#[derive(Debug)]
enum Place {
    /// In an instrumented future or, outside of all tasks, on a thread.
    Frame(Frame),
    Task(TaskId),
}

impl Place {
    /// The place of the code that runs here: the instrumented future being polled, else the tokio task, else the
    /// thread. A task does not see the scope of the thread that happens to run it.
    fn here() -> Self {
        let task = task_here();
        let polled = |all: &RefCell<Vec<Polled>>| {
            all.borrow().last().filter(|polled| polled.task == task).map(|polled| polled.frame.clone())
        };
        // A thread that ends may have lost its frames when its last thread-locals are dropped: then there is no scope.
        if let Some(frame) = POLLED.try_with(polled).ok().flatten() {
            return Self::Frame(frame);
        }
        task.map_or_else(|| Self::Frame(THREAD.try_with(Clone::clone).unwrap_or_default()), Self::Task)
    }

    fn current(&self) -> Option<ScopeHandle> {
        match self {
            Self::Frame(Frame(scopes)) => sync::lock(scopes).last().cloned(),
            // Only looked up: most tasks that send are in no scope and would stay in the map forever.
            Self::Task(task) => sync::lock(&TASKS).get(task)?.last().cloned(),
        }
    }

    fn push(&self, scope: ScopeHandle) {
        match self {
            Self::Frame(Frame(scopes)) => sync::lock(scopes).push(scope),
            Self::Task(task) => sync::lock(&TASKS).entry(*task).or_default().push(scope),
        }
    }

    /// Removes the scope, wherever it is in the list: guards may be dropped in any order and on any thread.
    fn remove(&self, scope: &ScopeHandle) {
        match self {
            Self::Frame(Frame(scopes)) => take_last(&mut sync::lock(scopes), scope),
            Self::Task(task) => {
                let mut tasks = sync::lock(&TASKS);
                let Some(scopes) = tasks.get_mut(task) else { return };
                take_last(scopes, scope);
                if scopes.is_empty() {
                    tasks.remove(task);
                }
            }
        }
    }
}

fn take_last(scopes: &mut Vec<ScopeHandle>, scope: &ScopeHandle) {
    if let Some(place) = scopes.iter().rposition(|each| each.is(scope)) {
        scopes.remove(place);
    }
}

/// The scope that the running code is inside of.
#[inline]
pub(crate) fn current() -> Option<ScopeHandle> {
    if !any_scope() {
        return None;
    }
    let current = Place::here().current();
    if current.is_none() {
        log_dropped();
    }
    current
}

/// A guard of a scope that was dropped at once here.
struct DroppedGuard {
    task: Option<TaskId>,
    guard: ScopeGuard,
    location: &'static Location<'static>,
    /// Keeps sends from passing scopes by.
    _alive: Alive,
}

thread_local! {
    /// The last guard that was dropped at once on this thread. What follows was meant to be inside its scope.
    static LAST_DROPPED: RefCell<Option<DroppedGuard>> = const { RefCell::new(None) };
}

/// Keeps in mind that a guard was dropped at once here.
pub(crate) fn note_dropped(guard: ScopeGuard, location: &'static Location<'static>) {
    let dropped = DroppedGuard { task: task_here(), guard, location, _alive: Alive::new() };
    // A thread that ends may have lost it.
    let _ = LAST_DROPPED.try_with(|last| last.replace(Some(dropped)));
}

/// Logs a guard that was dropped at once here, as something that asks for the scope follows.
#[cold]
fn log_dropped() {
    let task = task_here();
    let take = |last: &RefCell<Option<DroppedGuard>>| {
        let mut last = last.borrow_mut();
        if last.as_ref().is_some_and(|last| last.task == task) { last.take() } else { None }
    };
    // Behind the borrow: whatever takes the log may send.
    if let Some(DroppedGuard { guard, location, .. }) = LAST_DROPPED.try_with(take).ok().flatten() {
        dropped_guard::log_scope(guard, location);
    }
}

/// Keeps this thread or task inside a scope; see [`Scope::enter`](crate::testing::Scope::enter).
#[must_use = "the scope is left when this is dropped"]
#[derive(Debug)]
pub struct EnterGuard<'a> {
    place: Place,
    /// Also keeps the contents of the scope from being dropped while the place is locked.
    scope: ScopeHandle,
    /// Where the scope was entered, and the number of events that were sent in it before. `None` for the guard that the
    /// scope itself has.
    entered: Option<(Made, usize)>,
    /// The guard does not outlive its scope.
    _scope: PhantomData<&'a ()>,
}

impl EnterGuard<'_> {
    /// The guard of the scope itself.
    pub(crate) fn of_scope(scope: ScopeHandle) -> Self {
        let place = Place::here();
        place.push(scope.clone());
        Self { place, scope, entered: None, _scope: PhantomData }
    }

    /// Enters a scope at this place of the user's code.
    pub(crate) fn enter(scope: ScopeHandle, here: &'static Location<'static>) -> Self {
        let entered = Some((Made::new(here), scope.sent_count()));
        let mut guard = Self::of_scope(scope);
        guard.entered = entered;
        guard
    }
}

impl Drop for EnterGuard<'_> {
    fn drop(&mut self) {
        self.place.remove(&self.scope);
        if let Some((made, sent)) = self.entered
            && made.is_at_once()
            && sent == self.scope.sent_count()
        {
            note_dropped(ScopeGuard::Entered, made.location);
        }
    }
}

/// Whether a task has scopes, for the tests of the testing kit.
#[cfg(all(test, feature = "tokio"))]
pub(crate) fn has_scopes(task: TaskId) -> bool {
    sync::lock(&TASKS).contains_key(&task)
}
