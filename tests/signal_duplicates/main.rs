//! Two signals of one event type in one program, and what a program logs when it starts.

use std::sync::Once;

use openedx_events::evolution::Snapshot;
use openedx_events::{
    AnySignal as _, CheckProblem, Undelivered, all_events, check, get_signal_by_type, receiver, signal,
};
use openedx_events_tests::{block_on, logs};
use tracing::Level;

const SHARED: &str = "org.example.duplicates.name.taken.v1";

mod first {
    use super::signal;

    /// Has a type that another event has.
    #[signal("org.example.duplicates.name.taken.v1")]
    pub(crate) struct NameTaken {
        pub(crate) by: String,
    }
}

mod second {
    use super::signal;

    /// Has a type that another event has.
    #[signal("org.example.duplicates.name.taken.v1", name = NAME_TAKEN_AGAIN)]
    pub(crate) struct NameTakenAgain {
        pub(crate) by: String,
    }
}

/// Has a type of its own.
#[signal("org.example.duplicates.name.free.v1")]
struct NameFree {
    by: String,
}

#[receiver(first::NAME_TAKEN)]
fn receive_first(_by: &str) {
    panic!("called for an event that is refused");
}

#[receiver(second::NAME_TAKEN_AGAIN)]
fn receive_second(_by: &str) {
    panic!("called for an event that is refused");
}

#[receiver(NAME_FREE)]
fn receive_free(_by: &str) {}

/// The log must listen before the first use of any signal, so each test begins here.
fn start() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        logs::collect();
        let _ = all_events();
    });
}

fn places() -> String {
    let [a, b] = [first::NAME_TAKEN.info(), second::NAME_TAKEN_AGAIN.info()];
    format!(
        "signal_duplicates::first::NAME_TAKEN ({}) and signal_duplicates::second::NAME_TAKEN_AGAIN ({})",
        a.location, b.location
    )
}

#[test]
fn check_names_both_places() {
    start();

    let error = check().unwrap_err();

    let [CheckProblem::DuplicateType { event_type, places }] = error.problems() else { panic!("{error}") };
    assert_eq!(*event_type, SHARED);
    assert_eq!(*places, self::places());
    assert!(places.contains("tests/signal_duplicates/main.rs:"), "{places}");
    assert_eq!(
        error.to_string(),
        format!("several signals have the event type `{SHARED}`: {places}; give each a type of its own")
    );
}

#[test]
fn sending_either_is_refused_with_the_reason() {
    start();
    let by = || "Ada".to_owned();
    let all = [
        first::NAME_TAKEN.send_event(by()),
        first::NAME_TAKEN.event(by()).fail_fast().send(),
        second::NAME_TAKEN_AGAIN.send_event(by()),
        block_on(first::NAME_TAKEN.send_event_async(by())),
        block_on(second::NAME_TAKEN_AGAIN.send_event_async(by())),
    ];

    for responses in all {
        assert_eq!(responses.reason(), Some(Undelivered::DuplicateType));
        assert!(responses.is_empty());
        assert!(!responses.is_ok());
        let error = responses.into_result().unwrap_err();
        assert_eq!(error.responses().reason(), Some(Undelivered::DuplicateType));
        assert_eq!(
            error.to_string(),
            format!("{SHARED}: refused: several signals have this event type: {}", places())
        );
    }
}

#[test]
fn connecting_and_enabling_do_not_lift_the_refusal() {
    start();

    let _connection = first::NAME_TAKEN.connect("listener", |_, _| panic!("called for a refused event"));
    first::NAME_TAKEN.disable();
    first::NAME_TAKEN.enable();

    assert_eq!(first::NAME_TAKEN.send_event("Ada".to_owned()).reason(), Some(Undelivered::DuplicateType));
}

#[test]
fn a_test_scope_refuses_it_too() {
    start();
    let scope = openedx_events::testing::isolate([&first::NAME_TAKEN, &NAME_FREE]);

    assert_eq!(first::NAME_TAKEN.send_event("Ada".to_owned()).reason(), Some(Undelivered::DuplicateType));
    assert_eq!(NAME_FREE.send_event("Ada".to_owned()).len(), 1);
    assert_eq!(scope.sent_types(), [SHARED, "org.example.duplicates.name.free.v1"]);
}

#[test]
fn others_work() {
    start();

    let responses = NAME_FREE.send_event("Ada".to_owned()).into_result().unwrap();

    assert_eq!((responses.len(), responses.reason()), (1, None));
}

#[test]
fn looking_the_type_up_says_so() {
    start();

    let error = get_signal_by_type(SHARED).unwrap_err();

    assert_eq!(error.to_string(), format!("several signals have the type `{SHARED}`: {}", places()));
    assert_eq!(all_events().iter().filter(|signal| signal.event_type() == SHARED).count(), 2);
    assert!(get_signal_by_type("org.example.duplicates.name.free.v1").is_ok());
}

#[test]
fn the_start_is_logged_once_with_the_duplicates_as_errors() {
    start();
    NAME_FREE.send_event("Ada".to_owned());
    let _ = check();
    let _ = openedx_events::registry_summary();

    let summary = openedx_events::registry_summary().to_string();
    let summaries: Vec<_> = logs::all().into_iter().filter(|record| record.message == summary).collect();
    assert_eq!(summaries.len(), 1, "{summaries:?}");
    assert_eq!(summaries[0].level, Level::INFO);
    let duplicates: Vec<_> =
        logs::of(SHARED).into_iter().filter(|record| record.message.starts_with("several signals")).collect();
    assert_eq!(duplicates.len(), 1, "{duplicates:?}");
    assert_eq!(duplicates[0].level, Level::ERROR);
    assert_eq!(duplicates[0].message, format!("several signals have this event type: {}", places()));
}

#[test]
fn no_lock_is_made_of_two_events_of_one_type() {
    let error = Snapshot::of_program(None).expect_err("a type twice").to_string();
    assert!(error.starts_with(&format!("the event type `{SHARED}` appears twice: ")), "{error}");
    assert!(
        error.contains("::first::NAME_TAKEN (") && error.contains("::second::NAME_TAKEN_AGAIN ("),
        "{error}"
    );
}
