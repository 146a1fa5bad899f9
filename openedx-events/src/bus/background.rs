//! Blocking work for callers that must not block: [`run`].

use std::any::Any;
use std::future::Future;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex};
use std::thread;

use tokio::sync::oneshot;

use crate::sync;

/// The caller that awaits the outcome of the work.
pub(in crate::bus) struct Caller<T>(oneshot::Sender<Outcome<T>>);

/// What has come of the work, on its way to the caller. `unheard` gets it if the caller does not.
struct Outcome<T> {
    /// `None` once the caller has it.
    result: Option<Result<T, Box<dyn Any + Send>>>,
    unheard: Option<Box<dyn FnOnce(T) + Send>>,
}

impl<T> Drop for Outcome<T> {
    fn drop(&mut self) {
        // A panic has been printed.
        if let (Some(Ok(value)), Some(unheard)) = (self.result.take(), self.unheard.take()) {
            unheard(value);
        }
    }
}

impl<T> Caller<T> {
    /// Whether the caller has dropped the future.
    pub(in crate::bus) fn is_gone(&self) -> bool {
        self.0.is_closed()
    }
}

/// Starts the work on a thread of its own, and returns a future of its outcome, which needs no runtime.
///
/// The work goes on if the future is dropped; its outcome then goes to `unheard`. If the work panics, so does the future. If
/// the system cannot spawn a thread, the work is done before this returns.
pub(in crate::bus) fn run<T, W, U>(
    name: &str,
    work: W,
    unheard: U,
) -> impl Future<Output = T> + Send + use<T, W, U>
where
    T: Send + 'static,
    W: FnOnce(&Caller<T>) -> T + Send + 'static,
    U: FnOnce(T) + Send + 'static,
{
    let (sender, outcome) = oneshot::channel();
    let run = move || {
        let caller = Caller(sender);
        let result = panic::catch_unwind(AssertUnwindSafe(|| work(&caller)));
        // Without a caller it is dropped here; if the future is dropped later, with that.
        drop(caller.0.send(Outcome { result: Some(result), unheard: Some(Box::new(unheard)) }));
    };
    // Whoever takes it runs it: the thread, or this one if there is no thread.
    let run = Arc::new(Mutex::new(Some(run)));
    let take = {
        let run = Arc::clone(&run);
        move || sync::lock(&run).take()
    };
    let on_thread = move || {
        if let Some(run) = take() {
            run();
        }
    };
    if thread::Builder::new().name(name.to_owned()).spawn(on_thread).is_err() {
        let run = sync::lock(&run).take();
        if let Some(run) = run {
            run();
        }
    }
    async move {
        match outcome.await.ok().and_then(|mut outcome| outcome.result.take()) {
            Some(Ok(value)) => value,
            Some(Err(panicked)) => panic::resume_unwind(panicked),
            None => unreachable!("the outcome is sent, whatever it is"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::sync::mpsc;

    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn the_future_has_the_outcome() {
        assert_eq!(run("test", |_| 7, drop).await, 7);
    }

    #[tokio::test]
    async fn a_panic_is_one_of_the_future() {
        let work = run("test", |_| panic!("on purpose"), |(): ()| {});
        let panicked = AssertUnwindSafe(work).catch_unwind().await.expect_err("it panics");
        assert_eq!(panicked.downcast_ref(), Some(&"on purpose"));
    }

    #[test]
    fn work_goes_on_without_its_future() {
        let (go, waits) = mpsc::channel::<()>();
        let (unheard, outcome) = mpsc::channel();
        let work = move |caller: &Caller<bool>| {
            waits.recv().expect("the test says when");
            caller.is_gone()
        };
        drop(run("test", work, move |is_gone| unheard.send(is_gone).expect("the test waits")));
        go.send(()).expect("the work waits");
        assert_eq!(outcome.recv(), Ok(true));
    }

    #[test]
    fn an_outcome_that_is_on_its_way_when_the_future_is_dropped_is_unheard() {
        thread_local! {
            static THREAD: RefCell<Option<mpsc::Sender<()>>> = const { RefCell::new(None) };
        }
        let (unheard, outcome) = mpsc::channel();
        let (thread, thread_ends) = mpsc::channel();
        let work = move |_: &Caller<u8>| {
            // Dropped with the thread, which has sent the outcome by then.
            THREAD.set(Some(thread));
            7
        };
        let future = run("test", work, move |number| unheard.send(number).expect("the test waits"));
        thread_ends.recv().expect_err("nothing is sent");
        outcome.try_recv().expect_err("the caller can still have it");
        drop(future);
        assert_eq!(outcome.recv(), Ok(7));
    }

    #[tokio::test]
    async fn an_outcome_that_is_awaited_is_heard() {
        let (unheard, outcome) = mpsc::channel::<()>();
        assert_eq!(run("test", |_| 7, move |_| unheard.send(()).expect("the test waits")).await, 7);
        assert!(outcome.recv().is_err(), "it is dropped without being called");
    }
}
