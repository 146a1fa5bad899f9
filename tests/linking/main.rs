//! Which crates of receivers and steps are part of a program: those that its code names.
//!
//! Of the fixture crates, all of which stand in `Cargo.toml`, this program names some, each in another way.

use linking_events::{LETTER_POSTED, LetterPosted};
use linking_filters::{STAMP_REQUESTED, StampRequested};
use openedx_events::filters::FiltersConfig;
use openedx_events::{CheckProblem, check, registry_summary};
use openedx_events_tests::names;

openedx_events::link!(linking_linked, linking_alias as linking_renamed);
// A crate that has a filter alone, and one that has steps alone.
openedx_events::link!(linking_filters, linking_steps);

/// What goes wrong with `link!`: a crate that has nothing to link, and a renamed one by the name it has here.
mod mistaken {
    openedx_events::link!(linking_empty);
    openedx_events::link!(linking_alias);
}

#[test]
fn a_crate_that_is_never_named_is_absent_and_link_brings_others_in() {
    let responses = LETTER_POSTED.send_event(LetterPosted { to: "Ada".into() });

    assert_eq!(names(&responses), ["deliver", "stamp", "forward"], "{responses}");
}

#[test]
fn check_names_linked_crates_that_registered_nothing() {
    let error = check().unwrap_err();

    let names: Vec<_> = error
        .problems()
        .iter()
        .map(|problem| match problem {
            CheckProblem::UnlinkedCrate { name } => *name,
            other => panic!("another problem: {other}"),
        })
        .collect();
    assert_eq!(names, ["linking_alias", "linking_empty"]);
    let text = error.to_string();
    assert!(text.starts_with("2 problems:\n- the crate `linking_alias`"), "{text}");
    assert!(text.contains("has neither events nor receivers, filters or steps; if it is renamed"), "{text}");
    assert!(text.contains("write `link!(linking_alias as its_own_name)`"), "{text}");
}

#[test]
fn steps_of_a_linked_crate_run_and_those_of_another_are_absent() {
    let stamp = STAMP_REQUESTED.run_filter(StampRequested { cents: 20 }).unwrap();

    assert_eq!(stamp.cents, 120);
}

#[test]
fn a_setting_that_names_a_step_of_an_unlinked_crate_is_refused() {
    let steps = ["linking_unnamed::for_nothing", "linking_steps::registered"];
    let config = FiltersConfig::new().pipeline("org.example.linking.letter.stamp.requested.v1", steps);

    let text = config.apply().unwrap_err().to_string();

    let unlinked = "the program has no step `linking_unnamed::for_nothing`; it has no step of the crate `linking_unnamed`: name the \
                    crate with `openedx_events::link!`";
    assert!(text.contains(unlinked), "{text}");
    let misspelt = "no step `linking_steps::registered`, did you mean `linking_steps::registered_letter`?";
    assert!(text.contains(misspelt), "{text}");
}

#[test]
fn the_summary_counts_events_receivers_filters_and_steps_by_crate() {
    let summary = registry_summary();

    // Beside the fixtures there is the shipped catalog, as far as this program is built with it.
    let fixtures = summary.crates.iter().filter(|(name, _)| name.starts_with("linking_"));
    let crates: Vec<_> = fixtures
        .map(|(name, counts)| {
            (name.as_str(), (counts.events, counts.receivers, counts.filters, counts.steps))
        })
        .collect();
    let expected = [
        ("linking_events", (1, 0, 0, 0)),
        ("linking_filters", (0, 0, 1, 0)),
        ("linking_linked", (0, 2, 0, 0)),
        ("linking_renamed", (0, 1, 0, 0)),
        ("linking_steps", (0, 0, 0, 2)),
    ];
    assert_eq!(crates, expected);
    assert_eq!((summary.receivers, summary.steps), (3, 2));
    assert_eq!(summary.filters, summary.crates.values().map(|counts| counts.filters).sum::<usize>());
    assert_eq!(summary.events, summary.crates.values().map(|counts| counts.events).sum::<usize>());
    let text = summary.to_string();
    let head = format!("openedx-events {}: {} event", env!("CARGO_PKG_VERSION"), summary.events);
    assert!(
        text.starts_with(&head) && text.contains(", 3 receivers, ") && text.contains(", 2 steps ("),
        "{text}"
    );
    let by_crate = "linking_events: 1 event, 0 receivers; linking_filters: 0 events, 0 receivers, 1 filter, 0 steps; \
                    linking_linked: 0 events, 2 receivers; linking_renamed: 0 events, 1 receiver; linking_steps: 0 events, 0 \
                    receivers, 0 filters, 2 steps";
    assert!(text.contains(by_crate), "{text}");
}
