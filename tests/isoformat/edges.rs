//! Where the calendars end, and what errors say.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, Utc};
use openedx_events::isoformat::{IsoDateTime, format_fixed, format_utc};

const DAY: i64 = 86_400_000_000;

#[test]
fn years_that_python_lacks_are_not_written() {
    for year in [-262_143, -1, 0, 10_000, 262_142] {
        let naive = new_year(year);
        assert!(IsoDateTime::new(naive, None).is_err(), "{year}");
        assert!(format_utc(naive.and_utc()).is_err(), "{year}");
        assert!(IsoDateTime::try_from(naive.and_utc()).is_err(), "{year}");
    }
}

#[test]
fn the_ends_of_chronos_calendar_do_not_panic() {
    for instant in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        assert!(format_utc(instant).is_err());
        for offset in [-86_399, 86_399] {
            let local = instant.with_timezone(&east(offset));
            assert!(format_fixed(local).is_err(), "{offset}");
            assert!(IsoDateTime::try_from(local).is_err(), "{offset}");
        }
    }
}

#[test]
fn the_offset_may_lead_out_of_the_calendar() {
    for text in ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59.999999-00:01"] {
        let datetime: IsoDateTime = text.parse().expect(text);
        assert!(datetime.to_utc().is_err(), "{text}");
        let fixed = datetime.to_fixed_offset().expect(text);
        assert_eq!(format_fixed(fixed).expect(text).as_str(), text);
        assert_eq!(IsoDateTime::try_from(fixed), Ok(datetime));
        assert!(format_utc(fixed.to_utc()).is_err(), "{text}");
    }
}

#[test]
fn the_year_at_the_offset_counts() {
    let year_zero = new_year(1).and_utc() - chrono::TimeDelta::hours(1);
    assert!(format_utc(year_zero).is_err());
    let there = year_zero.with_timezone(&east(3600));
    assert_eq!(format_fixed(there).expect("the year 1 there").as_str(), "0001-01-01T00:00:00+01:00");
    let west = new_year(1).and_utc().with_timezone(&east(-1));
    assert!(format_fixed(west).is_err());
}

#[test]
fn offsets_are_of_less_than_a_day() {
    for offset in [i64::MIN, -DAY, DAY, i64::MAX] {
        assert!(IsoDateTime::new(new_year(2000), Some(offset)).is_err(), "{offset}");
    }
    for offset in [1 - DAY, DAY - 1] {
        let datetime = IsoDateTime::new(new_year(2000), Some(offset)).expect("less than a day");
        assert_eq!(datetime.isoformat().len(), 35, "{datetime}");
        assert_eq!(datetime.to_string().parse(), Ok(datetime));
    }
}

#[test]
fn leap_seconds_are_not_written() {
    let leap = NaiveDate::from_ymd_opt(2016, 12, 31)
        .and_then(|date| date.and_hms_nano_opt(23, 59, 59, 1_500_000_000))
        .expect("a leap second");
    assert!(IsoDateTime::new(leap, None).is_err());
    assert!(format_utc(leap.and_utc()).is_err());
    assert!(format_fixed(leap.and_utc().fixed_offset()).is_err());
}

#[test]
fn nanoseconds_are_cut() {
    let naive = new_year(2000) + chrono::TimeDelta::nanoseconds(1_999);
    let datetime = IsoDateTime::new(naive, None).expect("a datetime");
    assert_eq!(datetime.to_string(), "2000-01-01T00:00:00.000001");
    assert_eq!(datetime.to_string().parse(), Ok(datetime));
    assert_eq!(format_utc(naive.and_utc()).expect("a text").as_str(), "2000-01-01T00:00:00.000001+00:00");
    // All of them: no microsecond is left.
    let naive = new_year(2000) + chrono::TimeDelta::nanoseconds(999);
    assert_eq!(format_utc(naive.and_utc()).expect("a text").as_str(), "2000-01-01T00:00:00+00:00");
}

#[test]
fn an_offset_of_a_fraction_has_an_instant_but_no_fixed_offset() {
    let datetime: IsoDateTime = "2011-11-04T00:05:23+05:30:15.123456".parse().expect("a datetime");
    let utc = datetime.to_utc().expect("an instant");
    assert_eq!(format_utc(utc).expect("a text").as_str(), "2011-11-03T18:35:07.876544+00:00");
    let error = datetime.to_fixed_offset().expect_err("a fraction");
    assert_eq!(error.position(), None);
    assert_eq!(
        error.to_string(),
        "chrono's FixedOffset cannot represent the UTC offset of 19815123456 microseconds, which is not in whole \
         seconds; use `to_utc`, or `naive` with `utc_offset_microseconds`"
    );
}

/// CPython reads it as UTC, another time.
#[test]
fn an_offset_below_a_second_is_written_but_not_read() {
    let datetime = IsoDateTime::new(new_year(2000), Some(-1)).expect("a datetime");
    assert_eq!(datetime.to_string(), "2000-01-01T00:00:00-00:00:00.000001");
    let error = datetime.to_string().parse::<IsoDateTime>().expect_err("refused");
    assert_eq!(error.position(), Some(19));
    assert_eq!(position("2000-01-01T00:00:00+00:00:00.0000009"), None);
}

#[test]
fn naive_is_taken_as_utc() {
    let datetime: IsoDateTime = "2011-11-04T00:05:23".parse().expect("a datetime");
    let utc = datetime.to_utc().expect("an instant");
    assert_eq!(utc, datetime.naive().and_utc());
    assert_eq!(datetime.to_fixed_offset(), Ok(utc.fixed_offset()));
    assert_eq!(datetime.utc_offset_microseconds(), None);
}

#[test]
fn errors_say_where() {
    for (text, byte) in [
        ("", 0),
        ("0000-01-01", 0),
        ("2011-13-01", 5),
        ("2011-0101", 7),
        ("201101-01", 6),
        ("2011-02-29", 8),
        ("2011-11-04T", 11),
        ("2011-11-04é00:05", 10),
        ("2011-11-04T00:05:60", 17),
        ("2011-11-04T00:05:23.", 20),
        ("2011-11-04T00:05:23é", 19),
        ("2011-11-04T00:05:23Z\0", 20),
        ("2011-11-04T00:05:23z", 19),
        ("2011-11-04T00:05:23+24:00", 20),
        ("2011-11-04T00:05:23+05:30:", 26),
        ("2021-W53", 6),
        ("2020-W53-8", 9),
        ("9999-W52-6", 9),
        // As long as what `isoformat` writes, with other bytes than digits in every place.
        ("éééé-éé-ééTéé:éé:éé.ééé+éé:éé", 0),
        ("2011-11-04T00:05:23.\u{1193b}0\u{1}+00:00", 20),
        ("2011-11-04T00:05:23.00000:+00:00", 25),
        ("2011-11-04T00:05:23+/0:00", 20),
        ("2020-W53-", 9),
    ] {
        assert_eq!(position(text), Some(byte), "{text}");
    }
}

#[test]
fn errors_show_little_of_a_text_and_that_escaped() {
    let error = "x".repeat(1_000_000).parse::<IsoDateTime>().expect_err("no datetime");
    assert!(error.to_string().contains(&format!("\"{}...\"", "x".repeat(64))), "{error}");
    let error = "\u{1b}[31m\"é\u{202e}\n".parse::<IsoDateTime>().expect_err("no datetime");
    assert!(error.to_string().contains(r#""\u{1b}[31m\"\u{e9}\u{202e}\n""#), "{error}");
}

#[test]
fn a_long_fraction_is_read() {
    let text = format!("2011-11-04T00:05:23.{}+05:30", "1".repeat(1_000_000));
    let datetime: IsoDateTime = text.parse().expect("a datetime");
    assert_eq!(datetime.to_string(), "2011-11-04T00:05:23.111111+05:30");
}

#[test]
fn texts_take_a_width() {
    let datetime: IsoDateTime = "2011-11-04".parse().expect("a datetime");
    assert_eq!(
        format!("{datetime:>21}|{:<20}|", datetime.isoformat()),
        "  2011-11-04T00:00:00|2011-11-04T00:00:00 |"
    );
    assert_eq!(format!("{:?}", datetime.isoformat()), "\"2011-11-04T00:00:00\"");
}

fn position(text: &str) -> Option<usize> {
    text.parse::<IsoDateTime>().err().and_then(|error| error.position())
}

fn new_year(year: i32) -> NaiveDateTime {
    NaiveDate::from_ymd_opt(year, 1, 1).and_then(|date| date.and_hms_opt(0, 0, 0)).expect("chrono has it")
}

fn east(seconds: i32) -> FixedOffset {
    FixedOffset::east_opt(seconds).expect("less than a day")
}
