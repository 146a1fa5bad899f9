//! Receivers that `send_event` spawns inside a scope stay inside it until they end.

use std::sync::atomic::{AtomicUsize, Ordering};

use openedx_events::testing::{isolate, isolation, receiver_path};
use openedx_events::{AnySignal as _, EventData, Status, drain, receiver, signal};
use openedx_events_tests::{Journal, statuses, within};
use tokio::sync::Semaphore;
use tokio::task;

/// How many steps are left.
#[derive(Clone, EventData)]
struct Steps {
    left: i64,
}

/// Its receiver sends it again, with one less.
#[signal("org.example.spawned.walk.taken.v1")]
struct WalkTaken {
    steps: Steps,
}

#[receiver(WALK_TAKEN)]
async fn walk(steps: &Steps) -> Result<(), String> {
    task::yield_now().await;
    if steps.left == 0 {
        return Err("tired".to_owned());
    }
    WALK_TAKEN.send_event(Steps { left: steps.left - 1 });
    task::yield_now().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drain_waits_for_the_scopes_own_receivers_and_theirs() {
    let scope = isolate([&WALK_TAKEN]);
    within(scope.drain()).await;

    let responses = WALK_TAKEN.send_event(Steps { left: 30 });
    assert_eq!(statuses(&responses), [Some(Status::Spawned)]);
    within(scope.drain()).await;

    assert_eq!(scope.sent::<WalkTaken>().len(), 31, "what they send is recorded, too");
    let errors = scope.take_errors();
    assert!(matches!(&errors[..], [error] if error.ends_with("): tired")), "{errors:?}");
}

#[tokio::test]
async fn drain_does_not_wait_for_others() {
    static GO: Semaphore = Semaphore::const_new(0);

    /// Its receiver waits until it may go.
    #[signal("org.example.spawned.queue.joined.v1")]
    struct QueueJoined {
        place: i64,
    }

    #[receiver(QUEUE_JOINED)]
    async fn stand(_place: i64) {
        let _ticket = GO.acquire().await;
    }

    QUEUE_JOINED.send_event(1);
    let other = tokio::spawn(async {
        let scope = isolate([&QUEUE_JOINED]);
        QUEUE_JOINED.send_event(2);
        scope
    });
    let other = within(other).await.unwrap();

    let scope = isolate([&WALK_TAKEN]);
    scope.expect_errors();
    WALK_TAKEN.send_event(Steps { left: 1 });
    within(scope.drain()).await;

    GO.add_permits(1);
    within(other.drain()).await;
}

#[tokio::test]
async fn a_receiver_that_outlives_its_scope_stays_inside() {
    static GO: Semaphore = Semaphore::const_new(0);
    static HEARD: Journal = Journal::new();
    static CALLS: AtomicUsize = AtomicUsize::new(0);

    struct Mood(&'static str);

    /// Its receiver goes on after the scope.
    #[signal("org.example.spawned.guest.lingered.v1")]
    struct GuestLingered {
        hours: i64,
    }

    /// Sent by the receiver that goes on.
    #[signal("org.example.spawned.door.slammed.v1")]
    struct DoorSlammed {
        loud: bool,
    }

    #[receiver(GUEST_LINGERED)]
    async fn linger(_hours: i64, #[state] mood: &Mood) {
        let _ticket = GO.acquire().await;
        DOOR_SLAMMED.send_event(true);
        DOOR_SLAMMED.disable();
        let _connection = DOOR_SLAMMED.connect("late", |_, _| {
            CALLS.fetch_add(100, Ordering::Relaxed);
            Ok(())
        });
        task::yield_now().await;
        HEARD.write(mood.0);
    }

    #[receiver(DOOR_SLAMMED)]
    fn hear(_loud: bool) {
        CALLS.fetch_add(1, Ordering::Relaxed);
    }

    let scope = isolate([&GUEST_LINGERED]);
    scope.provide(Mood("happy")).unwrap();
    scope.expect_errors();
    GUEST_LINGERED.send_event(5);
    task::yield_now().await;
    drop(scope);

    GO.add_permits(1);
    within(drain()).await;
    assert_eq!(HEARD.take(), ["happy"], "the state lives as long as the receiver");
    assert_eq!(CALLS.load(Ordering::Relaxed), 0, "its event reached the real world");
    assert!(DOOR_SLAMMED.is_enabled(), "it switched the real world");
    assert_eq!(DOOR_SLAMMED.send_event(true).len(), 1);
}

#[tokio::test]
async fn chosen_async_receivers_alone_are_spawned() {
    static RAN: Journal = Journal::new();

    /// Has two async receivers.
    #[signal("org.example.spawned.coin.tossed.v1")]
    struct CoinTossed {
        side: String,
    }

    #[receiver(COIN_TOSSED)]
    async fn heads() {
        RAN.write("heads");
    }

    #[receiver(COIN_TOSSED)]
    async fn tails(side: &str) {
        RAN.write(format!("tails {side}"));
    }

    let scope = isolation().signals([&COIN_TOSSED]).receivers([receiver_path(&tails)]).start();
    assert_eq!(COIN_TOSSED.send_event("up".to_owned()).len(), 1);
    within(scope.drain()).await;
    assert_eq!(RAN.take(), ["tails up"]);
}
