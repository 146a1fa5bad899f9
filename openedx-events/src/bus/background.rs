//! Blocking work for callers that must not block: [`run`].

use std::any::Any;
use std::future::Future;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex};
use std::thread;

use tokio::sync::oneshot;

use crate::sync;

type Outcome<T> = Result<T, Box<dyn Any + Send>>;

/// The caller that awaits the outcome of the work.
pub(in crate::bus) struct Caller<T>(oneshot::Sender<Outcome<T>>);

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
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| work(&caller)));
        // A panic has been printed.
        if let Err(Ok(value)) = caller.0.send(outcome) {
            unheard(value);
        }
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
        match outcome.await {
            Ok(Ok(value)) => value,
            Ok(Err(panicked)) => panic::resume_unwind(panicked),
            Err(_) => unreachable!("the outcome is sent, whatever it is"),
        }
    }
}

#[cfg(test)]
mod tests {
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
}
