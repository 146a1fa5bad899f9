//! Writing datetimes: [`IsoText`] and the functions for chrono's types.

use std::{fmt, ops::Deref, str};

use chrono::{DateTime, Datelike, FixedOffset, NaiveDateTime, Timelike, Utc};

use super::{
    datetime::{check, local},
    digits,
    error::IsoError,
};

/// The longest text. Digits are written over its zeros; shorter texts are a prefix.
const LONGEST: [u8; 42] = *b"0000-00-00T00:00:00.000000+00:00:00.000000";

/// Maximum length of the text of a datetime, in bytes.
pub(crate) const LONGEST_TEXT: usize = LONGEST.len();
/// Where the text of whole seconds ends.
const SECONDS_END: usize = 19;
/// Where the text with microseconds ends.
const MICROSECONDS_END: usize = 26;

/// The text of a datetime, stored inline instead of in a `String`.
///
/// Dereferences to `str`. [`as_bytes`](Self::as_bytes) is faster, because it skips the UTF-8 check.
///
/// # Examples
///
/// ```
/// use openedx_events::isoformat::IsoDateTime;
///
/// let text = "20111104T000523Z".parse::<IsoDateTime>()?.isoformat();
/// assert_eq!(&*text, "2011-11-04T00:05:23+00:00");
/// assert!(text.as_bytes().ends_with(b"+00:00"));
/// # Ok::<(), openedx_events::isoformat::IsoError>(())
/// ```
#[derive(Clone, Copy)]
pub struct IsoText {
    // ASCII only.
    bytes: [u8; LONGEST.len()],
    len: usize,
}

impl IsoText {
    /// The text.
    pub fn as_str(&self) -> &str {
        str::from_utf8(self.as_bytes()).expect("nothing but ASCII is written")
    }

    /// The text as ASCII bytes.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Deref for IsoText {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for IsoText {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for IsoText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for IsoText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

// Not derived: bytes after the end must not count.
impl PartialEq for IsoText {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for IsoText {}

/// Returns the text of an instant in UTC. Does not allocate.
///
/// Nanoseconds are truncated to microseconds.
///
/// # Errors
///
/// Fails for a year outside of 1 to 9999, and for a leap second.
///
/// # Examples
///
/// ```
/// use chrono::DateTime;
/// use openedx_events::isoformat::format_utc;
///
/// let instant = DateTime::from_timestamp_micros(1_623_247_965_320_819).unwrap();
/// assert_eq!(format_utc(instant)?.as_str(), "2021-06-09T14:12:45.320819+00:00");
/// # Ok::<(), openedx_events::isoformat::IsoError>(())
/// ```
#[inline]
pub fn format_utc(datetime: DateTime<Utc>) -> Result<IsoText, IsoError> {
    let naive = datetime.naive_utc();
    check(naive)?;
    Ok(text_of(naive, Some(0)))
}

/// Returns the text of an instant at its offset. Does not allocate.
///
/// Nanoseconds are truncated to microseconds.
///
/// # Errors
///
/// Fails for a year outside of 1 to 9999 at the offset, and for a leap second.
///
/// # Examples
///
/// ```
/// use chrono::{DateTime, FixedOffset};
/// use openedx_events::isoformat::format_fixed;
///
/// let india = FixedOffset::east_opt(19_800).unwrap();
/// let instant = DateTime::from_timestamp(1_623_247_965, 0).unwrap().with_timezone(&india);
/// assert_eq!(format_fixed(instant)?.as_str(), "2021-06-09T19:42:45+05:30");
/// # Ok::<(), openedx_events::isoformat::IsoError>(())
/// ```
#[inline]
pub fn format_fixed(datetime: DateTime<FixedOffset>) -> Result<IsoText, IsoError> {
    let (naive, offset) = local(datetime)?;
    check(naive)?;
    Ok(text_of(naive, Some(offset)))
}

/// Appends the text of [`format_utc`] to `out`, which is faster than copying its result.
///
/// # Errors
///
/// Fails like [`format_utc`], and then appends nothing.
///
/// # Examples
///
/// ```
/// use chrono::DateTime;
/// use openedx_events::isoformat::push_utc;
///
/// let mut out = b"at ".to_vec();
/// push_utc(DateTime::from_timestamp(0, 0).unwrap(), &mut out)?;
/// assert_eq!(out, b"at 1970-01-01T00:00:00+00:00");
/// # Ok::<(), openedx_events::isoformat::IsoError>(())
/// ```
#[inline]
pub fn push_utc(datetime: DateTime<Utc>, out: &mut Vec<u8>) -> Result<(), IsoError> {
    let naive = datetime.naive_utc();
    check(naive)?;
    push(naive, Some(0), out);
    Ok(())
}

/// Appends the text of [`format_fixed`] to `out`, which is faster than copying its result.
///
/// # Errors
///
/// Fails like [`format_fixed`], and then appends nothing.
///
/// # Examples
///
/// ```
/// use chrono::DateTime;
/// use openedx_events::isoformat::push_fixed;
///
/// let mut out = b"at ".to_vec();
/// push_fixed(DateTime::from_timestamp(0, 0).unwrap().fixed_offset(), &mut out)?;
/// assert_eq!(out, b"at 1970-01-01T00:00:00+00:00");
/// # Ok::<(), openedx_events::isoformat::IsoError>(())
/// ```
#[inline]
pub fn push_fixed(datetime: DateTime<FixedOffset>, out: &mut Vec<u8>) -> Result<(), IsoError> {
    let (naive, offset) = local(datetime)?;
    check(naive)?;
    push(naive, Some(offset), out);
    Ok(())
}

/// The year must be from 1 to 9999, and the offset less than a day.
#[inline]
pub(super) fn text_of(naive: NaiveDateTime, utc_offset_microseconds: Option<i64>) -> IsoText {
    let mut bytes = LONGEST;
    let len = write(&mut bytes, naive, utc_offset_microseconds);
    IsoText { bytes, len }
}

/// Like [`text_of`], but in place: copying bytes that were just written one by one is slow.
#[inline]
fn push(naive: NaiveDateTime, utc_offset_microseconds: Option<i64>, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&LONGEST);
    if let Some(bytes) = out.last_chunk_mut() {
        let len = write(bytes, naive, utc_offset_microseconds);
        out.truncate(start + len);
    }
}

/// Writes over [`LONGEST`] and returns the end of the text.
#[inline]
fn write(
    bytes: &mut [u8; LONGEST.len()],
    naive: NaiveDateTime,
    utc_offset_microseconds: Option<i64>,
) -> usize {
    write_seconds(bytes, naive);
    let end = write_microseconds(bytes, naive.nanosecond() / 1000);
    match utc_offset_microseconds {
        None => end,
        Some(0) => write_utc(bytes, end),
        Some(offset) => write_offset(bytes, end, offset),
    }
}

#[inline]
fn write_seconds(bytes: &mut [u8; LONGEST.len()], naive: NaiveDateTime) {
    let (year, second) = (naive.year().unsigned_abs(), naive.num_seconds_from_midnight());
    digits::write(bytes, 0, year / 100);
    digits::write(bytes, 2, year % 100);
    digits::write(bytes, 5, naive.month());
    digits::write(bytes, 8, naive.day());
    digits::write(bytes, 11, second / 3600);
    digits::write(bytes, 14, second / 60 % 60);
    digits::write(bytes, 17, second % 60);
}

/// Returns the end of the text so far.
#[inline]
fn write_microseconds(bytes: &mut [u8; LONGEST.len()], microsecond: u32) -> usize {
    if microsecond == 0 {
        return SECONDS_END;
    }
    put_fraction(bytes, SECONDS_END + 1, microsecond);
    MICROSECONDS_END
}

#[inline]
fn write_utc(bytes: &mut [u8; LONGEST.len()], end: usize) -> usize {
    bytes[end..end + 6].copy_from_slice(b"+00:00");
    end + 6
}

fn write_offset(bytes: &mut [u8; LONGEST.len()], end: usize, microseconds: i64) -> usize {
    let absolute = microseconds.unsigned_abs();
    // Cannot fail: the offset is less than a day.
    let seconds = u32::try_from(absolute / 1_000_000).unwrap_or(0);
    let fraction = u32::try_from(absolute % 1_000_000).unwrap_or(0);

    bytes[end] = if microseconds < 0 { b'-' } else { b'+' };
    digits::write(bytes, end + 1, seconds / 3600);
    bytes[end + 3] = b':';
    digits::write(bytes, end + 4, seconds / 60 % 60);
    if seconds % 60 == 0 && fraction == 0 {
        return end + 6;
    }
    bytes[end + 6] = b':';
    digits::write(bytes, end + 7, seconds % 60);
    if fraction == 0 {
        return end + 9;
    }
    bytes[end + 9] = b'.';
    put_fraction(bytes, end + 10, fraction);
    end + 16
}

#[inline]
fn put_fraction(bytes: &mut [u8; LONGEST.len()], at: usize, microsecond: u32) {
    digits::write(bytes, at, microsecond / 10_000);
    digits::write(bytes, at + 2, microsecond / 100 % 100);
    digits::write(bytes, at + 4, microsecond % 100);
}
