//! What the application provides and receivers take with `#[state]`.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use openedx_events::{CheckProblem, ReceiverError, Responses, check, provide, receiver, signal};
use openedx_events_tests::block_on;

#[test]
fn a_second_value_of_a_type_is_refused_with_the_place_of_the_first() {
    #[derive(Debug)]
    struct Colour(&'static str);

    /// Asks for the value.
    #[signal("org.example.state.wall.painted.v1")]
    struct WallPainted {
        wall: i64,
    }

    #[receiver(WALL_PAINTED)]
    fn paint(#[state] colour: &Colour, _wall: i64) -> Result<(), String> {
        Err(colour.0.to_owned())
    }

    let line = line!() + 1;
    provide(Colour("red")).unwrap();
    let error = provide(Colour("blue")).unwrap_err();

    let text = error.to_string();
    assert!(text.starts_with("a state of type `signal::state::"), "{text}");
    assert!(text.contains(&format!("is already provided, at {}:{line}:", file!())), "{text}");
    let responses = WALL_PAINTED.send_event(1);
    assert!(responses.to_string().ends_with(": red"), "the first one stays: {responses}");
}

#[test]
fn a_state_that_is_taken_twice_behind_an_alias_is_a_problem_at_the_check() {
    type Replica = Pool;

    struct Pool;

    /// Its receiver takes one state twice.
    #[signal("org.example.state.table.copied.v1")]
    struct TableCopied {
        table: i64,
    }

    /// Its receiver takes one state twice.
    #[signal("org.example.state.table.moved.v1")]
    struct TableMoved {
        table: i64,
    }

    #[receiver(TABLE_COPIED, TABLE_MOVED)]
    fn copy_with_an_alias(_table: i64, #[state] _primary: &Pool, #[state] _replica: &Replica) {}

    let error = check().unwrap_err();

    // Other tests of this program have problems of their own.
    let texts = error.problems().iter().map(ToString::to_string);
    let texts: Vec<_> =
        texts.filter(|text| text.contains("copy_with_an_alias") && text.contains("several")).collect();
    let [text] = texts.as_slice() else { panic!("one problem for both signals: {texts:?}") };
    assert!(text.contains("::Pool` in several parameters"), "{text}");
    assert!(text.contains("wrap one of the values in a type of its own"), "{text}");
}

#[test]
fn a_function_with_several_attributes_takes_its_state_for_each_signal() {
    static COINS: AtomicI64 = AtomicI64::new(0);

    struct Factor(i64);

    /// Its receiver has two attributes.
    #[signal("org.example.state.coin.earned.v1")]
    struct CoinEarned {
        coins: i64,
    }

    /// Its receiver has two attributes.
    #[signal("org.example.state.coin.spent.v1")]
    struct CoinSpent {
        coins: i64,
    }

    #[receiver(COIN_EARNED, priority = 1)]
    #[receiver(COIN_SPENT, priority = 2)]
    fn count(coins: i64, #[state] factor: &Factor) {
        COINS.fetch_add(coins * factor.0, Ordering::Relaxed);
    }

    provide(Factor(10)).unwrap();
    let earned = COIN_EARNED.send_event(1);
    let spent = COIN_SPENT.send_event(2);

    assert_eq!(COINS.load(Ordering::Relaxed), 30);
    let priorities = |responses: &Responses| -> Vec<_> {
        responses.iter().map(|response| response.receiver.priority).collect()
    };
    assert_eq!((priorities(&earned), priorities(&spent)), (vec![1], vec![2]));
}

#[test]
fn a_missing_state_is_an_error_with_the_remedy_until_it_is_provided() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);

    struct Stamp;

    /// Its receivers lack a state at first.
    #[signal("org.example.state.letter.sorted.v1")]
    struct LetterSorted {
        street: String,
    }

    #[receiver(LETTER_SORTED)]
    fn stamp(_street: &str, #[state] _stamp: &Stamp) {
        CALLS.fetch_add(1, Ordering::Relaxed);
    }

    #[receiver(LETTER_SORTED)]
    async fn stamp_async(#[state] _stamp: &Stamp) {
        CALLS.fetch_add(1, Ordering::Relaxed);
    }

    #[receiver(LETTER_SORTED)]
    fn without_state() {
        CALLS.fetch_add(1, Ordering::Relaxed);
    }

    let send = || block_on(LETTER_SORTED.send_event_async("Elm Street".to_owned()));
    let responses = send();
    let errors: Vec<_> = responses.errors().map(|(_, error)| error).collect();
    assert_eq!(errors.len(), 2);
    for error in errors {
        let ReceiverError::Failed(error) = error else { panic!("{error:?}") };
        let text = error.to_string();
        assert!(text.starts_with("no state of type `signal::state::"), "{text}");
        assert!(text.contains("::Stamp`: call `openedx_events::provide(…)` at start-up"), "{text}");
    }
    assert_eq!(CALLS.swap(0, Ordering::Relaxed), 1);

    provide(Stamp).unwrap();
    assert!(send().is_ok());
    assert_eq!(CALLS.swap(0, Ordering::Relaxed), 3);
}

#[test]
fn all_receivers_of_a_type_share_the_one_value() {
    /// Counts by two receivers.
    #[signal("org.example.state.coin.dropped.v1")]
    struct CoinDropped {
        cents: i64,
    }

    #[receiver(COIN_DROPPED)]
    fn count(#[state] total: &Arc<AtomicUsize>, cents: i64) -> Result<(), std::num::TryFromIntError> {
        total.fetch_add(usize::try_from(cents)?, Ordering::Relaxed);
        Ok(())
    }

    #[receiver(COIN_DROPPED)]
    fn count_again(#[state] total: &Arc<AtomicUsize>) {
        total.fetch_add(1000, Ordering::Relaxed);
    }

    let total = Arc::new(AtomicUsize::new(0));
    provide(Arc::clone(&total)).unwrap();
    COIN_DROPPED.send_event(5).into_result().unwrap();
    COIN_DROPPED.send_event(7).into_result().unwrap();

    assert_eq!(total.load(Ordering::Relaxed), 2012);
}

#[test]
fn check_lists_each_receiver_once_for_each_state_that_it_lacks() {
    struct Never;
    struct Neither;

    /// One signal of a function that lacks two states.
    #[signal("org.example.state.gap.found.v1")]
    struct GapFound {
        width: i64,
    }

    /// The other signal of that function.
    #[signal("org.example.state.hole.found.v1")]
    struct HoleFound {
        width: i64,
    }

    #[receiver(GAP_FOUND, HOLE_FOUND)]
    fn lacks_both(_width: i64, #[state] _never: &Never, #[state] _neither: &Neither) {}

    #[receiver(GAP_FOUND)]
    async fn lacks_one(#[state] _never: &Never) {}

    let error = check().unwrap_err();

    // Other tests of this program provide states or not while this runs: only those two are looked at.
    let missing: Vec<_> = error
        .problems()
        .iter()
        .filter_map(|problem| match problem {
            CheckProblem::MissingState { receiver, type_name, .. } if receiver.path.contains("::lacks_") => {
                Some((receiver.path.rsplit("::").next().unwrap(), type_name.rsplit("::").next().unwrap()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(missing, [("lacks_both", "Never"), ("lacks_both", "Neither"), ("lacks_one", "Never")]);
    let text = error.to_string();
    assert!(text.contains("- the receiver signal::state::lacks_one (tests/signal/state.rs:"), "{text}");
    assert!(
        text.contains("which was never provided; call `openedx_events::provide(…)` at start-up"),
        "{text}"
    );
}

#[test]
fn a_state_that_is_provided_in_an_arc_is_named_by_the_error_and_by_the_check() {
    struct Ledger;
    struct Till;

    /// Lacks the one because of an `Arc`, and the other for the lack of one.
    #[signal("org.example.state.bill.paid.v1")]
    struct BillPaid {
        cents: i64,
    }

    #[receiver(BILL_PAID)]
    fn write_down(_cents: i64, #[state] _ledger: &Ledger) {}

    #[receiver(BILL_PAID)]
    fn put_away(#[state] _till: &Arc<Till>) {}

    provide(Arc::new(Ledger)).unwrap();
    provide(Till).unwrap();

    let responses = BILL_PAID.send_event(5);
    let errors: Vec<_> = responses.errors().map(|(_, error)| error.to_string()).collect();
    let here = module_path!();
    let [put_away, write_down] = errors.as_slice() else { panic!("{responses}") };
    let place = format!("; what is provided at {}:", file!());
    assert!(write_down.starts_with("no state of type `") && write_down.contains(&place), "{write_down}");
    for remedy in [format!("` is `Arc<{here}::"), format!("take `&Arc<{here}::")] {
        assert!(write_down.contains(remedy.trim_start_matches("` ")), "{write_down}");
    }
    assert!(write_down.ends_with("::Ledger` itself"), "{write_down}");
    assert!(put_away.contains("::Till`: take `&") && put_away.ends_with("::Till>` itself"), "{put_away}");

    // `main` and `unwrap` print the `Debug` of the error.
    let text = format!("{:?}", check().unwrap_err());
    let line = text.lines().find(|line| line.contains("write_down")).unwrap_or_else(|| panic!("{text}"));
    assert!(line.contains(&format!("write_down ({}:", file!())), "with the place of the receiver: {line}");
    assert!(line.contains("::Ledger`, which was never provided; what is provided at "), "{line}");
    assert!(line.contains(": take `&Arc<"), "{line}");
}

#[test]
fn a_scope_says_that_a_state_is_provided_outside_of_it() {
    struct Bell;

    /// Is missing in the scope alone.
    #[signal("org.example.state.bell.struck.v1")]
    struct BellStruck {
        times: i64,
    }

    #[receiver(BELL_STRUCK)]
    fn strike(_times: i64, #[state] _bell: &Bell) {}

    provide(Bell).unwrap();
    assert!(BELL_STRUCK.send_event(1).is_ok());

    let scope = openedx_events::testing::isolate([&BELL_STRUCK]);
    let responses = BELL_STRUCK.send_event(1);
    let outside = "is outside of this test scope: provide one inside the scope";
    assert!(responses.to_string().contains(outside), "{responses}");
    let error = check().unwrap_err().to_string();
    assert!(error.lines().any(|line| line.contains("::strike (") && line.ends_with(outside)), "{error}");
    scope.take_errors();
}
