//! Which crates of receivers are part of a program: those that its code names.
//!
//! Of the fixture crates, all of which stand in `Cargo.toml`, this program names some, each in another way.

use linking_events::{LETTER_POSTED, LetterPosted};
use openedx_events::{CheckProblem, check, registry_summary};
use openedx_events_tests::names;

openedx_events::link!(linking_linked, linking_alias as linking_renamed);

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
    assert!(text.contains("write `link!(linking_alias as its_own_name)`"), "{text}");
}

#[test]
fn the_summary_counts_events_and_receivers_by_crate() {
    let summary = registry_summary();

    // Beside the fixtures there is the shipped catalog, as far as this program is built with it.
    let fixtures = summary.crates.iter().filter(|(name, _)| name.starts_with("linking_"));
    let crates: Vec<_> =
        fixtures.map(|(name, counts)| (name.as_str(), (counts.events, counts.receivers))).collect();
    assert_eq!(crates, [("linking_events", (1, 0)), ("linking_linked", (0, 2)), ("linking_renamed", (0, 1))]);
    assert_eq!(summary.receivers, 3);
    assert_eq!(summary.events, summary.crates.values().map(|counts| counts.events).sum::<usize>());
    let text = summary.to_string();
    let head = format!("openedx-events {}: {} event", env!("CARGO_PKG_VERSION"), summary.events);
    assert!(text.starts_with(&head) && text.contains(", 3 receivers ("), "{text}");
    let by_crate = "linking_events: 1 event, 0 receivers; linking_linked: 0 events, 2 receivers; linking_renamed: \
                    0 events, 1 receiver";
    assert!(text.contains(by_crate), "{text}");
}
