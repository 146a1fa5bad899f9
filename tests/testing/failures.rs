//! A receiver that fails inside a scope fails the test, unless the test expects it.

use openedx_events::testing::isolate;
use openedx_events::{receiver, signal};
use openedx_events_tests::{block_on, logs, panic_of, within};
use tokio::task;

/// Its receivers fail on demand.
#[signal("org.example.failures.egg.boiled.v1")]
struct EggBoiled {
    minutes: i64,
}

#[receiver(EGG_BOILED)]
fn a_crack(minutes: i64) {
    assert!(minutes < 10, "cracked after {minutes}");
}

#[receiver(EGG_BOILED)]
async fn b_taste(minutes: i64) -> Result<(), String> {
    task::yield_now().await;
    if minutes < 3 { Err(format!("raw after {minutes}")) } else { Ok(()) }
}

fn boil(minutes: i64) -> openedx_events::Responses {
    block_on(EGG_BOILED.send_event_async(minutes))
}

#[test]
fn failures_of_sync_and_awaited_receivers_fail_the_test_at_the_end() {
    let message = panic_of(|| {
        let _scope = isolate([&EGG_BOILED]);
        boil(12);
        boil(5);
        boil(2);
    });

    let lines: Vec<_> = message.lines().collect();
    let expected =
        "receivers failed in this test scope; call `scope.expect_errors()` if they should:".to_owned();
    assert_eq!(lines[0], expected);
    let prefix = "  org.example.failures.egg.boiled.v1: testing::failures::";
    assert!(lines[1].starts_with(&format!("{prefix}a_crack (tests/testing/failures.rs:")), "{message}");
    assert!(lines[1].ends_with("): panicked: cracked after 12"), "{message}");
    assert!(lines[2].starts_with(&format!("{prefix}b_taste (")) && lines[2].ends_with("): raw after 2"));
    assert_eq!(lines.len(), 3, "{message}");
    // The panic has not left the scope behind.
    assert!(boil(5).is_ok());
}

#[test]
fn expected_failures_do_not() {
    let scope = isolate([&EGG_BOILED]);
    scope.expect_errors();
    boil(12);
}

#[test]
fn taken_failures_do_not_and_later_ones_do() {
    let message = panic_of(|| {
        let scope = isolate([&EGG_BOILED]);
        boil(12);
        let taken = scope.take_errors();
        assert_eq!(taken.len(), 1, "{taken:?}");
        assert!(taken[0].ends_with("cracked after 12"), "{taken:?}");
        assert_eq!(scope.take_errors(), [""; 0]);
        boil(11);
    });

    assert!(message.contains("cracked after 11") && !message.contains("after 12"), "{message}");
}

#[test]
fn a_test_that_fails_itself_keeps_its_own_message() {
    let message = panic_of(|| {
        let _scope = isolate([&EGG_BOILED]);
        boil(12);
        panic!("the test's own");
    });

    assert_eq!(message, "the test's own");
}

#[test]
fn failures_belong_to_the_scope_that_they_happened_in() {
    let outer = isolate([&EGG_BOILED]);
    let message = panic_of(|| {
        let _inner = isolate([&EGG_BOILED]);
        boil(12);
    });

    assert!(message.contains("cracked after 12"), "{message}");
    assert_eq!(outer.take_errors(), [""; 0]);
}

#[tokio::test]
async fn failures_of_spawned_receivers_fail_the_test_too() {
    let scope = isolate([&EGG_BOILED]);
    EGG_BOILED.send_event(2);
    within(scope.drain()).await;

    let message = panic_of(|| drop(scope));
    assert!(message.ends_with("): raw after 2"), "{message}");
}

#[tokio::test]
async fn a_scope_does_not_end_well_while_a_spawned_receiver_runs() {
    let scope = isolate([&EGG_BOILED]);
    EGG_BOILED.send_event(2);
    EGG_BOILED.send_event(5);

    let message = panic_of(|| drop(scope));
    assert_eq!(
        message,
        "spawned receivers that have not ended when their test scope does: 2; await `scope.drain()` before, or call \
         `scope.expect_errors()` if it does not matter how they end"
    );
}

#[tokio::test]
async fn unless_it_expects_errors() {
    let scope = isolate([&EGG_BOILED]);
    scope.expect_errors();
    EGG_BOILED.send_event(2);
}

#[test]
fn a_receiver_that_a_runtime_dropped_fails_the_test() {
    /// Its receiver does not end.
    #[signal("org.example.failures.soup.cooked.v1")]
    struct SoupCooked {
        litres: i64,
    }

    #[receiver(SOUP_COOKED)]
    async fn simmer(_litres: i64) {
        std::future::pending::<()>().await;
    }

    let scope = isolate([&SOUP_COOKED]);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async { SOUP_COOKED.send_event(2) }).into_result().unwrap();
    drop(runtime);

    let message = panic_of(|| drop(scope));
    assert!(
        message.contains("testing::failures::simmer (") && message.contains("dropped before it ended"),
        "{message}"
    );
}

#[test]
fn a_send_future_that_is_dropped_leaves_the_failures_before() {
    /// Its async receiver does not end.
    #[signal("org.example.failures.bread.baked.v1")]
    struct BreadBaked {
        loaves: i64,
    }

    #[receiver(BREAD_BAKED)]
    fn burn(_loaves: i64) -> Result<(), &'static str> {
        Err("burnt")
    }

    #[receiver(BREAD_BAKED)]
    async fn wait() {
        std::future::pending::<()>().await;
    }

    logs::collect();
    let scope = isolate([&BREAD_BAKED]);
    let mut future = Box::pin(BREAD_BAKED.send_event_async(2));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    drop(future);

    let errors = scope.take_errors();
    assert!(matches!(&errors[..], [error] if error.ends_with("): burnt")), "{errors:?}");
    assert_eq!(logs::of("org.example.failures.bread.baked.v1").len(), 1);
}
