//! Numbers, sizes and times, as people read them.

use std::fmt::Display;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Utc};

use crate::isoformat::format_utc;

pub(super) fn events<N: Copy + Display + PartialEq + From<u8>>(number: N) -> String {
    counted(number, "event")
}

/// `1 run`, `2 runs`.
pub(super) fn counted<N: Copy + Display + PartialEq + From<u8>>(number: N, what: &str) -> String {
    let plural = if number == N::from(1) { "" } else { "s" };
    format!("{number} {what}{plural}")
}

pub(super) fn entries(number: u64) -> String {
    if number == 1 { "1 entry".to_owned() } else { format!("{number} entries") }
}

/// A size, rounded down.
pub(super) fn bytes(number: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match UNITS.iter().find(|(size, _)| number >= *size) {
        Some((size, unit)) => format!("{}.{} {unit}", number / size, number % size / (size / 10)),
        None => counted(number, "byte"),
    }
}

/// An age, rounded down.
pub(super) fn age(age: Duration) -> String {
    match age.as_secs() {
        seconds @ ..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min", seconds / 60),
        seconds @ 3600..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86400),
    }
}

/// A time in UTC to the second, and how long ago it was.
pub(super) fn since(time: SystemTime) -> String {
    let ago = SystemTime::now().duration_since(time).unwrap_or_default();
    let second = Duration::from_secs(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs());
    format!("{} ({})", utc(UNIX_EPOCH + second), age(ago))
}

/// A time in UTC, as in events.
pub(super) fn utc(time: SystemTime) -> String {
    let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX);
    let time = DateTime::<Utc>::from_timestamp(seconds, since_epoch.subsec_micros() * 1000);
    let text = time.and_then(|time| format_utc(time).ok());
    text.map_or_else(|| "an unknown time".to_owned(), |text| text.as_str().to_owned())
}

/// A number in JSON.
pub(super) fn number<N: TryInto<i64>>(number: N) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_ages_are_short() {
        let sizes = [0, 1, 999, 1000, 1999, 123_456_789, u64::MAX].map(bytes);
        assert_eq!(
            sizes,
            ["0 bytes", "1 byte", "999 bytes", "1.0 kB", "1.9 kB", "123.4 MB", "18446744073.7 GB"]
        );
        let ages = [0, 59, 60, 3599, 3600, 172_799, 172_800].map(|seconds| age(Duration::from_secs(seconds)));
        assert_eq!(ages, ["0 s", "59 s", "1 min", "59 min", "1 h", "47 h", "2 days"]);
    }

    #[test]
    fn times_are_those_of_events() {
        let time = UNIX_EPOCH + Duration::from_micros(1_764_144_000_000_123);
        assert_eq!(utc(time), "2025-11-26T08:00:00.000123+00:00");
        assert!(since(time).starts_with("2025-11-26T08:00:00+00:00 ("), "{}", since(time));
        assert_eq!(utc(UNIX_EPOCH - Duration::from_secs(1)), "1970-01-01T00:00:00+00:00");
    }
}
