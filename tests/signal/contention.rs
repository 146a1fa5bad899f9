//! Senders, connectors and switches at once, on more threads than there are cores.

use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Barrier, Mutex};
use std::thread;

use openedx_events::{AnySignal, Responses, Status, Undelivered, receiver, signal};
use openedx_events_tests::finishes;

const SENDERS: usize = 4;
const CONNECTORS: usize = 3;
const SENDS: u64 = 20_000;
const CONNECTIONS: u64 = 3_000;

/// What the senders counted by the responses that they got.
#[derive(Default)]
struct Counts {
    completed: AtomicU64,
    refused: AtomicU64,
}

impl Counts {
    /// Checks that the responses are whole, and counts them.
    fn count(&self, responses: &Responses) {
        let completed =
            responses.iter().filter(|response| matches!(response.result, Ok(Status::Completed))).count();
        assert_eq!(completed, responses.len(), "{responses}");
        // An empty list always comes with its reason, and a reason with an empty list.
        assert_eq!(responses.reason().is_some(), completed == 0, "{responses}");
        self.completed.fetch_add(completed as u64, SeqCst);
        self.refused.fetch_add(u64::from(responses.reason().is_some()), SeqCst);
    }
}

#[test]
fn responses_agree_with_the_calls_whatever_others_do_meanwhile() {
    static REGISTERED: AtomicU64 = AtomicU64::new(0);
    static CONNECTED: AtomicU64 = AtomicU64::new(0);
    static STARTED: AtomicU64 = AtomicU64::new(0);
    static DONE: AtomicBool = AtomicBool::new(false);
    /// For each closure, the largest number of a send that called it, and the first one that must not have.
    static ENDS: Mutex<Vec<(&AtomicU64, u64)>> = Mutex::new(Vec::new());

    /// Sent by many threads while it is connected and switched by others.
    #[signal("org.example.contention.gate.passed.v1")]
    struct GatePassed {
        number: i64,
    }

    #[receiver(GATE_PASSED)]
    fn count() {
        REGISTERED.fetch_add(1, SeqCst);
    }

    fn send() -> Responses {
        let number = STARTED.fetch_add(1, SeqCst);
        GATE_PASSED.send_event(i64::try_from(number).unwrap())
    }

    fn connect_and_disconnect(counts: &Counts) {
        let latest: &'static AtomicU64 = Box::leak(Box::new(AtomicU64::new(0)));
        let calls: &'static AtomicU64 = Box::leak(Box::new(AtomicU64::new(0)));
        let connection = GATE_PASSED.connect("counts", move |event, _| {
            let number = u64::try_from(event.number)?;
            latest.fetch_max(number, SeqCst);
            calls.fetch_add(1, SeqCst);
            CONNECTED.fetch_add(1, SeqCst);
            Ok(())
        });
        // Until one is not refused, so that each closure is called.
        loop {
            let before = calls.load(SeqCst);
            let responses = send();
            counts.count(&responses);
            if responses.reason().is_none() {
                assert!(calls.load(SeqCst) > before, "a send after `connect` did not call the closure");
                break;
            }
            thread::yield_now();
        }
        connection.disconnect();
        // Every send that starts from now on has this number or a larger one.
        let end = STARTED.load(SeqCst);
        counts.count(&send());
        ENDS.lock().unwrap().push((latest, end));
    }

    let counts = finishes(|| {
        let counts = Counts::default();
        thread::scope(|scope| {
            let sending: Vec<_> = (0..SENDERS)
                .map(|_| scope.spawn(|| (0..SENDS).for_each(|_| counts.count(&send()))))
                .collect();
            let connecting: Vec<_> = (0..CONNECTORS)
                .map(|_| scope.spawn(|| (0..CONNECTIONS).for_each(|_| connect_and_disconnect(&counts))))
                .collect();
            let switching = scope.spawn(|| {
                while !DONE.load(SeqCst) {
                    GATE_PASSED.disable();
                    thread::yield_now();
                    GATE_PASSED.enable();
                    thread::yield_now();
                }
            });
            for thread in sending.into_iter().chain(connecting) {
                thread.join().unwrap();
            }
            DONE.store(true, SeqCst);
            switching.join().unwrap();
        });
        counts
    });

    let (registered, connected) = (REGISTERED.load(SeqCst), CONNECTED.load(SeqCst));
    let (completed, refused) = (counts.completed.load(SeqCst), counts.refused.load(SeqCst));
    assert_eq!(completed, registered + connected);
    // The registered receiver is called by each send that is not refused.
    assert_eq!(refused + registered, STARTED.load(SeqCst));
    // Each closure was called at least by the thread that had connected it.
    assert!(connected >= CONNECTORS as u64 * CONNECTIONS, "closures were not called: {connected}");
    assert!(refused > 0, "the switch was never off");
    let ends = ENDS.lock().unwrap();
    assert_eq!(ends.len() as u64, CONNECTORS as u64 * CONNECTIONS);
    let late = ends.iter().filter(|(latest, end)| latest.load(SeqCst) >= *end).count();
    assert_eq!(late, 0, "closures called by sends that started after `disconnect` returned");
    assert!(GATE_PASSED.is_enabled());
    let last = send();
    assert_eq!((last.len(), last.is_ok()), (1, true), "{last}");
}

#[test]
fn a_signal_whose_only_receivers_come_and_go_says_so_each_time() {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    static DONE: AtomicBool = AtomicBool::new(false);

    /// Has no registered receivers.
    #[signal("org.example.contention.echo.heard.v1")]
    struct EchoHeard {
        loud: bool,
    }

    let counts = finishes(|| {
        let counts = Counts::default();
        thread::scope(|scope| {
            let connecting: Vec<_> = (0..CONNECTORS)
                .map(|_| {
                    scope.spawn(|| {
                        for _ in 0..CONNECTIONS * 10 {
                            drop(ECHO_HEARD.connect("listener", |_, _| {
                                CALLS.fetch_add(1, SeqCst);
                                Ok(())
                            }));
                        }
                    })
                })
                .collect();
            let sending: Vec<_> = (0..SENDERS)
                .map(|_| {
                    scope.spawn(|| {
                        while !DONE.load(SeqCst) {
                            let responses = ECHO_HEARD.send_event(EchoHeard { loud: true });
                            assert!(matches!(responses.reason(), None | Some(Undelivered::NoReceivers)));
                            counts.count(&responses);
                        }
                    })
                })
                .collect();
            for thread in connecting {
                thread.join().unwrap();
            }
            DONE.store(true, SeqCst);
            for thread in sending {
                thread.join().unwrap();
            }
        });
        counts
    });

    assert_eq!(counts.completed.load(SeqCst), CALLS.load(SeqCst));
    assert!(CALLS.load(SeqCst) > 0, "never called");
    assert!(counts.refused.load(SeqCst) > 0, "never refused");
    assert_eq!(ECHO_HEARD.send_event(false).reason(), Some(Undelivered::NoReceivers));
}

/// Sent first of all by eight threads at once.
#[signal("org.example.contention.door.opened.v1")]
struct DoorOpened {
    number: i64,
}

static OPENED: AtomicU64 = AtomicU64::new(0);

#[receiver(DOOR_OPENED)]
fn count_opened() {
    OPENED.fetch_add(1, SeqCst);
}

/// Under nextest, and in the processes of the test below, nothing has used the registry before this.
#[test]
fn the_first_use_of_the_registry_is_raced_by_eight_threads() {
    finishes(|| {
        let barrier = Barrier::new(8);
        thread::scope(|scope| {
            for number in 0..8 {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    match number % 4 {
                        0 => assert_eq!(
                            openedx_events::registry_summary().crates["signal"].events,
                            all("signal")
                        ),
                        1 => assert_eq!(DOOR_OPENED.receivers().len(), 1),
                        _ => {}
                    }
                    let responses = DOOR_OPENED.send_event(number);
                    assert_eq!((responses.len(), responses.is_ok()), (1, true), "{responses}");
                });
            }
        });
    });
    assert_eq!(OPENED.load(SeqCst), 8);
}

fn all(crate_name: &str) -> usize {
    openedx_events::all_events().iter().filter(|signal| signal.info().crate_name() == crate_name).count()
}

#[test]
fn the_first_use_is_raced_in_many_processes() {
    const NAME: &str = "contention::the_first_use_of_the_registry_is_raced_by_eight_threads";
    let program = std::env::current_exe().unwrap();
    for _ in 0..25 {
        let output = Command::new(&program).args(["--exact", NAME]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
    }
}
