//! Scopes of tests that run at once never see each other.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use openedx_events::testing::{Scope, isolation, receiver_path};
use openedx_events::{AnySignal as _, Undelivered, receiver, signal};
use openedx_events_tests::{block_on, finishes, names, within};
use tokio::task;

/// Received by one receiver in some scopes and by the other one in others.
#[signal("org.example.isolation.side.chosen.v1")]
struct SideChosen {
    number: i64,
}

/// What a scope's receivers must find.
struct Expected {
    left: bool,
}

#[receiver(SIDE_CHOSEN)]
fn left(#[state] expected: &Expected) -> Result<(), &'static str> {
    if expected.left { Ok(()) } else { Err("called in a scope of the right") }
}

#[receiver(SIDE_CHOSEN)]
fn right(#[state] expected: &Expected) -> Result<(), &'static str> {
    if expected.left { Err("called in a scope of the left") } else { Ok(()) }
}

#[receiver(SIDE_CHOSEN)]
async fn spawned(number: i64, #[state] expected: &Expected) -> Result<(), String> {
    // Wherever this goes on, it must be inside the scope that it was spawned from.
    for _ in 0..3 {
        task::yield_now().await;
        let found = names(&SIDE_ASKED.send_event(number)).concat();
        let side = if expected.left { "left asked" } else { "right asked" };
        if found != side {
            return Err(format!("{number}: {found} instead of {side}"));
        }
    }
    Ok(())
}

/// Received by what each scope connects.
#[signal("org.example.isolation.side.asked.v1")]
struct SideAsked {
    number: i64,
}

/// Live in scopes of the left, disabled in scopes of the right.
#[signal("org.example.isolation.left.noted.v1")]
struct LeftNoted {
    number: i64,
}

#[receiver(LEFT_NOTED)]
fn note(_number: i64) {}

/// A scope of one side, with a connection of its own.
fn start(is_left: bool, more: Option<String>) -> (Scope, openedx_events::Connection) {
    let side = if is_left { receiver_path(&left) } else { receiver_path(&right) };
    let scope = isolation()
        .signals([&SIDE_CHOSEN, &SIDE_ASKED, &LEFT_NOTED])
        .receivers([side, receiver_path(&note)].into_iter().chain(more))
        .start();
    scope.provide(Expected { left: is_left }).unwrap();
    let name = if is_left { "left asked" } else { "right asked" };
    let connection = SIDE_ASKED.connect(name, |event, _| {
        assert!(event.number >= 0);
        Ok(())
    });
    if !is_left {
        LEFT_NOTED.disable();
    }
    (scope, connection)
}

/// Looks from inside a scope at everything that others may have changed.
fn look(is_left: bool, number: i64) {
    let (side, asked) = if is_left { ("left", "left asked") } else { ("right", "right asked") };
    let reason = if is_left { None } else { Some(Undelivered::Disabled) };
    let chosen = SIDE_CHOSEN.send_event(number);
    assert!(names(&chosen).contains(&side), "{chosen}");
    assert!(chosen.is_ok(), "{chosen}");
    assert_eq!(names(&SIDE_ASKED.send_event(number)), [asked]);
    assert_eq!(LEFT_NOTED.send_event(number).reason(), reason);
    assert_eq!(LEFT_NOTED.is_enabled(), is_left);
}

const ROUNDS: i64 = 300;

fn numbers(scope: &Scope) -> Vec<i64> {
    scope.sent::<LeftNoted>().iter().map(|sent| sent.number).collect()
}

#[test]
fn opposite_scopes_on_many_threads_never_mix() {
    static DONE: AtomicBool = AtomicBool::new(false);

    finishes(|| {
        // Outside of all scopes the program goes on as ever.
        let outside = thread::spawn(|| {
            while !DONE.load(Ordering::SeqCst) {
                assert_eq!(SIDE_ASKED.send_event(-1).reason(), Some(Undelivered::NoReceivers));
                assert_eq!(names(&LEFT_NOTED.send_event(-1)), ["note"]);
                assert!(LEFT_NOTED.is_enabled());
                thread::yield_now();
            }
        });
        thread::scope(|threads| {
            for thread in 0..8 {
                threads.spawn(move || {
                    for round in 0..20 {
                        let is_left = (thread + round) % 2 == 0;
                        let (scope, _connection) = start(is_left, None);
                        for number in 0..ROUNDS {
                            look(is_left, number);
                            thread::yield_now();
                        }
                        assert_eq!(numbers(&scope), (0..ROUNDS).collect::<Vec<_>>());
                    }
                });
            }
        });
        DONE.store(true, Ordering::SeqCst);
        outside.join().unwrap();
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn opposite_scopes_on_many_tasks_never_mix() {
    let tasks: Vec<_> = (0..64)
        .map(|task| {
            let is_left = task % 2 == 0;
            tokio::spawn(async move {
                for round in 0..5 {
                    let (scope, _connection) = start(is_left, Some(receiver_path(&spawned)));
                    for number in 0..40 {
                        look(is_left, number);
                        task::yield_now().await;
                    }
                    let beside = async move {
                        let (inner, _connection) = start(!is_left, None);
                        look(!is_left, 1000);
                        inner
                    };
                    // A scope of the other side, in a task of its own that is never in this one.
                    let inner = tokio::spawn(beside).await.unwrap();
                    look(is_left, 40);
                    assert_eq!(numbers(&inner), [1000]);
                    drop(inner);
                    // Failures of the spawned ones, too, would end the scope in a panic.
                    within(scope.drain()).await;
                    assert_eq!(numbers(&scope), (0..=40).collect::<Vec<_>>(), "task {task}, round {round}");
                    assert_eq!(scope.sent::<SideChosen>().len(), 41);
                }
            })
        })
        .chain((0..8).map(|_| {
            // Tasks in no scope at all.
            tokio::spawn(async {
                for _ in 0..400 {
                    assert_eq!(SIDE_ASKED.send_event(-1).reason(), Some(Undelivered::NoReceivers));
                    assert_eq!(names(&LEFT_NOTED.send_event(-1)), ["note"]);
                    task::yield_now().await;
                }
            })
        }))
        .collect();
    for task in tasks {
        within(task).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn scopes_that_come_and_go_at_once_do_not_take_each_other_away() {
    // Short ones, so that some begin at the very moment at which others end.
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            tokio::spawn(async {
                for number in 0..1_000 {
                    let scope = isolation().start();
                    assert_eq!(LEFT_NOTED.send_event(number).reason(), Some(Undelivered::NotInScope));
                    assert_eq!(numbers(&scope), [number]);
                    if number % 8 == 0 {
                        task::yield_now().await;
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        within(task).await.unwrap();
    }
}

#[test]
fn threads_that_enter_one_scope_share_it() {
    let (scope, _connection) = start(true, None);
    thread::scope(|threads| {
        for thread in 0..4 {
            let scope = &scope;
            threads.spawn(move || {
                for number in 0..ROUNDS {
                    let guard = scope.enter();
                    let connection = SIDE_CHOSEN.connect("passing by", |_, _| Ok(()));
                    let asked = SIDE_ASKED.send_event(thread * ROUNDS + number);
                    assert_eq!(names(&asked), ["left asked"]);
                    connection.disconnect();
                    drop(guard);
                    assert_eq!(SIDE_ASKED.send_event(-1).reason(), Some(Undelivered::NoReceivers));
                }
            });
        }
    });

    let mut numbers: Vec<_> = scope.sent::<SideAsked>().iter().map(|sent| sent.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..4 * ROUNDS).collect::<Vec<_>>());
    assert_eq!(names(&SIDE_CHOSEN.send_event(1)), ["left"], "all others have left");
}

#[tokio::test]
async fn futures_of_opposite_scopes_in_one_task_never_mix() {
    async fn look_often(is_left: bool, scope: &Scope) {
        let inside = scope.instrument(async {
            for number in 0..ROUNDS {
                look(is_left, number);
                let awaited = SIDE_CHOSEN.send_event_async(number).await;
                assert!(awaited.is_ok(), "{awaited}");
                task::yield_now().await;
            }
        });
        inside.await;
    }

    // Made elsewhere, so that this task is in neither.
    let [(left, _a), (right, _b)] = [true, false]
        .map(|is_left| thread::spawn(move || start(is_left, Some(receiver_path(&spawned)))).join().unwrap());
    tokio::join!(look_often(true, &left), look_often(false, &right));
    within(left.drain()).await;
    within(right.drain()).await;

    assert_eq!(numbers(&left), numbers(&right));
    assert_eq!(numbers(&left).len(), usize::try_from(ROUNDS).unwrap());
    assert_eq!(SIDE_ASKED.send_event(1).reason(), Some(Undelivered::NoReceivers));
}

#[test]
fn a_scope_does_not_hold_up_the_first_use_of_a_signal() {
    /// Used in a scope before anything else.
    #[signal("org.example.isolation.ice.broken.v1")]
    struct IceBroken {
        thickness: i64,
    }

    #[receiver(ICE_BROKEN)]
    fn swim(_thickness: i64) {}

    let scope = isolation().signals([&ICE_BROKEN]).start();
    assert_eq!(names(&block_on(ICE_BROKEN.send_event_async(3))), ["swim"]);
    assert_eq!(scope.sent_types(), ["org.example.isolation.ice.broken.v1"]);
}
