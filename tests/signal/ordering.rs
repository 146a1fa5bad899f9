//! The order of receivers, which `inventory` itself does not promise.

use openedx_events::{AnyEvent, AnySignal, receiver, signal};
use openedx_events_tests::{Journal, block_on, names};

static RACE: Journal = Journal::new();

/// Sorted in every way.
#[signal("org.example.ordering.race.started.v1")]
struct RaceStarted {
    lap: i64,
}

// Registered in another order than they run in.
mod zebra {
    use super::{RACE, RACE_STARTED, receiver};

    #[receiver(RACE_STARTED)]
    fn a_last(_lap: i64) {
        RACE.write("zebra::a_last");
    }

    #[receiver(RACE_STARTED, priority = 10)]
    fn first() {
        RACE.write("zebra::first");
    }
}

#[receiver(RACE_STARTED, priority = -1)]
fn a_very_last() {
    RACE.write("a_very_last");
}

#[receiver(RACE_STARTED)]
fn b_middle() {
    RACE.write("b_middle");
}

mod aardvark {
    use super::{RACE, RACE_STARTED, receiver};

    #[receiver(RACE_STARTED)]
    fn z_early() {
        RACE.write("aardvark::z_early");
    }
}

#[test]
fn order_is_by_priority_and_then_by_path() {
    let responses = RACE_STARTED.send_event(1);

    let expected = ["zebra::first", "aardvark::z_early", "b_middle", "zebra::a_last", "a_very_last"];
    assert_eq!(RACE.take(), expected);
    let responded: Vec<_> = responses.iter().map(|response| response.receiver.path.to_string()).collect();
    assert_eq!(responded, expected.map(|name| format!("signal::ordering::{name}")));
    let priorities: Vec<_> = responses.iter().map(|response| response.receiver.priority).collect();
    assert_eq!(priorities, [10, 0, 0, 0, -1]);
}

#[test]
fn receivers_of_one_path_go_by_their_place() {
    static JOURNAL: Journal = Journal::new();

    /// Received by namesakes.
    #[signal("org.example.ordering.twin.called.v1")]
    struct TwinCalled {
        times: i64,
    }

    // Never called: a receiver is registered wherever it stands.
    fn _above() {
        #[receiver(TWIN_CALLED)]
        fn twin(_times: i64) {
            JOURNAL.write("upper");
        }
    }

    #[rustfmt::skip]
    fn _on_one_line() {
        { #[receiver(TWIN_CALLED)] fn twin() { JOURNAL.write("left"); } }  { #[receiver(TWIN_CALLED)] fn twin() { JOURNAL.write("right"); } }
    }

    let responses = TWIN_CALLED.send_event(2);

    assert_eq!(JOURNAL.take(), ["upper", "left", "right"]);
    assert_eq!(names(&responses), ["twin"; 3]);
    let places: Vec<_> = responses
        .iter()
        .map(|response| (response.receiver.location.line(), response.receiver.location.column()))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    assert_eq!(places[1].0, places[2].0, "both stand on one line");
}

#[test]
fn sync_receivers_run_before_connected_ones_and_these_before_async_ones() {
    static JOURNAL: Journal = Journal::new();

    /// Received by receivers of each kind.
    #[signal("org.example.ordering.kind.mixed.v1")]
    struct KindMixed {
        note: String,
    }

    #[receiver(KIND_MIXED, priority = 100)]
    async fn async_first(_note: &str) {
        JOURNAL.write("async_first");
    }

    #[receiver(KIND_MIXED)]
    async fn async_second() {
        JOURNAL.write("async_second");
    }

    #[receiver(KIND_MIXED, priority = -100)]
    fn sync_last() {
        JOURNAL.write("sync_last");
    }

    #[receiver(KIND_MIXED)]
    fn sync_first() {
        JOURNAL.write("sync_first");
    }

    let connect = |name: &'static str| {
        KIND_MIXED.connect(name, move |_, _| {
            JOURNAL.write(name);
            Ok(())
        })
    };
    let _guards = [connect("z connected first"), connect("a connected second")];

    let responses = block_on(KIND_MIXED.send_event_async("hello".to_owned()));

    let expected =
        ["sync_first", "sync_last", "z connected first", "a connected second", "async_first", "async_second"];
    assert_eq!(JOURNAL.take(), expected);
    assert_eq!(names(&responses), expected);
    let listed: Vec<_> = KIND_MIXED.receivers().iter().map(|info| info.path.rsplit("::").next()).collect();
    assert_eq!(listed, ["sync_first", "sync_last", "async_first", "async_second"].map(Some));
}

#[test]
fn one_function_listens_to_two_signals() {
    static JOURNAL: Journal = Journal::new();

    /// One of two.
    #[signal("org.example.ordering.left.turned.v1")]
    struct LeftTurned {
        angle: i64,
    }

    /// The other one, whose field has the same name.
    #[signal("org.example.ordering.right.turned.v1")]
    struct RightTurned {
        angle: i64,
        road: String,
    }

    #[receiver(LEFT_TURNED, RIGHT_TURNED)]
    fn steer(angle: i64, event: &dyn AnyEvent, signal: &dyn AnySignal) {
        JOURNAL.write(format!("{angle} {} {}", event.info().signal_name, signal.event_type()));
    }

    assert_eq!(names(&LEFT_TURNED.send_event(-90)), ["steer"]);
    let right = RightTurned { angle: 45, road: "Elm Street".into() };
    assert_eq!(right.road, "Elm Street");
    assert_eq!(names(&RIGHT_TURNED.send_event(right)), ["steer"]);

    let expected = [
        "-90 LEFT_TURNED org.example.ordering.left.turned.v1",
        "45 RIGHT_TURNED org.example.ordering.right.turned.v1",
    ];
    assert_eq!(JOURNAL.take(), expected);
}
