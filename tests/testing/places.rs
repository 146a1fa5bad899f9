//! Where a scope holds: on the task, else the thread, and wherever it is entered or instrumented.

use std::pin::pin;
use std::sync::Mutex;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::thread;

use openedx_events::testing::{Scope, isolate, isolation};
use openedx_events::{AnySignal as _, Undelivered, signal};
use openedx_events_tests::{block_on, finishes, within};
use tokio::task;

/// It has no receivers: the reason shows whether the sender is inside a scope that did not choose it.
#[signal("org.example.places.hand.raised.v1")]
struct HandRaised {
    hand: String,
}

/// Whether this code is inside a scope.
fn is_inside() -> bool {
    match HAND_RAISED.send_event(HandRaised { hand: "left".into() }).reason() {
        Some(Undelivered::NotInScope) => true,
        Some(Undelivered::NoReceivers) => false,
        other => panic!("{other:?}"),
    }
}

fn scope() -> Scope {
    isolation().start()
}

#[test]
fn a_thread_is_inside_until_the_scope_ends_and_others_are_not() {
    assert!(!is_inside());
    let scope = scope();
    assert!(is_inside());
    assert!(!thread::spawn(is_inside).join().unwrap());
    drop(scope);
    assert!(!is_inside());
}

#[test]
fn another_thread_enters() {
    let scope = scope();
    thread::scope(|threads| {
        threads
            .spawn(|| {
                assert!(!is_inside());
                let guard = scope.enter();
                assert!(is_inside());
                drop(guard);
                assert!(!is_inside());
            })
            .join()
            .unwrap();
    });
    assert_eq!(scope.sent::<HandRaised>().len(), 1);
    assert_eq!(scope.sent::<HandRaised>()[0].hand, "left");
}

#[test]
fn the_innermost_scope_counts_and_guards_go_in_any_order() {
    let [a, b, c] = [scope(), scope(), scope()];
    let counts = |scopes: [&Scope; 3]| scopes.map(|scope| scope.sent::<HandRaised>().len());

    is_inside();
    assert_eq!(counts([&a, &b, &c]), [0, 0, 1]);
    let again = a.enter();
    is_inside();
    assert_eq!(counts([&a, &b, &c]), [1, 0, 1]);
    drop(b);
    is_inside();
    assert_eq!(a.sent::<HandRaised>().len(), 2);
    drop(again);
    is_inside();
    assert_eq!(c.sent::<HandRaised>().len(), 2);
    // The first one is dropped before the last one, which stays current.
    drop(a);
    assert!(is_inside());
    drop(c);
    assert!(!is_inside());
}

#[test]
fn a_scope_can_end_on_another_thread_than_it_began_on() {
    let scope = scope();
    let moved = thread::spawn(move || {
        assert!(!is_inside(), "moving the scope does not move where it holds");
        scope
    });
    let scope = moved.join().unwrap();
    assert!(is_inside());
    thread::spawn(move || drop(scope)).join().unwrap();
    assert!(!is_inside());
}

#[tokio::test]
async fn a_task_is_not_inside_its_threads_scope() {
    let scope = scope();
    assert!(is_inside());
    // The same thread runs it, as the runtime has no other.
    let this = thread::current().id();
    let (thread, inside) = tokio::spawn(async { (thread::current().id(), is_inside()) }).await.unwrap();
    assert_eq!(thread, this);
    assert!(!inside);
    assert!(!task::spawn_blocking(is_inside).await.unwrap());
    assert!(tokio::spawn(scope.instrument(async { is_inside() })).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_stays_inside_on_whatever_thread_it_runs() {
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            tokio::spawn(async {
                let scope = scope();
                for _ in 0..200 {
                    assert!(is_inside());
                    task::yield_now().await;
                }
                assert_eq!(scope.sent::<HandRaised>().len(), 200);
                drop(scope);
                assert!(!is_inside());
            })
        })
        .collect();
    for task in tasks {
        within(task).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guard_in_a_task_holds_across_awaits() {
    let scope = std::sync::Arc::new(scope());
    let task = tokio::spawn({
        let scope = std::sync::Arc::clone(&scope);
        async move {
            let guard = scope.enter();
            for _ in 0..200 {
                task::yield_now().await;
                assert!(is_inside());
            }
            drop(guard);
            assert!(!is_inside());
        }
    });
    within(task).await.unwrap();
    assert_eq!(scope.sent::<HandRaised>().len(), 200);
}

#[tokio::test]
async fn a_scope_outlives_the_task_that_made_it() {
    let scope = tokio::spawn(async { scope() }).await.unwrap();

    assert!(!is_inside());
    assert!(!tokio::spawn(async { is_inside() }).await.unwrap());
    assert!(scope.instrument(async { is_inside() }).await);
    assert_eq!(scope.sent::<HandRaised>().len(), 1);
}

#[tokio::test]
async fn an_instrumented_future_is_inside_while_it_is_polled() {
    let scope = scope();
    let instrumented = scope.instrument(async {
        assert!(is_inside());
        task::yield_now().await;
        is_inside()
    });
    let other = async {
        let inside = is_inside();
        task::yield_now().await;
        (inside, is_inside())
    };
    let both = tokio::spawn(async { tokio::join!(instrumented, other) });

    assert_eq!(both.await.unwrap(), (true, (false, false)));
}

#[test]
fn a_scope_inside_an_instrumented_future_is_the_futures_own() {
    let outer = scope();
    let mut future = pin!(outer.instrument(async {
        let inner = scope();
        is_inside();
        task::yield_now().await;
        is_inside();
        inner.sent::<HandRaised>().len()
    }));
    let mut context = Context::from_waker(Waker::noop());

    assert!(future.as_mut().poll(&mut context).is_pending());
    // Between the polls the thread is in the outer scope again.
    is_inside();
    assert_eq!(outer.sent::<HandRaised>().len(), 1);
    assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(2));
    assert_eq!(outer.sent::<HandRaised>().len(), 1);
}

#[test]
fn tasks_of_a_runtime_that_an_instrumented_future_drives_are_outside() {
    let scope = scope();
    let instrumented = scope.instrument(async {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let spawned = tokio::spawn(async { is_inside() }).await.unwrap();
            (is_inside(), spawned)
        })
    });

    assert_eq!(block_on(instrumented), (true, false));
}

#[test]
fn what_an_instrumented_future_holds_is_dropped_inside() {
    struct SendsLast(mpsc::Sender<bool>);

    impl Drop for SendsLast {
        fn drop(&mut self) {
            self.0.send(is_inside()).unwrap();
        }
    }

    let (sender, receiver) = mpsc::channel();
    let scope = scope();
    let future = scope.instrument({
        let last = SendsLast(sender);
        async move {
            let _last = last;
            std::future::pending::<()>().await;
        }
    });
    thread::spawn(move || drop(future)).join().unwrap();

    assert!(receiver.recv().unwrap(), "sent into the real world");
}

#[test]
fn a_send_future_belongs_to_where_it_is_polled_first_and_stays_there() {
    /// Its receiver yields, then sends the other event.
    #[signal("org.example.places.arm.stretched.v1")]
    struct ArmStretched {
        arm: String,
    }

    static INSIDE: Mutex<Vec<bool>> = Mutex::new(Vec::new());

    #[openedx_events::receiver(ARM_STRETCHED)]
    async fn raise(_arm: &str) {
        INSIDE.lock().unwrap().push(is_inside());
        task::yield_now().await;
        INSIDE.lock().unwrap().push(is_inside());
    }

    let mut context = Context::from_waker(Waker::noop());

    // Made inside, polled outside.
    let scope = isolate([&ARM_STRETCHED]);
    let future = ARM_STRETCHED.send_event_async("left".to_owned());
    drop(scope);
    assert!(block_on(future).is_ok());
    assert_eq!(std::mem::take(&mut *INSIDE.lock().unwrap()), [false, false]);

    // Polled inside at first, then outside.
    let scope = isolate([&ARM_STRETCHED]);
    let mut future = pin!(ARM_STRETCHED.send_event_async("right".to_owned()));
    assert!(future.as_mut().poll(&mut context).is_pending());
    drop(scope);
    assert!(!is_inside());
    assert!(future.as_mut().poll(&mut context).is_ready());
    assert_eq!(std::mem::take(&mut *INSIDE.lock().unwrap()), [true, true]);
}

#[test]
fn an_event_sent_while_a_thread_is_torn_down_is_sent_outside() {
    struct SendsLast(mpsc::Sender<bool>);

    impl Drop for SendsLast {
        fn drop(&mut self) {
            // A metadata that is made needs the thread's generator, which may be gone: nobody listens here.
            self.0.send(is_inside()).unwrap();
        }
    }

    thread_local! {
        static LAST: std::cell::RefCell<Option<SendsLast>> = const { std::cell::RefCell::new(None) };
    }

    let _scope = scope();
    let (sender, receiver) = mpsc::channel();
    finishes(move || {
        // Made before the thread's own list of scopes, and so dropped after it.
        LAST.with_borrow_mut(|last| *last = Some(SendsLast(sender)));
        is_inside()
    });
    assert!(!receiver.recv().unwrap());
}

#[test]
fn what_a_scope_holds_may_use_scopes_when_it_is_dropped() {
    struct SendsLast(mpsc::Sender<bool>);

    impl Drop for SendsLast {
        fn drop(&mut self) {
            self.0.send(is_inside()).unwrap();
        }
    }

    let (sender, receiver) = mpsc::channel();
    finishes(move || {
        let scope = scope();
        scope.provide(SendsLast(sender.clone())).unwrap();
        assert!(scope.provide(SendsLast(sender.clone())).is_err(), "dropped while the scope has another");
        let held = SendsLast(sender);
        HAND_RAISED
            .connect("holds", move |_, _| {
                let _ = &held;
                Ok(())
            })
            .disconnect();
        assert!(HAND_RAISED.is_enabled() != is_inside());
    });
    assert_eq!(receiver.iter().collect::<Vec<_>>(), [true, true, false]);
}
