//! What holds for every datetime and for every text.

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use openedx_events::isoformat::{IsoDateTime, IsoError, format_fixed, format_utc, push_fixed, push_utc};
use proptest::prelude::*;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// 0001-01-01T00:00:00 and 9999-12-31T23:59:59.999999, in microseconds from 1970.
const FIRST: i64 = -62_135_596_800 * SECOND;
const LAST: i64 = 253_402_300_800 * SECOND - 1;

proptest! {
    // What once failed is a case in `edges`, so no file of failures is kept.
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_back(datetime in datetimes()) {
        let text = datetime.isoformat();
        prop_assert_eq!(text.parse(), Ok(datetime));
        prop_assert_eq!(datetime.to_string(), text.as_str());
        prop_assert_eq!(text.as_bytes(), text.as_str().as_bytes());
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        check(&text)?;
    }

    /// Near the grammar, so that much of it is reached.
    #[test]
    fn what_is_read_can_be_written(text in "[0-9]{4}-?(W?[0-5][0-9]|[01][0-9]-?[0-3][0-9])-?[1-7]?([T ][0-2][0-9](:?[0-6][0-9]){0,2}([.,][0-9]{1,8})?)?(Z|[+-][0-2][0-9](:?[0-6][0-9]){0,2}([.,][0-9]{1,8})?)?") {
        check(&text)?;
    }

    #[test]
    fn a_changed_text_is_read_as_what_it_says(datetime in datetimes(), at in any::<prop::sample::Index>(), put in any::<char>()) {
        let text = datetime.to_string();
        let at = at.index(text.len());
        check(&format!("{}{put}{}", &text[..at], &text[at + 1..]))?;
        check(&format!("{}{put}{}", &text[..at], &text[at..]))?;
        check(&text[..at])?;
    }

    #[test]
    fn rfc_3339_is_read(instant in instants(), seconds in -86_340..86_340_i32, format in seconds_formats()) {
        // RFC 3339 has no seconds in an offset.
        let there = instant.with_timezone(&east(seconds / 60 * 60));
        for text in [
            instant.to_rfc3339_opts(format, true),
            instant.to_rfc3339_opts(format, false),
            there.to_rfc3339_opts(format, false),
        ] {
            // The offset may lead out of the years of four digits, which are all that RFC 3339 has.
            if DateTime::parse_from_rfc3339(&text).is_ok() && !text.starts_with("0000") {
                let read: IsoDateTime = text.parse()?;
                prop_assert_eq!(read.to_fixed_offset()?, DateTime::parse_from_rfc3339(&text)?);
            }
        }
    }

    #[test]
    fn every_way_to_write_writes_the_same(instant in instants(), seconds in -86_399..=86_399_i32) {
        let datetime = IsoDateTime::try_from(instant)?;
        prop_assert_eq!(format_utc(instant)?, datetime.isoformat());
        prop_assert_eq!(pushed(|out| push_utc(instant, out)), Ok(datetime.to_string()));
        prop_assert_eq!(datetime.to_utc(), Ok(instant));

        let there = instant.with_timezone(&east(seconds));
        // Both refuse where the offset leads out of the calendar.
        let datetime = IsoDateTime::try_from(there);
        prop_assert_eq!(format_fixed(there), datetime.clone().map(IsoDateTime::isoformat));
        prop_assert_eq!(pushed(|out| push_fixed(there, out)), datetime.clone().map(|datetime| datetime.to_string()));
        if let Ok(datetime) = datetime {
            prop_assert_eq!(datetime.to_fixed_offset(), Ok(there));
            prop_assert_eq!(datetime.to_utc(), Ok(instant));
        }
    }
}

/// That a text is refused, or read as a value that its own text says again.
fn check(text: &str) -> Result<(), TestCaseError> {
    match text.parse::<IsoDateTime>() {
        Ok(datetime) => prop_assert_eq!(datetime.to_string().parse(), Ok(datetime)),
        Err(error) => {
            let position = error.position().expect("a text has positions");
            prop_assert!(text.is_char_boundary(position), "{}", error);
        }
    }
    Ok(())
}

/// What is appended to something: all of it, or nothing after an error.
fn pushed(push: impl FnOnce(&mut Vec<u8>) -> Result<(), IsoError>) -> Result<String, IsoError> {
    let mut out = b"before ".to_vec();
    let result = push(&mut out);
    let text = String::from_utf8(out).expect("ASCII");
    let text = text.strip_prefix("before ").expect("what was there stays");
    result.inspect_err(|_| assert_eq!(text, "")).map(|()| text.to_owned())
}

fn datetimes() -> impl Strategy<Value = IsoDateTime> {
    (instants(), prop::option::of(offsets()))
        .prop_map(|(instant, offset)| IsoDateTime::new(instant.naive_utc(), offset).expect("in range"))
}

fn instants() -> impl Strategy<Value = DateTime<Utc>> {
    let microseconds = prop_oneof![
        FIRST..=LAST,
        // Whole seconds, which have a form of their own.
        (FIRST / SECOND..=LAST / SECOND).prop_map(|second| second * SECOND),
        FIRST..FIRST + DAY,
        LAST - DAY..=LAST,
    ];
    microseconds.prop_map(|micros| DateTime::from_timestamp_micros(micros).expect("in range"))
}

/// Without those shorter than a second: they are the one thing that is written and not read.
fn offsets() -> impl Strategy<Value = i64> {
    prop_oneof![
        Just(0),
        (1..1440_i64).prop_map(|minutes| minutes * 60 * SECOND),
        (1..86_400_i64).prop_map(|seconds| seconds * SECOND),
        SECOND..DAY,
    ]
    .prop_flat_map(|offset| prop_oneof![Just(offset), Just(-offset)])
}

fn seconds_formats() -> impl Strategy<Value = SecondsFormat> {
    prop::sample::select(vec![
        SecondsFormat::Secs,
        SecondsFormat::Millis,
        SecondsFormat::Micros,
        SecondsFormat::Nanos,
        SecondsFormat::AutoSi,
    ])
}

fn east(seconds: i32) -> FixedOffset {
    FixedOffset::east_opt(seconds).expect("less than a day")
}
