//! Which scope is current where: the frames of threads, tasks and instrumented futures.

use std::cell::RefCell;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use super::handle::ScopeHandle;
use crate::sync;

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

#[cfg(feature = "tokio")]
type TaskId = tokio::task::Id;
/// There are no tasks to be inside of.
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
    /// The task that polls it. Another one that runs meanwhile on the same thread, on a runtime that the future itself
    /// drives, is not inside.
    task: Option<TaskId>,
    frame: Frame,
}

thread_local! {
    static THREAD: Frame = Frame::default();
    /// The innermost last.
    static POLLED: RefCell<Vec<Polled>> = const { RefCell::new(Vec::new()) };
}

/// The scopes of tasks, of those alone that are inside one.
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
        // A thread that ends has lost its frames when the last values of its own are dropped: no scope is there.
        if let Some(frame) = POLLED.try_with(polled).ok().flatten() {
            return Self::Frame(frame);
        }
        task.map_or_else(|| Self::Frame(THREAD.try_with(Clone::clone).unwrap_or_default()), Self::Task)
    }

    fn current(&self) -> Option<ScopeHandle> {
        match self {
            Self::Frame(Frame(scopes)) => sync::lock(scopes).last().cloned(),
            // Only looked up, as most tasks that send are in no scope and would stay in the map for good.
            Self::Task(task) => sync::lock(&TASKS).get(task)?.last().cloned(),
        }
    }

    fn push(&self, scope: ScopeHandle) {
        match self {
            Self::Frame(Frame(scopes)) => sync::lock(scopes).push(scope),
            Self::Task(task) => sync::lock(&TASKS).entry(*task).or_default().push(scope),
        }
    }

    /// Takes the scope off, wherever it stands: guards may be dropped in any order, and on any thread.
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

/// The scope that the code here is inside of.
#[inline]
pub(crate) fn current() -> Option<ScopeHandle> {
    if any_scope() { Place::here().current() } else { None }
}

/// Keeps this thread or task inside a scope; see [`Scope::enter`](crate::testing::Scope::enter).
#[must_use = "the scope is left when this is dropped"]
#[derive(Debug)]
pub struct EnterGuard<'a> {
    place: Place,
    /// Also keeps the scope's contents from being dropped while the place is locked.
    scope: ScopeHandle,
    /// Not longer than the scope that it came from.
    _scope: PhantomData<&'a ()>,
}

impl EnterGuard<'_> {
    pub(crate) fn new(scope: ScopeHandle) -> Self {
        let place = Place::here();
        place.push(scope.clone());
        Self { place, scope, _scope: PhantomData }
    }
}

impl Drop for EnterGuard<'_> {
    fn drop(&mut self) {
        self.place.remove(&self.scope);
    }
}

#[cfg(all(test, feature = "tokio"))]
mod tests {
    use super::*;
    use crate::testing;

    fn is_known(task: TaskId) -> bool {
        sync::lock(&TASKS).contains_key(&task)
    }

    #[tokio::test]
    async fn a_task_is_in_the_map_only_while_it_is_inside_a_scope() {
        let _alive = testing::isolation().start();

        let outside = tokio::spawn(async {
            assert!(current().is_none());
            is_known(tokio::task::id())
        });
        assert!(!outside.await.unwrap(), "looking for a scope left the task in the map");

        let inside = tokio::spawn(async {
            let outer = testing::isolation().start();
            let inner = testing::isolation().start();
            drop(outer);
            let is_inside = is_known(tokio::task::id());
            drop(inner);
            (is_inside, is_known(tokio::task::id()))
        });
        assert_eq!(inside.await.unwrap(), (true, false));
    }
}
