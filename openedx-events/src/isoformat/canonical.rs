//! The fast path for the format that `isoformat` writes, also with a `Z`, which nearly all texts have.

use chrono::{NaiveDate, NaiveTime};

use super::{
    datetime::{IsoDateTime, MICROSECONDS_PER_SECOND},
    digits,
};

/// Reads `YYYY-MM-DDTHH:MM:SS[.ffffff]`, then `+HH:MM`, `Z` or nothing.
///
/// `None` means that the text may still be valid in another form.
#[inline]
pub(super) fn read(text: &[u8]) -> Option<IsoDateTime> {
    let (seconds, rest) = text.split_first_chunk::<19>()?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', clock @ ..] = *seconds else { return None };
    let [h1, h2, b':', n1, n2, b':', s1, s2] = clock else { return None };
    let ([f1, f2, f3, f4, f5, f6], rest) = match rest.split_first_chunk::<7>() {
        Some((&[b'.', fraction @ ..], rest)) => (fraction, rest),
        _ => (*b"000000", rest),
    };
    let (sign, [o1, o2, o3, o4]) = match *rest {
        [] => (None, *b"0000"),
        [b'Z'] => (Some(b'+'), *b"0000"),
        [sign @ (b'+' | b'-'), o1, o2, b':', o3, o4] => (Some(sign), [o1, o2, o3, o4]),
        _ => return None,
    };

    let [century, year, month, day] = digits::read([[y1, y2], [y3, y4], [m1, m2], [d1, d2]])?;
    let [hour, minute, second, high] = digits::read([[h1, h2], [n1, n2], [s1, s2], [f1, f2]])?;
    let [middle, low, offset_hour, offset_minute] = digits::read([[f3, f4], [f5, f6], [o1, o2], [o3, o4]])?;

    let date = date(century * 100 + year, month, day)?;
    let microsecond = high * 10_000 + middle * 100 + low;
    Some(IsoDateTime::of_checked(
        date.and_time(NaiveTime::from_hms_micro_opt(hour, minute, second, microsecond)?),
        match sign {
            None => None,
            Some(sign) => Some(offset(sign, offset_hour, offset_minute)?),
        },
    ))
}

#[inline]
fn date(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    if year == 0 {
        return None;
    }
    NaiveDate::from_ymd_opt(year.cast_signed(), month, day)
}

/// In microseconds.
#[inline]
fn offset(sign: u8, hour: u32, minute: u32) -> Option<i64> {
    if hour > 23 || minute > 59 {
        return None;
    }
    let offset = i64::from(hour * 60 + minute) * 60 * MICROSECONDS_PER_SECOND;
    Some(if sign == b'-' { -offset } else { offset })
}
