//! Test scopes that end in the statement that makes them.

use std::env;
use std::process::Command;

use openedx_events::{AnySignal as _, receiver, signal, testing};
use openedx_events_tests::logs;

#[signal("org.example.dropped.card.charged.v1")]
struct CardCharged {
    number: i64,
}

#[receiver(CARD_CHARGED)]
fn charge(_number: i64) {}

/// The places of the scopes that are logged, of those in these lines of this file.
fn logged(lines: std::ops::Range<u32>) -> Vec<String> {
    let of_lines = |location: &str| {
        let line =
            location.strip_prefix(file!()).and_then(|place| place.split(':').nth(1)?.parse::<u32>().ok());
        line.is_some_and(|line| lines.contains(&line))
    };
    let records = logs::all().into_iter().filter(|record| of_lines(record.field("location")));
    records.map(|record| record.message).collect()
}

#[test]
fn a_scope_that_an_underscore_drops_is_logged_when_something_is_sent_outside_of_it() {
    logs::collect();
    let start = line!();
    let _ = testing::isolate([]);
    assert_eq!(logged(start..line!()), [""; 0], "nothing follows yet");
    assert!(CARD_CHARGED.send_event(1).is_ok());
    assert_eq!(
        logged(start..line!()),
        ["a test scope ended at once, before anything was sent in it: bind it to a name such as `_scope`"]
    );
    CARD_CHARGED.send_event(1);
    assert_eq!(logged(start..line!()).len(), 1);
}

#[test]
fn what_is_provided_or_disabled_outside_of_it_tells_as_well() {
    struct Till;

    logs::collect();
    let start = line!();
    let _ = testing::isolation().signals([&CARD_CHARGED]).start();
    openedx_events::provide(Till).expect("nobody else provides it");
    let _ = testing::isolate([&CARD_CHARGED]);
    assert!(CARD_CHARGED.is_enabled());
    assert_eq!(logged(start..line!()).len(), 2);
}

#[test]
fn a_scope_that_is_entered_and_left_at_once_is_logged() {
    logs::collect();
    let scope = testing::isolate([]);
    let start = line!();
    std::thread::scope(|threads| {
        let sends = || {
            let _ = scope.enter();
            CARD_CHARGED.send_event(1);
        };
        threads.spawn(sends).join().expect("no panic");
    });
    assert_eq!(
        logged(start..line!()),
        [
            "a test scope was left at once, before anything was sent in it: bind the guard to a name such as `_guard`"
        ]
    );
    assert!(scope.sent_types().is_empty());
}

#[test]
fn right_tests_are_left_alone() {
    logs::collect();
    let start = line!();
    // Something is sent, provided, connected or asked.
    let scope = testing::isolate([]);
    CARD_CHARGED.send_event(1);
    drop(scope);
    let scope = testing::isolate([]);
    scope.provide(7_u8).expect("the first");
    drop(scope);
    let scope = testing::isolate([]);
    scope.assert_not_sent::<CardCharged>();
    drop(scope);
    let scope = testing::isolate([&CARD_CHARGED]);
    drop(CARD_CHARGED.connect("till", |_, _| Ok(())));
    drop(scope);
    let scope = testing::isolate([]);
    {
        let _guard = scope.enter();
        CARD_CHARGED.send_event(1);
    }
    drop(scope);
    CARD_CHARGED.send_event(1);
    assert_eq!(logged(start..line!()), [""; 0]);
}

/// Without a subscriber it is printed. The log of this process is collected, so another one looks.
#[test]
fn without_a_subscriber_it_is_printed() {
    if env::var_os("DROPPED_GUARD_CHILD").is_some() {
        let _ = testing::isolate([]);
        let _ = CARD_CHARGED.connect("till", |_, _| Ok(()));
        CARD_CHARGED.send_event(1);
        return;
    }
    let name = "dropped_guard::without_a_subscriber_it_is_printed";
    let mut child = Command::new(env::current_exe().expect("this program"));
    let output = child
        .args(["--exact", name, "--nocapture"])
        .env("DROPPED_GUARD_CHILD", "1")
        .output()
        .expect("it runs");
    let printed = String::from_utf8_lossy(&output.stderr);
    let scope = format!("openedx-events: the test scope of {}:", file!());
    assert!(printed.contains(&scope) && printed.contains("such as `_scope`"), "{printed}");
    let connection =
        format!("openedx-events: {}: `till`, connected at {}:", CARD_CHARGED.event_type(), file!());
    assert!(printed.contains(&connection), "{printed}");
}
