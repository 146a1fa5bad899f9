//! Reading the time of others.

use chrono::{DateTime, SubsecRound as _, Utc};
use openedx_events::EventsMetadata;
use proptest::prelude::*;

fn read(time: &str) -> Result<DateTime<Utc>, String> {
    let text = format!(
        r#"{{"event_type": "org.example.house.door.shut.v1", "id": "0190a4f6-7f4e-7cc3-98c4-dc0c0c07398f",
             "source": "s", "sourcehost": "h", "time": "{time}", "sourcelib": [1]}}"#
    );
    EventsMetadata::from_json(&text).map(|metadata| metadata.time()).map_err(|error| error.to_string())
}

#[test]
fn any_spelling_of_an_instant_is_that_instant_in_utc() {
    let expected: DateTime<Utc> = "2026-01-31T12:00:00.5Z".parse().expect("a time");
    for time in [
        "2026-01-31T12:00:00.5Z",
        "2026-01-31t12:00:00.5z",
        "2026-01-31 12:00:00.500Z",
        "2026-01-31T12:00:00.500000+00:00",
        "2026-01-31T12:00:00.500000999-00:00",
        "2026-01-31T17:45:00.50+05:45",
        "2026-02-01T11:59:00.5+23:59",
        "2026-01-31T04:00:00.5-08:00",
        "20260131T120000,5Z",
    ] {
        assert_eq!(read(time), Ok(expected), "{time}");
    }
}

#[test]
fn a_leap_second_is_the_second_after_it() {
    assert_eq!(read("2016-12-31T23:59:60Z"), read("2017-01-01T00:00:00Z"));
    assert_eq!(read("2017-01-01T05:29:60.25+05:30"), read("2017-01-01T00:00:00.25Z"));
}

#[test]
fn what_is_no_instant_is_refused() {
    for (time, reason) in [
        ("2026-01-31T12:00:00", "write UTC as `2026-01-31T12:00:00+00:00`"),
        ("2026-01-31", "has no offset"),
        ("yesterday", "invalid datetime"),
        ("", "invalid datetime"),
        ("2026-02-30T12:00:00Z", "invalid datetime"),
        ("0001-01-01T00:00:00+01:00", "year"),
        ("9999-12-31T23:59:60Z", "invalid datetime"),
    ] {
        let error = read(time).expect_err(time);
        assert!(error.starts_with("`time`: ") && error.contains(reason), "{time}: {error}");
    }
}

proptest! {
    /// With chrono's reader of RFC 3339 as the judge.
    #[test]
    fn any_form_of_rfc_3339(
        (year, month, day) in (1970..2200_i32, 1..=12_u32, 1..=28_u32),
        (hour, minute, second) in (0..24_u32, 0..60_u32, 0..60_u32),
        fraction in "(\\.[0-9]{1,9})?",
        separator in "[Tt ]",
        offset in "[Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9]",
    ) {
        let text = format!(
            "{year:04}-{month:02}-{day:02}{separator}{hour:02}:{minute:02}:{second:02}{fraction}{offset}"
        );
        let expected = DateTime::parse_from_rfc3339(&text).expect("a time").to_utc().trunc_subsecs(6);
        prop_assert_eq!(read(&text), Ok(expected));
    }
}
