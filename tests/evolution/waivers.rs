//! The course of an event: modes, history, waivers, minor versions.

use openedx_events::evolution::{
    Lock, Mode, Outcome, Policy, Reader, Readers, Report, Rule, Snapshot, accept, check, diff,
};
use serde_json::{Value, json};

use crate::schemas::{event, lock, program, version};

const EVENT: &str = "org.example.zoo.animal.fed.v1";

fn animal(fields: &Value) -> Value {
    event(EVENT, fields)
}

fn name() -> Value {
    json!({"name": "name", "type": "string"})
}

/// With another field that has this default, if any.
fn with_food(default: Option<Value>) -> Value {
    let mut food = json!({"name": "food", "type": "long"});
    if let Some(default) = default {
        food["default"] = default;
    }
    animal(&json!([name(), food]))
}

fn without_food() -> Value {
    animal(&json!([name()]))
}

fn policy(mode: Mode) -> Policy {
    Policy { mode, readers: Reader::Rust.into() }
}

/// What breaks, as rules.
fn breaking(report: &Report) -> Vec<Rule> {
    report.breaking().map(|finding| finding.change.rule).collect()
}

/// What breaks when an event goes from the last but one of these versions to the last one.
fn broken(versions: &[Value], mode: Mode) -> Vec<Rule> {
    let (now, before) = versions.split_last().expect("a version");
    breaking(&check(&lock(EVENT, before, &json!([])), &program(EVENT, now.clone()), policy(mode)))
}

#[test]
fn each_mode_counts_what_it_is_about() {
    let added = [version(0, &without_food()), version(1, &with_food(None))];
    let removed = [version(0, &with_food(None)), version(1, &without_food())];
    for (mode, backward, forward) in [
        (Mode::Backward, true, false),
        (Mode::BackwardTransitive, true, false),
        (Mode::Forward, false, true),
        (Mode::ForwardTransitive, false, true),
        (Mode::Full, true, true),
        (Mode::FullTransitive, true, true),
    ] {
        assert_eq!(!broken(&added, mode).is_empty(), backward, "{mode}");
        assert_eq!(!broken(&removed, mode).is_empty(), forward, "{mode}");
    }
}

#[test]
fn two_steps_that_break_nothing_may_break_something_together() {
    // A field gets a default and is then removed: readers of the first version need it.
    let versions =
        [version(0, &with_food(None)), version(0, &with_food(Some(json!(1)))), version(1, &without_food())];
    assert_eq!(broken(&versions, Mode::Forward), []);
    let rules = broken(&versions, Mode::ForwardTransitive);
    assert_eq!(rules, [Rule::FieldRemovedWithoutDefault]);
    // A field with a default is added, and then the default goes: data from before the field cannot be read.
    let versions =
        [version(0, &without_food()), version(1, &with_food(Some(json!(1)))), version(1, &with_food(None))];
    assert_eq!(broken(&versions, Mode::Backward), []);
    assert_eq!(broken(&versions, Mode::BackwardTransitive), [Rule::FieldAddedWithoutDefault]);
}

#[test]
fn positions_are_a_mode_of_their_own() {
    let middle = animal(&json!([{"name": "food", "type": "long", "default": 1}, name()]));
    let end = with_food(Some(json!(1)));
    for (now, in_forward_mode) in [(middle, true), (end, false)] {
        let versions = [version(0, &without_food()), version(1, &now)];
        let (lock, now) = (lock(EVENT, &versions[..1], &json!([])), program(EVENT, versions[1].clone()));
        let broken = |mode, readers| breaking(&check(&lock, &now, Policy { mode, readers })).len();
        // Both ways, whatever the readers are said to be.
        assert_eq!(broken(Mode::Positional, Readers::ALL), 1);
        assert_eq!(broken(Mode::Positional, Reader::Rust.into()), 1);
        // A reader with the fingerprint resolves it.
        assert_eq!(broken(Mode::FullTransitive, Reader::Rust.into()), 0);
        // One way, for readers that decode by position: only the end.
        assert_eq!(broken(Mode::ForwardTransitive, Reader::PythonRedis.into()) == 1, in_forward_mode);
        assert_eq!(broken(Mode::default(), Readers::ALL) == 1, in_forward_mode);
    }
}

#[test]
fn the_minor_version_goes_up_with_the_schema() {
    let versions = |minor| [version(3, &without_food()), version(minor, &with_food(Some(json!(null))))];
    for (minor, expected) in
        [(2, &[Rule::MinorVersionNotRaised][..]), (3, &[Rule::MinorVersionNotRaised]), (4, &[])]
    {
        assert_eq!(broken(&versions(minor), Mode::Forward), expected, "{minor}");
    }
    // Alone it breaks nothing, and is reported.
    let alone = [version(3, &without_food()), version(4, &without_food())];
    let report =
        check(&lock(EVENT, &alone[..1], &json!([])), &program(EVENT, alone[1].clone()), Policy::default());
    assert!(report.is_ok() && !report.is_current());
    assert_eq!(report.findings[0].change.rule, Rule::MinorVersionChanged);
    // Defaults do not go over the wire.
    let defaults = [version(3, &with_food(None)), version(3, &with_food(Some(json!(1))))];
    assert_eq!(broken(&defaults, Mode::FullTransitive), []);
}

/// A lock with an event from which a field is about to be removed, and the program that did.
fn removal() -> (Lock, Snapshot) {
    (lock(EVENT, &[version(0, &with_food(None))], &json!([])), program(EVENT, version(1, &without_food())))
}

#[test]
fn what_breaks_needs_a_reason() {
    let (lock, now) = removal();
    for reason in [None, Some(""), Some("  ")] {
        let report = accept(&lock, &now, lock.policy(), reason).expect_err("no reason");
        assert_eq!(breaking(&report), [Rule::FieldRemovedWithoutDefault]);
    }
    let accepted = accept(&lock, &now, lock.policy(), Some("nobody reads it")).expect("a reason");
    let [waiver] = accepted.lock.waivers() else { panic!("{:?}", accepted.lock.waivers()) };
    assert_eq!((waiver.rule, waiver.path.as_str()), (Rule::FieldRemovedWithoutDefault, "data.food"));
    assert_eq!(waiver.reason, "nobody reads it");
    // It is current now, with the former schema in the history, and the waiver in use.
    let report = check(&accepted.lock, &now, lock.policy());
    assert!(report.is_current(), "{report}");
    let event = accepted.lock.events().next().expect("the event");
    assert_eq!(event.history.len(), 1);
    assert_eq!(event.current.as_ref().map(|version| version.fingerprint), Some(waiver.fingerprint));
}

#[test]
fn a_waiver_lasts_as_long_as_its_change() {
    let (lock, now) = removal();
    let lock = accept(&lock, &now, lock.policy(), Some("nobody reads it")).expect("a reason").lock;
    // A later, harmless change: over the history the removal still breaks, and is still allowed.
    let toys = animal(&json!([name(), {"name": "toys", "type": "long"}]));
    let later = program(EVENT, version(2, &toys));
    let report = check(&lock, &later, lock.policy());
    assert!(report.is_ok() && report.unused.is_empty(), "{report}");
    let waived = report.findings.iter().filter(|finding| matches!(finding.outcome, Outcome::Waived(_)));
    assert_eq!(waived.count(), 1);
    let lock = accept(&lock, &later, lock.policy(), None).expect("nothing new breaks").lock;
    assert_eq!(lock.waivers().len(), 1);
    // The same removal again is another change, as it makes another schema.
    let back = program(
        EVENT,
        version(
            3,
            &animal(&json!([name(), {"name": "toys", "type": "long"}, {"name": "food", "type": "long"}])),
        ),
    );
    let lock = accept(&lock, &back, lock.policy(), None).expect("an addition").lock;
    let again = program(EVENT, version(4, &toys));
    assert_eq!(breaking(&check(&lock, &again, lock.policy())), [Rule::FieldRemovedWithoutDefault]);
}

#[test]
fn whom_positions_have_failed_they_cannot_fail_again() {
    let (with_both, without) = (animal(&json!([{"name": "cage", "type": "long"}, name()])), without_food());
    let versions = [version(0, &with_both), version(1, &without)];
    let waiver = json!({"event_type": EVENT, "fingerprint": versions[1]["fingerprint"],
        "rule": "FIELD_REMOVED_WITHOUT_DEFAULT", "path": "data.cage", "reason": "so"});
    let lock = lock(EVENT, &versions, &json!([waiver]));
    assert!(check(&lock, &program(EVENT, versions[1].clone()), lock.policy()).is_current());
    // At the end for the readers of the second version; for those of the first it is one more thing in the wrong place.
    let now = program(EVENT, version(2, &with_food(None)));
    assert_eq!(breaking(&check(&lock, &now, lock.policy())), []);
    // For whom the second version is new, it is news.
    let middle = program(EVENT, version(2, &animal(&json!([{"name": "food", "type": "long"}, name()]))));
    let report = check(&lock, &middle, lock.policy());
    assert_eq!(breaking(&report), [Rule::FieldAddedWithoutDefault]);
    assert_eq!(report.findings[0].against.len(), 1, "{report}");
}

#[test]
fn a_waiver_for_another_schema_allows_nothing_and_is_reported() {
    let (former, now) = (version(0, &with_food(None)), version(1, &without_food()));
    let waiver = |fingerprint: &Value, path: &str| json!({"event_type": EVENT, "fingerprint": fingerprint, "rule": "FIELD_REMOVED_WITHOUT_DEFAULT", "path": path, "reason": "so"});
    let cases = [
        // Granted before the schema changed once more.
        (waiver(&former["fingerprint"], "data.food"), "it was granted for the schema "),
        (waiver(&now["fingerprint"], "data.foot"), "the schema has no such change"),
    ];
    for (waiver, why) in cases {
        let lock = lock(EVENT, std::slice::from_ref(&former), &json!([waiver]));
        let report = check(&lock, &program(EVENT, now.clone()), lock.policy());
        assert_eq!(breaking(&report), [Rule::FieldRemovedWithoutDefault]);
        assert!(report.unused[0].why.starts_with(why), "{report}");
    }
    // The right one, before the lock has the change.
    let lock = lock(EVENT, std::slice::from_ref(&former), &json!([waiver(&now["fingerprint"], "data.food")]));
    let report = check(&lock, &program(EVENT, now.clone()), lock.policy());
    assert!(report.is_ok() && report.unused.is_empty() && !report.is_current(), "{report}");
    assert!(accept(&lock, &program(EVENT, now), lock.policy(), None).is_ok());
}

#[test]
fn an_unused_waiver_is_reported_and_dropped() {
    let present = version(0, &without_food());
    let waiver = json!({"event_type": "org.example.zoo.animal.gone.v1", "fingerprint": present["fingerprint"],
        "rule": "TYPE_CHANGED", "path": "data.name", "reason": "so"});
    let lock = lock(EVENT, std::slice::from_ref(&present), &json!([waiver]));
    let now = program(EVENT, present);
    let report = check(&lock, &now, lock.policy());
    assert!(report.is_ok() && !report.is_current());
    assert_eq!(report.unused[0].why, "there is no such event");
    let accepted = accept(&lock, &now, lock.policy(), None).expect("nothing breaks");
    assert_eq!((accepted.dropped.len(), accepted.lock.waivers().len()), (1, 0));
}

#[test]
fn an_event_that_goes_and_comes_again() {
    let lock = lock(EVENT, &[version(0, &with_food(None))], &json!([]));
    let nothing = Snapshot::default();
    let report = check(&lock, &nothing, lock.policy());
    assert_eq!(breaking(&report), [Rule::EventRemoved]);
    assert!(report.to_string().contains("openedx_events::link!"), "{report}");
    let lock = accept(&lock, &nothing, lock.policy(), Some("the zoo was closed")).expect("a reason").lock;
    assert!(check(&lock, &nothing, lock.policy()).is_current());
    // Its history is remembered.
    let again = program(EVENT, version(1, &without_food()));
    let report = check(&lock, &again, lock.policy());
    assert_eq!(breaking(&report), [Rule::FieldRemovedWithoutDefault]);
    assert_eq!(report.findings[0].change.rule, Rule::EventAdded);
    assert_eq!(report.unused[0].why, "the event exists");
}

#[test]
fn a_change_back_is_a_change() {
    let (one, two) = (version(0, &with_food(None)), version(1, &without_food()));
    let lock = lock(
        EVENT,
        &[one, two.clone()],
        &json!([{"event_type": EVENT, "fingerprint": two["fingerprint"],
        "rule": "FIELD_REMOVED_WITHOUT_DEFAULT", "path": "data.food", "reason": "so"}]),
    );
    let back = program(EVENT, version(2, &with_food(None)));
    let report = check(&lock, &back, lock.policy());
    assert!(report.is_ok(), "{report}");
    let lock = accept(&lock, &back, lock.policy(), None).expect("an addition at the end").lock;
    assert!(check(&lock, &back, lock.policy()).is_current());
    assert_eq!(lock.events().next().map(|event| event.history.len()), Some(2));
}

#[test]
fn a_difference_of_two_states_knows_neither_history_nor_minor_versions() {
    let (old, new) =
        (program(EVENT, version(0, &with_food(None))), program(EVENT, version(0, &without_food())));
    let report = diff(&old, &new, Policy::default());
    assert_eq!(breaking(&report), [Rule::FieldRemovedWithoutDefault]);
    assert_eq!(report.findings.len(), 1);
    assert!(diff(&old, &old, Policy::default()).findings.is_empty());
}
