//! Reading what `isoformat` writes: nearly all that is ever read, so it has a way of its own.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::datetime::{IsoDateTime, MICROSECONDS_PER_SECOND};

/// Added to what comes of a pair that is not of two digits: above every limit, also in the sum that makes a year.
const NOT_DIGITS: u32 = 10_000;

/// Reads `YYYY-MM-DDTHH:MM:SS[.ffffff][+HH:MM]`. None says nothing but that the text may have another form.
#[inline]
pub(super) fn read(text: &[u8]) -> Option<IsoDateTime> {
    let (seconds, rest) = text.split_first_chunk()?;
    let (microsecond, rest) = match rest.split_first_chunk::<7>() {
        Some((&[b'.', digits @ ..], rest)) => (read_microsecond(digits)?, rest),
        _ => (0, rest),
    };
    let naive = read_seconds(*seconds, microsecond)?;
    Some(IsoDateTime::of_checked(naive, read_offset(rest)?))
}

#[inline]
fn read_seconds(text: [u8; 19], microsecond: u32) -> Option<NaiveDateTime> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', hour @ .., b':', s1, s2] = text else {
        return None;
    };
    let [h1, h2, b':', n1, n2] = hour else { return None };

    let year = pair(y1, y2) * 100 + pair(y3, y4);
    let (second, minute_of_day) = (pair(s1, s2), minutes(h1, h2, n1, n2)?);
    if year == 0 || year > 9999 || second > 59 {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(year.cast_signed(), pair(m1, m2), pair(d1, d2))?;
    let time =
        NaiveTime::from_num_seconds_from_midnight_opt(minute_of_day * 60 + second, microsecond * 1000)?;
    Some(date.and_time(time))
}

#[inline]
fn read_microsecond([d1, d2, d3, d4, d5, d6]: [u8; 6]) -> Option<u32> {
    let (high, middle, low) = (pair(d1, d2), pair(d3, d4), pair(d5, d6));
    (high < 100 && middle < 100 && low < 100).then_some(high * 10_000 + middle * 100 + low)
}

/// The outer option is about the form, the inner one about the offset.
#[inline]
#[expect(clippy::option_option, reason = "for one line of one caller")]
fn read_offset(text: &[u8]) -> Option<Option<i64>> {
    match *text {
        [] => Some(None),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let offset = i64::from(minutes(h1, h2, m1, m2)?) * 60 * MICROSECONDS_PER_SECOND;
            Some(Some(if sign == b'-' { -offset } else { offset }))
        }
        _ => None,
    }
}

/// The minutes of an `HH` and an `MM`, less than a day.
#[inline]
fn minutes(h1: u8, h2: u8, m1: u8, m2: u8) -> Option<u32> {
    let (hour, minute) = (pair(h1, h2), pair(m1, m2));
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// The number of two digits, or something not below [`NOT_DIGITS`].
#[inline]
fn pair(tens: u8, units: u8) -> u32 {
    let (tens, units) = (u32::from(tens.wrapping_sub(b'0')), u32::from(units.wrapping_sub(b'0')));
    tens * 10 + units + NOT_DIGITS * u32::from(tens > 9 || units > 9)
}
