//! Receivers that send in a circle are refused by name, before the stack overflows.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use openedx_events::{Responses, Undelivered, receiver, signal, testing};
use openedx_events_tests::{Journal, block_on, logs};
use tracing::Level;

/// The documented depth.
const DEPTH: usize = 64;

/// Runs it on half of the stack that a thread has by default: receivers need some too.
fn on_a_small_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = thread::Builder::new().stack_size(1 << 20).spawn(run).expect("a thread");
    thread.join().expect("no panic")
}

#[test]
fn a_circle_of_two_receivers_is_refused_with_its_name() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    static REFUSED: Journal = Journal::new();
    const TYPE: &str = "org.example.circles.ping.sent.v1";

    /// Answered by the other.
    #[signal("org.example.circles.ping.sent.v1")]
    struct PingSent {
        number: i64,
    }

    /// Answered by the first.
    #[signal("org.example.circles.pong.sent.v1")]
    struct PongSent {
        number: i64,
    }

    fn look(responses: &Responses) {
        if responses.reason() == Some(Undelivered::TooDeep) {
            assert!(!responses.is_ok());
            assert!(responses.is_empty());
            assert_eq!((responses.len(), responses.errors().count(), responses.iter().count()), (0, 0, 0));
            assert!(format!("{responses:?}").contains("TooDeep"), "{responses:?}");
            REFUSED.write(responses.to_string());
        } else {
            assert!(responses.is_ok(), "{responses}");
        }
    }

    #[receiver(PING_SENT)]
    fn answer_ping(number: i64) {
        CALLS.fetch_add(1, Ordering::Relaxed);
        look(&PONG_SENT.send_event(number + 1));
    }

    #[receiver(PONG_SENT)]
    fn answer_pong(number: i64) {
        CALLS.fetch_add(1, Ordering::Relaxed);
        look(&PING_SENT.send_event(number + 1));
    }

    logs::collect();
    let is_ok = on_a_small_stack(|| PING_SENT.send_event(0).is_ok());

    assert!(is_ok, "the receivers that sent returned without an error");
    assert_eq!(CALLS.load(Ordering::Relaxed), DEPTH);
    let circle = "sends nest 64 deep: org.example.circles.ping.sent.v1 (signal::circles::answer_ping) -> \
                  org.example.circles.pong.sent.v1 (signal::circles::answer_pong) -> \
                  org.example.circles.ping.sent.v1";
    assert_eq!(REFUSED.take(), [format!("{TYPE}: refused: too deep inside other sends: {circle}")]);
    let records = logs::of(TYPE);
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!((records[0].level, records[0].field("circle")), (Level::ERROR, circle));
    assert_eq!(records[0].message, "send refused: receivers send in a circle");

    // The next one is as good as the first.
    CALLS.store(0, Ordering::Relaxed);
    PING_SENT.send_event(0);
    assert_eq!((CALLS.load(Ordering::Relaxed), REFUSED.take().len()), (DEPTH, 1));
}

#[test]
fn the_error_of_a_refused_send_can_be_returned() {
    /// Its receiver sends it again, and fails if that fails.
    #[signal("org.example.circles.echo.heard.v1")]
    struct EchoHeard {
        volume: i64,
    }

    let _connection = ECHO_HEARD.connect("shout back", |event, _| {
        ECHO_HEARD.send_event(event.volume).into_result()?;
        Ok(())
    });
    let text = on_a_small_stack(|| ECHO_HEARD.send_event(3).to_string());

    assert!(
        text.starts_with("org.example.circles.echo.heard.v1: 1 receiver, 1 failed; shout back ("),
        "{text}"
    );
    let circle = "sends nest 64 deep: org.example.circles.echo.heard.v1 (shout back) -> \
                  org.example.circles.echo.heard.v1";
    assert!(text.ends_with(circle), "{text}");
}

#[test]
fn awaited_receivers_are_refused_as_well() {
    static REFUSED: Journal = Journal::new();
    static CALLS: AtomicUsize = AtomicUsize::new(0);

    /// Its receiver awaits it again.
    #[signal("org.example.circles.letter.answered.v1")]
    struct LetterAnswered {
        number: i64,
    }

    #[receiver(LETTER_ANSWERED)]
    async fn answer(number: i64) {
        CALLS.fetch_add(1, Ordering::Relaxed);
        // Now and then in a later poll than the first.
        if number % 3 == 0 {
            let mut is_first = true;
            std::future::poll_fn(|waker| {
                waker.waker().wake_by_ref();
                if std::mem::take(&mut is_first) {
                    std::task::Poll::Pending
                } else {
                    std::task::Poll::Ready(())
                }
            })
            .await;
        }
        let responses = Box::pin(LETTER_ANSWERED.send_event_async(number + 1)).await;
        if !responses.is_ok() {
            REFUSED.write(responses.to_string());
        }
    }

    let is_ok = on_a_small_stack(|| block_on(LETTER_ANSWERED.send_event_async(0)).is_ok());

    assert!(is_ok);
    assert_eq!(CALLS.load(Ordering::Relaxed), DEPTH);
    let refused = REFUSED.take();
    assert_eq!(refused.len(), 1);
    let circle = "org.example.circles.letter.answered.v1 (signal::circles::answer) -> \
                  org.example.circles.letter.answered.v1";
    assert!(refused[0].ends_with(circle), "{refused:?}");
}

#[test]
fn receivers_that_send_twice_come_to_an_end() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    static REFUSED: Journal = Journal::new();

    /// Its receiver sends two more of them.
    #[signal("org.example.circles.rabbit.born.v1")]
    struct RabbitBorn {
        generation: i64,
    }

    #[receiver(RABBIT_BORN)]
    fn multiply(generation: i64) {
        CALLS.fetch_add(1, Ordering::Relaxed);
        for _ in 0..2 {
            let responses = RABBIT_BORN.send_event(generation + 1);
            if !responses.is_ok() {
                REFUSED.write(responses.to_string());
            }
        }
    }

    on_a_small_stack(|| RABBIT_BORN.send_event(0).is_ok());

    let calls = CALLS.load(Ordering::Relaxed);
    assert!((DEPTH..10_000).contains(&calls), "{calls}");
    let refused = REFUSED.take();
    assert_eq!(refused.len(), calls + 1, "each call sends two, each of which is received or refused");
    assert!(
        refused.iter().any(|text| text.contains("receivers have sent in a circle 32 times")),
        "{refused:?}"
    );
    assert!(
        refused.iter().all(
            |text| text.ends_with("v1 (signal::circles::multiply) -> org.example.circles.rabbit.born.v1")
        )
    );
}

#[test]
fn a_receiver_that_never_returns_may_send_after_any_number_of_circles() {
    static RECEIVED: AtomicUsize = AtomicUsize::new(0);

    /// The program runs in its receiver.
    #[signal("org.example.circles.service.started.v1")]
    struct ServiceStarted {
        rounds: i64,
    }

    /// Sent again and again.
    #[signal("org.example.circles.tail.caught.v1")]
    struct TailCaught {
        laps: i64,
    }

    #[receiver(SERVICE_STARTED)]
    fn serve(rounds: i64) {
        for _ in 0..rounds {
            let before = RECEIVED.load(Ordering::Relaxed);
            assert!(TAIL_CAUGHT.send_event(0).is_ok());
            assert_eq!(RECEIVED.load(Ordering::Relaxed) - before, DEPTH - 1);
        }
    }

    #[receiver(TAIL_CAUGHT)]
    fn chase(laps: i64) {
        RECEIVED.fetch_add(1, Ordering::Relaxed);
        TAIL_CAUGHT.send_event(laps + 1);
    }

    SERVICE_STARTED.send_event(100).into_result().expect("each round went as the first");
}

#[test]
fn a_circle_fails_the_test_scope_that_it_is_in() {
    /// Its receiver sends it again.
    #[signal("org.example.circles.rumour.spread.v1")]
    struct RumourSpread {
        listeners: i64,
    }

    #[receiver(RUMOUR_SPREAD)]
    fn pass_on(listeners: i64) {
        RUMOUR_SPREAD.send_event(listeners + 1);
    }

    let scope = testing::isolate([&RUMOUR_SPREAD]);
    RUMOUR_SPREAD.send_event(1);

    let errors = scope.take_errors();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(
        errors[0].contains("(signal::circles::pass_on) -> org.example.circles.rumour.spread.v1"),
        "{errors:?}"
    );
    assert_eq!(scope.sent_types().len(), DEPTH + 1, "what was refused was sent too");
}

#[test]
fn sends_without_receivers_are_not_refused() {
    /// Nothing listens to it.
    #[signal("org.example.circles.sigh.heaved.v1")]
    struct SighHeaved {
        depth: i64,
    }

    /// Its receiver sends itself down to the limit.
    #[signal("org.example.circles.well.dug.v1")]
    struct WellDug {
        depth: i64,
    }

    static REASONS: Journal = Journal::new();

    #[receiver(WELL_DUG)]
    fn dig(depth: i64) {
        if depth == 64 {
            REASONS.write(format!("{:?}", SIGH_HEAVED.send_event(depth).reason()));
            REASONS.write(format!("{:?}", WELL_DUG.send_event(depth).reason()));
        } else {
            WELL_DUG.send_event(depth + 1);
        }
    }

    WELL_DUG.send_event(1);
    assert_eq!(REASONS.take(), ["Some(NoReceivers)", "Some(TooDeep)"]);
}
