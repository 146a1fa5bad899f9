//! Async receivers: spawned by `send_event`, awaited by `send_event_async`.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Weak, mpsc};

use openedx_events::{ReceiverError, SpawnMetrics, Status, drain, receiver, signal, spawn_metrics, testing};
use openedx_events_tests::{Journal, block_on, logs, names, statuses, wait_until, within};
use tokio::sync::{Barrier, Mutex, Notify, Semaphore};
use tokio::task;
use tracing::Level;

/// The counts are those of the whole program, so the tests that look at them go one after the other.
static COUNTING: Mutex<()> = Mutex::const_new(());

/// How many have started and ended since `before`.
fn since(before: SpawnMetrics) -> [u64; 5] {
    let now = spawn_metrics();
    [
        now.started - before.started,
        now.completed - before.completed,
        now.failed - before.failed,
        now.panicked - before.panicked,
        now.dropped - before.dropped,
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spawned_receivers_are_counted_and_their_failures_logged() {
    static JOURNAL: Journal = Journal::new();
    const TYPE: &str = "org.example.asynchronous.kite.flown.v1";

    /// Its receivers end in every way; it cannot be cloned.
    #[signal("org.example.asynchronous.kite.flown.v1")]
    struct KiteFlown {
        height: i64,
    }

    #[receiver(KITE_FLOWN)]
    async fn a_well(height: i64) {
        task::yield_now().await;
        JOURNAL.write(height.to_string());
    }

    #[receiver(KITE_FLOWN)]
    async fn b_fails(height: &i64) -> Result<(), String> {
        task::yield_now().await;
        Err(format!("no wind at {height}"))
    }

    #[receiver(KITE_FLOWN)]
    async fn c_panics() {
        task::yield_now().await;
        panic!("torn");
    }

    logs::collect();
    let _counting = COUNTING.lock().await;
    let before = spawn_metrics();
    let responses = KITE_FLOWN.send_event(30);

    assert_eq!(statuses(&responses), [Some(Status::Spawned); 3]);
    assert_eq!(responses.to_string(), format!("{TYPE}: 3 receivers, 3 spawned"));
    within(drain()).await;
    assert_eq!(since(before), [3, 1, 1, 1, 0]);
    assert_eq!(JOURNAL.take(), ["30"]);

    let mut records = logs::of(TYPE);
    records.sort_by(|a, b| a.field("receiver").cmp(b.field("receiver")));
    let errors: Vec<_> = records.iter().map(|record| (record.level, record.field("error"))).collect();
    assert_eq!(errors, [(Level::ERROR, "no wind at 30"), (Level::ERROR, "panicked: torn")]);
    for (record, name) in records.iter().zip(["b_fails", "c_panics"]) {
        assert_eq!(record.message, "spawned receiver failed");
        assert!(
            record.field("receiver").starts_with(&format!("signal::asynchronous::{name} (")),
            "{record:?}"
        );
        assert_eq!(record.field("event_id").len(), 36, "{record:?}");
    }
}

#[tokio::test]
async fn drain_waits_for_receivers_that_receivers_spawned() {
    static JOURNAL: Journal = Journal::new();

    /// Sent again by its receiver, with one less.
    #[signal("org.example.asynchronous.ripple.spread.v1")]
    struct RippleSpread {
        rings: i64,
    }

    #[receiver(RIPPLE_SPREAD)]
    async fn spread(rings: i64) {
        for _ in 0..10 {
            task::yield_now().await;
        }
        if rings > 0 {
            assert!(RIPPLE_SPREAD.send_event(rings - 1).is_ok());
        }
        JOURNAL.write(rings.to_string());
    }

    let _counting = COUNTING.lock().await;
    RIPPLE_SPREAD.send_event(20);
    assert_eq!(JOURNAL.take(), [""; 0], "spawned, not run");
    within(drain()).await;

    assert_eq!(JOURNAL.take(), (0..=20).rev().map(|rings| rings.to_string()).collect::<Vec<_>>());
}

#[test]
fn drain_is_over_at_once_when_nothing_runs() {
    let _counting = COUNTING.blocking_lock();
    block_on(drain());
}

#[test]
fn no_runtime_is_an_error_in_the_responses() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    const TYPE: &str = "org.example.asynchronous.engine.missed.v1";

    /// Sent outside of all runtimes.
    #[signal("org.example.asynchronous.engine.missed.v1")]
    struct EngineMissed {
        wheels: i64,
    }

    #[receiver(ENGINE_MISSED)]
    async fn drive(_wheels: i64) {
        CALLS.fetch_add(1, Ordering::Relaxed);
    }

    #[receiver(ENGINE_MISSED)]
    fn push() {
        CALLS.fetch_add(10, Ordering::Relaxed);
    }

    logs::collect();
    let responses = ENGINE_MISSED.send_event(4);

    assert_eq!(names(&responses), ["push", "drive"]);
    assert_eq!(statuses(&responses), [Some(Status::Completed), None]);
    let errors: Vec<_> = responses.errors().map(|(_, error)| error).collect();
    assert!(matches!(errors[..], [ReceiverError::NoRuntime]), "{errors:?}");
    assert!(responses.into_result().unwrap_err().to_string().contains("there is no tokio runtime here"));
    assert_eq!(CALLS.load(Ordering::Relaxed), 10);
    let records = logs::of(TYPE);
    assert_eq!(records.len(), 1, "{records:?}");
    assert!(records[0].field("error").contains("send from inside one"), "{records:?}");
}

#[test]
fn receivers_that_a_runtime_drops_are_counted_and_logged() {
    const TYPE: &str = "org.example.asynchronous.shop.closed.v1";

    /// Its receivers are never done.
    #[signal("org.example.asynchronous.shop.closed.v1")]
    struct ShopClosed {
        customers: i64,
    }

    static RUNNING: AtomicUsize = AtomicUsize::new(0);

    #[receiver(SHOP_CLOSED)]
    async fn wait_for_ever(_customers: i64) {
        RUNNING.fetch_add(1, Ordering::Relaxed);
        pending::<()>().await;
    }

    logs::collect();
    let _counting = COUNTING.blocking_lock();
    let before = spawn_metrics();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        SHOP_CLOSED.send_event(1);
        while RUNNING.load(Ordering::Relaxed) == 0 {
            task::yield_now().await;
        }
        // This one is not polled before the runtime is gone.
        SHOP_CLOSED.send_event(2);
    });
    drop(runtime);

    assert_eq!(RUNNING.load(Ordering::Relaxed), 1);
    assert_eq!(since(before), [2, 0, 0, 0, 2]);
    let records = logs::of(TYPE);
    assert_eq!(records.len(), 2, "{records:?}");
    for record in records {
        assert!(record.message.contains("its runtime was shut down"), "{record:?}");
        assert!(record.field("receiver").starts_with("signal::asynchronous::wait_for_ever ("), "{record:?}");
    }
    // Nothing is left that would keep `drain` waiting.
    block_on(drain());
}

#[test]
fn a_runtime_that_is_already_shut_down_is_reported() {
    /// Sent on a runtime that is gone.
    #[signal("org.example.asynchronous.ghost.called.v1")]
    struct GhostCalled {
        name: String,
    }

    #[receiver(GHOST_CALLED)]
    async fn answer(_name: &str) {}

    let _counting = COUNTING.blocking_lock();
    let before = spawn_metrics();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let handle = runtime.handle().clone();
    drop(runtime);
    let _entered = handle.enter();

    assert_eq!(statuses(&GHOST_CALLED.send_event("Boo".to_owned())), [Some(Status::Spawned)]);
    wait_until("the receiver is given up", || since(before) == [1, 0, 0, 0, 1]);
}

#[test]
fn awaited_receivers_run_at_once_without_any_runtime() {
    static MEETING: LazyLock<Barrier> = LazyLock::new(|| Barrier::new(2));
    static JOURNAL: Journal = Journal::new();

    /// Its receivers wait for each other.
    #[signal("org.example.asynchronous.friends.met.v1")]
    struct FriendsMet {
        place: String,
    }

    #[receiver(FRIENDS_MET)]
    async fn ada(place: &str) {
        MEETING.wait().await;
        JOURNAL.write(place);
    }

    #[receiver(FRIENDS_MET)]
    async fn grace(place: &str) -> Result<(), String> {
        MEETING.wait().await;
        Err(format!("{place} is shut"))
    }

    #[receiver(FRIENDS_MET)]
    fn announce() {
        JOURNAL.write("announced");
    }

    assert!(tokio::runtime::Handle::try_current().is_err());
    let responses = block_on(FRIENDS_MET.send_event_async("park".to_owned()));

    assert_eq!(names(&responses), ["announce", "ada", "grace"]);
    assert_eq!(statuses(&responses), [Some(Status::Completed), Some(Status::Completed), None]);
    assert!(responses.to_string().ends_with(": park is shut"), "{responses}");
    assert_eq!(JOURNAL.take(), ["announced", "park"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_future_of_a_send_can_be_spawned() {
    static GO: Semaphore = Semaphore::const_new(0);
    static ENTERED: Notify = Notify::const_new();

    /// Its receiver waits, holding what it borrowed.
    #[signal("org.example.asynchronous.train.boarded.v1")]
    struct TrainBoarded {
        seat: String,
    }

    #[receiver(TRAIN_BOARDED)]
    async fn ride(seat: &str) -> Result<(), String> {
        ENTERED.notify_one();
        let _ticket = GO.acquire().await;
        task::yield_now().await;
        Err(format!("got off {seat}"))
    }

    fn is_send<T: Send + 'static>(value: T) -> T {
        value
    }

    let send = is_send(TRAIN_BOARDED.send_event_async("7A".to_owned()));
    let send = tokio::spawn(send);
    within(ENTERED.notified()).await;
    GO.add_permits(1);
    let responses = within(send).await.unwrap();

    assert!(responses.to_string().ends_with(": got off 7A"), "{responses}");
}

#[test]
fn nothing_is_sent_before_the_future_is_polled() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);

    /// Not sent unless awaited.
    #[signal("org.example.asynchronous.promise.made.v1")]
    struct PromiseMade {
        what: String,
    }

    #[receiver(PROMISE_MADE)]
    fn hear(_what: &str) {
        CALLS.fetch_add(1, Ordering::Relaxed);
    }

    let future = PROMISE_MADE.send_event_async("a pony".to_owned());
    drop(future);
    assert_eq!(CALLS.load(Ordering::Relaxed), 0);
    block_on(PROMISE_MADE.send_event_async("a pony".to_owned()));
    assert_eq!(CALLS.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn many_awaited_receivers_of_many_sends_have_their_own_results() {
    /// Its receivers answer with what they got.
    #[signal("org.example.asynchronous.number.asked.v1")]
    struct NumberAsked {
        number: i64,
    }

    #[receiver(NUMBER_ASKED)]
    async fn slow(number: i64) -> Result<(), String> {
        for _ in 0..number % 7 {
            task::yield_now().await;
        }
        Err(number.to_string())
    }

    #[receiver(NUMBER_ASKED, priority = 1)]
    async fn even(number: i64) -> Result<(), String> {
        task::yield_now().await;
        if number % 2 == 0 { Ok(()) } else { Err(format!("odd {number}")) }
    }

    let sends: Vec<_> = (0..500).map(|number| tokio::spawn(NUMBER_ASKED.send_event_async(number))).collect();
    for (number, send) in (0..).zip(sends) {
        let responses = within(send).await.unwrap();
        assert_eq!(names(&responses), ["even", "slow"]);
        let errors: Vec<_> = responses.errors().map(|(_, error)| error.to_string()).collect();
        let slow = number.to_string();
        let expected = if number % 2 == 0 { vec![slow] } else { vec![format!("odd {number}"), slow] };
        assert_eq!(errors, expected);
    }
}

/// A circle of spawned receivers has no stack: it is as long as the program wants it to be.
#[tokio::test]
async fn a_circle_of_spawned_receivers_is_not_refused() {
    /// Its receiver sends it again, 1,000 times.
    #[signal("org.example.asynchronous.clock.struck.v1")]
    struct ClockStruck {
        times: i64,
    }

    #[receiver(CLOCK_STRUCK)]
    async fn strike(times: i64) {
        if times < 1000 {
            CLOCK_STRUCK.send_event(times + 1).into_result().expect("it is spawned");
        }
    }

    let _counting = COUNTING.lock().await;
    let (sender, ended) = mpsc::channel();
    let _connection = CLOCK_STRUCK.connect("count", move |event, _| Ok(sender.send(event.times)?));
    CLOCK_STRUCK.send_event(1);
    within(drain()).await;
    assert_eq!(ended.try_iter().count(), 1000);
}

/// Neither for itself, nor for others that drain too; those outside wait for all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spawned_receiver_that_drains_waits_for_the_others() {
    static JOURNAL: Journal = Journal::new();
    static GATE: Notify = Notify::const_new();

    /// Its receivers drain, but for one.
    #[signal("org.example.asynchronous.pool.emptied.v1")]
    struct PoolEmptied {
        litres: i64,
    }

    #[receiver(POOL_EMPTIED)]
    async fn a_drains() {
        drain().await;
        JOURNAL.write("drained");
        // A second time, and two at once.
        tokio::join!(drain(), drain());
        JOURNAL.write("drained again");
    }

    #[receiver(POOL_EMPTIED)]
    async fn b_drains() {
        drain().await;
        JOURNAL.write("drained");
        drain().await;
        JOURNAL.write("drained again");
    }

    #[receiver(POOL_EMPTIED)]
    async fn c_works() {
        GATE.notified().await;
        JOURNAL.write("worked");
    }

    let _counting = COUNTING.lock().await;
    POOL_EMPTIED.send_event(1);
    let mut outside = std::pin::pin!(drain());
    for _ in 0..100 {
        task::yield_now().await;
        assert!(is_pending(outside.as_mut()));
    }
    assert_eq!(JOURNAL.take(), [""; 0], "nobody is done before the one that works");
    GATE.notify_one();
    within(outside).await;

    let written = JOURNAL.take();
    assert_eq!((written.len(), &*written[0]), (5, "worked"), "{written:?}");
    assert_eq!(written.iter().filter(|line| *line == "drained again").count(), 2);
}

/// Whether a future is pending, polled once without being woken later.
fn is_pending(future: std::pin::Pin<&mut impl Future>) -> bool {
    future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_pending()
}

#[tokio::test]
async fn a_spawned_receiver_drains_the_scope_that_it_is_in() {
    /// One of its receivers drains the program, the other one the scope.
    #[signal("org.example.asynchronous.bath.emptied.v1")]
    struct BathEmptied {
        litres: i64,
    }

    struct Drain(Weak<testing::Scope>);

    #[receiver(BATH_EMPTIED)]
    async fn a_drains_all() {
        drain().await;
    }

    #[receiver(BATH_EMPTIED)]
    async fn b_drains_scope(#[state] scope: &Drain) {
        scope.0.upgrade().expect("it is alive").drain().await;
    }

    let _counting = COUNTING.lock().await;
    let scope = Arc::new(testing::isolate([&BATH_EMPTIED]));
    scope.provide(Drain(Arc::downgrade(&scope))).expect("the first");
    BATH_EMPTIED.send_event(3);
    within(scope.drain()).await;
    assert_eq!(scope.take_errors(), [""; 0]);
}
