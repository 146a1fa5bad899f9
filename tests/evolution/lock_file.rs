//! The lock file's text: what is in it, and what is said of one that is damaged.

use std::path::Path;

use openedx_events::evolution::{
    Definition, EvolutionError, Lock, Policy, Reader, Snapshot, accept, compare,
};
use serde_json::{Value, json};

use crate::schemas::{definition, event, lock, lock_text, version};

const EVENT: &str = "org.example.post.letter.sent.v1";

fn letter(fields: &Value) -> Value {
    event(EVENT, fields)
}

/// A lock file of one event with one version before the present one, and a waiver.
fn good() -> Value {
    let former = letter(&json!([{"name": "to", "type": "string"}, {"name": "stamp", "type": "long"}]));
    let present = letter(&json!([{"name": "to", "type": ["null", "string"], "default": null}]));
    let versions = [version(0, &former), version(1, &present)];
    let waiver = json!({
        "event_type": EVENT,
        "fingerprint": versions[1]["fingerprint"],
        "rule": "FIELD_REMOVED_WITHOUT_DEFAULT",
        "path": "data.stamp",
        "reason": "stamps are gone",
    });
    serde_json::from_str(&lock_text(EVENT, &versions, &json!([waiver]))).expect("JSON")
}

fn parse(value: &Value) -> Result<Lock, EvolutionError> {
    Lock::parse(&value.to_string(), Path::new("some/events.lock.json"))
}

#[test]
fn its_text_reads_as_what_it_was() {
    let lock = parse(&good()).expect("a lock file");
    let text = lock.to_text();
    assert_eq!(Lock::parse(&text, Path::new("lock")).expect("a lock file"), lock);
    assert!(text.ends_with("}\n"));
    assert_eq!(lock.waivers().len(), 1);
}

#[test]
fn a_field_of_a_schema_has_a_line() {
    let text = parse(&good()).expect("a lock file").to_text();
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    assert!(lines.contains(&r#"{"name": "to", "type": ["null", "string"], "default": null}"#), "{text}");
    assert!(lines.contains(&r#"{"name": "stamp", "type": "long"}"#), "{text}");
}

#[test]
fn a_program_reads_back_as_itself() {
    let crates = vec!["evolution".to_owned()];
    let now = Snapshot::of_program(Some(&crates)).expect("no type twice");
    assert_eq!(now.len(), 1, "the event that stays in the process has no schema");
    let lock = accept(&Lock::new(Policy::default(), Some(crates)), &now, Policy::default(), None)
        .expect("new events break nothing")
        .lock;
    let text = lock.to_text();
    assert_eq!(Lock::parse(&text, Path::new("lock")).expect("a lock file"), lock);
    // The schemas are Avro's to anybody else.
    let value: Value = serde_json::from_str(&text).expect("JSON");
    apache_avro::Schema::parse(&value["events"][0]["schema"]).expect("a schema");
    // Defaults and the values of enums, which upstream's schema lacks.
    assert!(text.contains(r#"{"name": "is_insured", "type": "boolean", "default": true}"#), "{text}");
    assert!(text.contains(r#""items": ["null", {"type": "string", "symbols": ["road", "rail"]}]"#), "{text}");
    let signal =
        openedx_events::get_signal_by_type("org.example.post.parcel.sent.v1").expect("it is declared");
    let fingerprint = signal.schema().expect("it has a schema").fingerprint();
    assert!(text.contains(&format!(r#""fingerprint": "{fingerprint}""#)), "{text}");
}

#[test]
fn events_are_sorted() {
    let mut lock = lock(EVENT, &[version(0, &letter(&json!([{"name": "a", "type": "long"}])))], &json!([]));
    let first = "org.example.a.b.c.v1";
    let schema = event(first, &json!([{"name": "a", "type": "long"}]));
    lock.add_history(first, {
        let text = lock_text(first, &[version(0, &schema)], &json!([]));
        let other = Lock::parse(&text, Path::new("lock")).expect("a lock file");
        other.events().next().and_then(|event| event.current.clone()).expect("a version")
    });
    let types: Vec<_> = lock.events().map(|event| event.event_type.clone()).collect();
    assert_eq!(types, [first, EVENT]);
    // An event that is no more has a history only, and reads so.
    let read = Lock::parse(&lock.to_text(), Path::new("lock")).expect("a lock file");
    assert!(read.events().next().is_some_and(|event| event.current.is_none()));
}

type Damage = fn(&mut Value);

/// What is said of the good one after a change.
fn complaint(change: impl FnOnce(&mut Value)) -> String {
    let mut value = good();
    change(&mut value);
    let error = parse(&value).expect_err("a damaged file");
    assert!(matches!(error, EvolutionError::Damaged { .. }), "{error}");
    let text = error.to_string();
    assert!(text.starts_with("some/events.lock.json: "), "{text}");
    assert!(text.contains("restore the file from version control"), "{text}");
    text
}

#[test]
fn a_fingerprint_that_is_not_the_schemas() {
    let text = complaint(|lock| lock["events"][0]["fingerprint"] = json!("0123456789abcdef"));
    assert!(
        text.contains("`events[0].fingerprint`: org.example.post.letter.sent.v1: 0123456789abcdef"),
        "{text}"
    );
    let text = complaint(|lock| {
        lock["events"][0]["history"][0]["schema"]["fields"][0]["type"]["fields"][1]["type"] = json!("int");
    });
    assert!(text.contains("`events[0].history[0].fingerprint`"), "{text}");
    assert!(text.contains("does not belong to the schema, whose fingerprint is"), "{text}");
    let text = complaint(|lock| lock["events"][0]["fingerprint"] = json!("short"));
    assert!(text.contains("16 hex digits"), "{text}");
}

#[test]
fn damage_is_reported_with_its_place() {
    let cases: [(Damage, &str); 16] = [
        (
            |lock| lock["mode"] = json!("forwards"),
            "`mode`: unknown mode `forwards`, expected one of backward, ",
        ),
        (
            |lock| lock["readers"] = json!(["ruby"]),
            "`readers`: unknown reader `ruby`, expected one of rust, ",
        ),
        (|lock| lock["readers"] = json!([]), "`readers`: is empty"),
        (|lock| lock["readers"] = json!("rust"), "`readers`: not a list"),
        (|lock| lock["event"] = json!([]), "unknown member `event`, did you mean `events`?"),
        (|lock| lock["events"] = json!({}), "`events`: not a list"),
        (|lock| lock["events"][0]["schema"] = json!(7), "`events[0].schema`: "),
        (
            |lock| lock["events"][0]["schema"]["fields"][0]["type"]["fields"][0]["type"] = json!("strin"),
            "`events[0].schema.fields[0].type.fields[0].type`: org.example.post.letter.sent.v1: the type `strin` is not defined",
        ),
        (
            |lock| lock["events"][0]["minor_version"] = json!(-1),
            "`events[0].minor_version`: not a version number",
        ),
        (
            |lock| lock["events"][0]["event_type"] = json!("org.example.a.b.v1"),
            "not the schema of an event `org.example.a.b.v1`",
        ),
        (
            |lock| {
                let twice = lock["events"][0].clone();
                lock["events"].as_array_mut().expect("a list").push(twice);
            },
            "`events[1]`: the event `org.example.post.letter.sent.v1` appears twice",
        ),
        (|lock| lock["waivers"][0]["reason"] = json!("  "), "`waivers[0].reason`: is empty: say why"),
        (
            |lock| {
                lock["waivers"][0].as_object_mut().expect("an object").remove("reason");
            },
            "`waivers[0]`: has no `reason`",
        ),
        (|lock| lock["waivers"][0]["rule"] = json!("FIELD_REMOVED"), "`waivers[0].rule`: unknown rule"),
        (|lock| lock["waivers"][0]["until"] = json!("2030"), "`waivers[0]`: unknown member `until`"),
        (|lock| lock["format"] = json!("one"), "not a lock file: it has no number `format`"),
    ];
    for (change, expected) in cases {
        let text = complaint(change);
        assert!(text.contains(expected), "{text}\nlacks {expected}");
    }
}

#[test]
fn a_merge_conflict_is_reported_with_its_line() {
    let text = parse(&good()).expect("a lock file").to_text().replacen(
        "  \"events\"",
        "<<<<<<< HEAD\n  \"events\"",
        1,
    );
    let line = text.lines().position(|line| line.starts_with("<<<")).expect("the conflict") + 1;
    let error = Lock::parse(&text, Path::new("lock")).expect_err("no JSON").to_string();
    assert!(error.contains(&format!("at line {line} column 1")), "{error}");
    assert!(error.contains("After a merge conflict take either side"), "{error}");
}

#[test]
fn a_later_format_is_not_guessed_at() {
    let mut value = good();
    value["format"] = json!(2);
    value["something"] = json!("new");
    let error = parse(&value).expect_err("a later format");
    assert!(matches!(error, EvolutionError::NewerFormat { format: 2, .. }));
    assert_eq!(
        error.to_string(),
        "some/events.lock.json has the format 2, but this release of openedx-events supports formats up to 1: update \
         openedx-events"
    );
}

/// Records each of which holds the one before it twice, and a last one in all of them.
fn doubling(count: usize, leaf: &str) -> Value {
    let mut fields = vec![
        json!({"name": "f0", "type": {"name": "R0", "type": "record", "fields": [{"name": "leaf", "type": leaf}]}}),
    ];
    for place in 1..count {
        let inner = format!("R{}", place - 1);
        fields.push(
            json!({"name": format!("f{place}"), "type": {"name": format!("R{place}"), "type": "record",
            "fields": [{"name": "a", "type": inner}, {"name": "b", "type": inner}]}}),
        );
    }
    event(EVENT, &Value::from(fields))
}

#[test]
fn schemas_that_double_at_each_step_come_to_an_end() {
    let (one, other) = (definition(&doubling(50, "long")), definition(&doubling(50, "string")));
    assert_eq!(compare(&one, &one), []);
    let changes = compare(&one, &other);
    assert!((10_000..20_000).contains(&changes.len()), "{}", changes.len());
    assert!(one.can_read(&one, Reader::Rust) && !one.can_read(&other, Reader::Rust));
    let in_union = |inner: &Value| {
        let mut schema = inner.clone();
        schema["fields"][0]["type"] = json!(["null", inner["fields"][0]["type"], "long"]);
        definition(&schema)
    };
    assert!(!in_union(&doubling(50, "long")).can_read(&one, Reader::PythonRedis));
    let error = Definition::from_json(&doubling(100, "long")).expect_err("too deep").to_string();
    assert!(error.contains("more than 64 deep"), "{error}");
}

#[test]
fn nothing_makes_reading_panic() {
    let text = parse(&good()).expect("a lock file").to_text();
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        let cut = Lock::parse(&text[..end], Path::new("lock"));
        assert_eq!(cut.is_ok(), text[end..].trim().is_empty());
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(Lock::parse(&deep, Path::new("lock")).is_err());
}
