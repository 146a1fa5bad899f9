//! Advice that messages give is accepted when it is followed.

use std::fmt::Display;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use openedx_events::cloudevents::from_json_as;
use openedx_events::keys::{
    CCXLocator, CourseKey, LibraryCollectionLocator, LibraryContainerLocator, LibraryLocatorV2,
    LibraryUsageLocatorV2, UsageKey,
};
use openedx_events::{AnySignal as _, EventsMetadata, signal};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::events::{MovedIn, moved_in};

/// What a message advises: the texts in backticks, or the word, behind these phrases.
fn advised(message: &str) -> Vec<&str> {
    let phrases =
        ["write UTC as ", "write ", "such as ", "an example is ", "did you mean ", "only ", "expected "];
    let behind = |phrase: &'static str| {
        message.match_indices(phrase).filter_map(move |(place, _)| {
            let rest = &message[place + phrase.len()..];
            match rest.strip_prefix('`') {
                Some(quoted) => quoted.split('`').next(),
                None if phrase.ends_with("is ") || phrase.ends_with("such as ") => {
                    rest.split_whitespace().next()
                }
                None => None,
            }
        })
    };
    phrases.into_iter().flat_map(behind).collect()
}

/// Follows each piece of advice. Returns how many there were.
fn follow(message: &str, is_accepted: impl Fn(&str) -> Result<(), String>) -> usize {
    let advice = advised(message);
    for advice in &advice {
        is_accepted(advice).unwrap_or_else(|error| panic!("{message}\n  advises `{advice}`: {error}"));
    }
    advice.len()
}

#[test]
fn what_is_advised_for_an_attribute_is_accepted() {
    let with = |name: &str, value: &Value| {
        let mut event = moved_in();
        event[name] = value.clone();
        event.to_string()
    };
    for (name, values) in [
        ("specversion", vec![json!("0.3"), json!("1"), json!("")]),
        ("type", vec![json!("org.example.house.resident.moved_on.v1"), json!("moved_in")]),
        ("id", vec![json!("7"), json!("0190a4f6"), json!("")]),
        (
            "time",
            [
                "2026-01-31",
                "20260131",
                "2026-W05-6",
                "2026W05",
                "2026-01-31T12",
                "2026-01-31 12:30",
                "2026-01-31t12:30:15.25",
                "20260131T123015,123456",
                "0001-01-01",
                "9999-12-31T23:59:59",
                "noon",
                "",
                "2026-01-31T24:00",
                "2026-02-30",
            ]
            .map(Value::from)
            .to_vec(),
        ),
        ("datacontenttype", vec![json!("application/avro"), json!("json"), json!("")]),
        ("sourcelib", vec![json!("11.2.0rc1"), json!("11..0"), json!("v11")]),
        ("minorversion", vec![json!(-1), json!(u32::MAX), json!("")]),
    ] {
        for value in values {
            let error = from_json_as::<MovedIn>(&with(name, &value)).map(drop).expect_err(name);
            assert_eq!(error.path(), name, "{error}");
            let count = follow(error.reason(), |advice| {
                from_json_as::<MovedIn>(&with(name, &json!(advice)))
                    .map(drop)
                    .map_err(|error| error.to_string())
            });
            let is_advised = value != "" && !matches!(name, "type" | "minorversion");
            assert!(count > 0 || !is_advised, "nothing is advised: {error}");
        }
    }
    // A name that is not one of an attribute.
    for name in ["event_type", "sourceHost", "Time", "data_content_type"] {
        let error = from_json_as::<MovedIn>(&with(name, &json!("x"))).map(drop).expect_err(name);
        follow(error.reason(), |advice| moved_in().get(advice).map(drop).ok_or_else(|| "unknown".to_owned()));
    }
}

#[test]
fn what_is_advised_for_a_time_of_metadata_is_accepted() {
    let metadata = EventsMetadata::new("org.example.a.b.c.v1").to_json();
    let text = |time: &str| {
        let mut members: Value = serde_json::from_str(&metadata).expect("JSON");
        members["time"] = json!(time);
        members.to_string()
    };
    for time in ["2026-01-31", "2026-01-31T12:00", "2026-W05", "noon"] {
        let error = EventsMetadata::from_json(&text(time)).expect_err(time);
        let count = follow(error.reason(), |advice| {
            EventsMetadata::from_json(&text(advice)).map(drop).map_err(|error| error.to_string())
        });
        assert!(count > 0, "{error}");
    }
}

/// What can be wrong in data.
#[signal("org.example.house.values.noted.v1")]
#[derive(Clone, PartialEq)]
pub(crate) struct ValuesNoted {
    time: DateTime<Utc>,
    id: Uuid,
    course: CourseKey,
    usage: UsageKey,
}

#[test]
fn what_is_advised_for_data_is_accepted() {
    let good = json!({
        "time": "2026-01-31T12:00:00+00:00",
        "id": "0190a4f6-7f4e-7cc3-98c4-dc0c0c07398f",
        "course": "course-v1:a+b+c",
        "usage": "block-v1:a+b+c+type@problem+block@d",
    });
    let with = |name: &str, value: &str| {
        let mut values = good.clone();
        values[name] = json!(value);
        VALUES_NOTED.read_json(&values.to_string()).map(drop)
    };
    for (name, value) in [
        ("time", "noon"),
        ("time", "2026-13-01"),
        ("course", "course-v1:a+b"),
        ("course", ""),
        ("usage", "block-v1:a"),
    ] {
        let error = with(name, value).expect_err(name);
        let count = follow(error.reason(), |advice| with(name, advice).map_err(|error| error.to_string()));
        assert!(count > 0, "nothing is advised: {error}");
    }
    let mut number = good.clone();
    number["time"] = json!(7);
    let error = VALUES_NOTED.read_json(&number.to_string()).map(drop).expect_err("a number");
    assert!(
        follow(error.reason(), |advice| with("time", advice).map_err(|error| error.to_string())) > 0,
        "{error}"
    );
}

/// Every form that a key's messages expect is a key.
fn keys<T: FromStr<Err: Display>>(bad: &[&str]) {
    let prefixes = [
        "",
        "x",
        "course-v1:",
        "course-v1:a+b",
        "ccx-v1:a",
        "library-v1:a",
        "block-v1:a+b+c",
        "ccb-v1:a",
        "lib-block-v1:a",
        "lib-v1:a",
        "lib:a",
        "lib:a b:c",
        "lb:a",
        "lb:a:b",
        "lib-collection:a",
        "lct:a",
        "lct:a:b:c",
        "aside-usage-v1:a",
        "aside-usage-v2:a",
        "aside-def-v1:a",
        "aside-def-v2:a",
        "i4x://a",
        "a/b",
        "def-v1:a",
        "asset-v1:a",
    ];
    let mut count = 0;
    for text in prefixes.iter().chain(bad) {
        let Some(error) = text.parse::<T>().err() else { continue };
        count += follow(&error.to_string(), |advice| {
            advice.parse::<T>().map(drop).map_err(|error| error.to_string())
        });
    }
    assert!(count > 10, "{count}");
}

#[test]
fn what_is_expected_of_a_key_is_one() {
    keys::<CourseKey>(&["course-v1:a+b+c d", "a/b/c d"]);
    keys::<UsageKey>(&["block-v1:a+b+c+type@d"]);
    keys::<CCXLocator>(&["ccx-v1:a+b+c+ccx@"]);
    keys::<LibraryLocatorV2>(&["lib:a:b c"]);
    keys::<LibraryUsageLocatorV2>(&["lb:a:b:c"]);
    keys::<LibraryCollectionLocator>(&["lib-collection:a:b"]);
    keys::<LibraryContainerLocator>(&["lct:a:b:c:d e"]);
}
