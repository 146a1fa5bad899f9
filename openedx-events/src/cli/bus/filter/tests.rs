//! Expressions over events of an own type, and over those of the catalog if it is there.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::*;
use crate::bus::Header;
use crate::{EventData, EventsMetadata};

#[derive(Clone, EventData)]
struct Rider {
    id: i64,
    #[event_data(pii)]
    name: Option<String>,
    weight: f64,
}

#[derive(Clone, Copy, EventData)]
enum Gait {
    Walk,
    Trot,
}

/// Sent when somebody rode out.
#[crate::signal("org.example.stable.rider.left.v1")]
#[derive(Clone)]
struct RiderLeft {
    rider: Rider,
    gait: Gait,
    is_alone: bool,
    tags: Vec<String>,
    extra: BTreeMap<String, i64>,
    left_at: DateTime<Utc>,
    others: Vec<Rider>,
    /// Shadows nothing: `type` is that of the event.
    r#type: String,
}

/// Sent when a horse was shod.
#[crate::signal("org.example.stable.horse.shod.v1")]
#[derive(Clone)]
struct HorseShod {
    rider: String,
    count: i64,
}

fn ride() -> RiderLeft {
    RiderLeft {
        rider: Rider { id: 7, name: Some("Ada".into()), weight: 61.5 },
        gait: Gait::Trot,
        is_alone: true,
        tags: vec!["dawn".into(), "frost".into()],
        extra: BTreeMap::from([("km".to_owned(), 12), ("two words".to_owned(), 2)]),
        left_at: DateTime::from_timestamp(1_769_850_000, 0).expect("a time"),
        others: Vec::new(),
        r#type: "short".into(),
    }
}

fn message(event: &dyn AnyEvent) -> Message {
    let metadata = EventsMetadata::new(event.info().event_type).with_sourcehost("gate".to_owned());
    Message::of_event(event, &metadata).expect("a message")
}

/// Whether an expression chooses an event, and whether its headers were enough to know.
fn chosen(text: &str, event: &dyn AnyEvent) -> (bool, bool) {
    let filter = Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let message = message(event);
    match filter.of_headers(&message) {
        Verdict::Chosen => (true, true),
        Verdict::NotChosen => (false, true),
        Verdict::Undecided(undecided) => (undecided.is_chosen(Some(event)), false),
    }
}

fn error(text: &str) -> String {
    Filter::parse(text).err().unwrap_or_else(|| panic!("{text} is right"))
}

#[test]
fn fields_are_compared() {
    for (text, expected) in [
        ("rider.id == 7", true),
        ("rider.id != 7", false),
        ("rider.id < 8 and rider.id > 6 and rider.id <= 7 and rider.id >= 7", true),
        ("rider.id == 7.0", true),
        ("rider.weight > 61", true),
        ("rider.weight < 6.15e1", false),
        ("rider.name == 'Ada'", true),
        ("rider.name contains \"d\"", true),
        ("rider.name == null", false),
        ("rider.name in ['Bob', 'Ada']", true),
        ("rider.id in []", false),
        ("gait == \"Trot\"", true),
        ("not (gait in ['Walk'])", true),
        ("is_alone", true),
        ("not is_alone", false),
        ("is_alone == false", false),
        ("tags contains 'frost'", true),
        ("tags contains 'fro'", false),
        ("extra.km == 12", true),
        ("extra.\"two words\" == 2", true),
        ("extra.miles == null", true),
        ("left_at >= '2026-01-31T10:00:00+01:00'", true),
        ("left_at < '2026-01-31T09:00:00Z'", false),
        ("data.rider.id == 7", true),
        ("data.type == 'short'", true),
        ("rider.id == 8 or rider.id == 7 and not gait == 'Walk'", true),
        ("(rider.id == 8 or rider.id == 7) and gait == 'Walk'", false),
    ] {
        assert_eq!(chosen(text, &ride()), (expected, false), "{text}");
    }
}

#[test]
fn headers_need_no_event() {
    for (text, expected) in [
        ("type == 'org.example.stable.rider.left.v1'", true),
        ("metadata.type contains 'horse'", false),
        ("metadata.sourcehost == 'gate' and metadata.minorversion == 0", true),
        ("metadata.time > '2020-01-01T00:00:00Z'", true),
        ("metadata.sourcelib == '11.2.0'", true),
        ("metadata.sourcehost == 'barn' and rider.id == 7", false),
        ("rider.id == 7 and metadata.sourcehost == 'barn'", false),
        ("rider.id == 7 or metadata.sourcehost == 'gate'", true),
        // This event does not have it.
        ("count == 4", false),
        ("count != 4", true),
        ("count == null", true),
        ("count < 4", false),
        // Of this event it is a record.
        ("rider == 'Ada'", false),
    ] {
        assert_eq!(chosen(text, &ride()), (expected, true), "{text}");
    }
    let shod = HorseShod { rider: "Ada".into(), count: 4 };
    assert_eq!(chosen("rider == 'Ada' and count == 4", &shod), (true, false));
    assert_eq!(chosen("rider.id == 7", &shod), (false, true));
}

#[test]
fn what_cannot_be_decoded_has_headers_alone() {
    let filter = Filter::parse("type contains 'unknown' and rider.id == null").expect("right");
    let unknown = Message { headers: vec![Header::new("type", "org.example.unknown.v1")], payload: None };
    assert!(matches!(filter.of_headers(&unknown), Verdict::Chosen));
    let filter = Filter::parse("rider.id != 7").expect("right");
    let message = message(&ride());
    let Verdict::Undecided(undecided) = filter.of_headers(&message) else { panic!("it is decided") };
    assert!(undecided.is_chosen(None), "its fields are null");
}

#[test]
fn mistakes_are_told_with_their_column() {
    for (text, expected) in [
        ("", "column 1: expected the path of a field, found the end"),
        ("rider.id ==", "column 12: expected a value, found the end"),
        ("rider.id = 7", "column 10: `=` is not an operator; compare with `==`"),
        ("is_alone && is_alone", "column 10: `&` is not an operator; write `and`, `or` and `not`"),
        ("rider.name == Ada", "column 15: `Ada` is not a value; text is in quotes: \"Ada\""),
        ("rider.name == 'Ada", "column 15: the text has no end: its quote is missing"),
        ("(is_alone", "column 10: expected `)`, found the end"),
        ("is_alone is_alone", "column 10: expected `and`, `or` or the end, found `is_alone`"),
        (
            "gait in 'Walk'",
            "column 9: expected a list, such as `[\"audit\", \"verified\"]`, found text in quotes",
        ),
        ("rider.id == 99999999999999999999", "column 13: `99999999999999999999` is not a number of 64 bits"),
        (
            "rider.ide == 7",
            "column 1: no event of this program has the field `rider.ide`, did you mean `rider.id`",
        ),
        ("metadata.host == 'a'", "column 1: no event of this program has the field `metadata.host`"),
        ("rider.id == '7'", "column 13: `rider.id` is a number, and never text"),
        ("is_alone > true", "column 12: `is_alone` is a boolean, which has no order; use `==`, `!=` or `in`"),
        (
            "gait == 'trot'",
            "column 9: `gait` is one of the texts of Gait, and never `trot`, did you mean `Trot`?",
        ),
        (
            "left_at > '2026-01-31T09:00:00'",
            "column 11: `left_at` is a time, such as \"2026-01-31T09:30:00+00:00\": ",
        ),
        ("tags == 'dawn'", "column 9: `tags` is a list; use `contains`"),
        ("others.id == 7", "column 1: no event of this program has the field `others.id`"),
        ("extra == 7", "column 10: `extra` is a map; name one of its keys"),
        ("rider.id contains 7", "column 19: `rider.id` is a number; `contains` takes text, or a list"),
        (
            "rider.id < null",
            "column 12: `rider.id` is a number, and never null there; compare with `== null`",
        ),
    ] {
        let error = error(text);
        assert!(error.starts_with(expected), "{text}: {error}");
    }
    let deep = format!("{}is_alone{}", "(".repeat(10_000), ")".repeat(10_000));
    assert!(error(&deep).contains("inside each other"));
    assert!(error(&"not ".repeat(10_000)).contains("inside each other"));
}

#[test]
fn a_long_expression_is_read() {
    let long = vec!["rider.id == 7"; 5000].join(" and ");
    assert_eq!(chosen(&long, &ride()), (true, false));
}
