//! Times and places in a topic, as arguments: [`time`] and [`place`].

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, NaiveDateTime};

use crate::bus::{EntryId, Position};

/// Parses a time with its offset, such as `2026-01-31T09:30:00+01:00`, or how long ago it was: `90s`, `15m`, `2h`, `1d`.
pub(super) fn time(text: &str) -> Result<SystemTime, String> {
    if let Some(ago) = ago(text) {
        return SystemTime::now().checked_sub(ago).ok_or_else(|| format!("`{text}` ago is too long ago"));
    }
    match DateTime::parse_from_rfc3339(text) {
        Ok(time) => {
            let since = Duration::from_micros(u64::try_from(time.timestamp_micros()).unwrap_or_default());
            Ok(UNIX_EPOCH + since)
        }
        Err(_) if is_without_offset(text) => {
            Err(format!("the time has no offset, so that it could be anywhere: write `{text}Z` for UTC"))
        }
        Err(_) => Err("expected a time such as `2026-01-31T09:30:00+00:00`, or how long ago it was: `90s`, `15m`, `2h`, `1d`".to_owned()),
    }
}

/// Parses a place in a topic: `first`, `last`, the id of an entry, or what [`time`] parses.
pub(super) fn place(text: &str) -> Result<Position, String> {
    match text {
        "first" => Ok(Position::First),
        "last" => Ok(Position::End),
        _ if is_id(text) => Ok(Position::At(EntryId::new(text))),
        _ => time(text)
            .map(Position::Time)
            .map_err(|error| format!("{error}; or `first`, `last`, or the id of an entry")),
    }
}

/// Ids are numbers, or two numbers with a hyphen between them.
fn is_id(text: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (first, second) = text.split_once('-').unwrap_or((text, "0"));
    is_number(first) && is_number(second)
}

/// Where an id stands among those of its topic.
pub(super) fn order(id: &EntryId) -> (u64, u64) {
    let (first, second) = id.as_str().split_once('-').unwrap_or((id.as_str(), "0"));
    (first.parse().unwrap_or_default(), second.parse().unwrap_or_default())
}

fn ago(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    Some(Duration::from_secs(number.parse::<u32>().ok()?.into()) * seconds)
}

fn is_without_offset(text: &str) -> bool {
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
        .iter()
        .any(|format| NaiveDateTime::parse_from_str(text, format).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_an_offset_or_are_relative() {
        let at = |seconds| Ok(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(time("1970-01-01T01:00:05+01:00"), at(5));
        assert_eq!(time("1970-01-02T00:00:00Z"), at(24 * 60 * 60));
        for (text, ago) in [("90s", 90), ("2h", 7200), ("1d", 86_400), ("15m", 900)] {
            let age = time(text).ok().and_then(|time| time.elapsed().ok()).unwrap_or_default();
            assert!((ago..ago + 5).contains(&age.as_secs()), "{text}: {age:?}");
        }
        for text in ["2026-01-31T09:30:00", "2026-01-31T09:30"] {
            let error = time(text).unwrap_err();
            assert!(error.contains("no offset") && error.contains(&format!("`{text}Z`")), "{error}");
        }
        for text in ["", "h", "1w", "-1h", "yesterday", "2026-01-31", "99999999999d", "é"] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn places_are_names_ids_and_times() {
        assert_eq!(place("first"), Ok(Position::First));
        assert_eq!(place("last"), Ok(Position::End));
        for id in ["17", "1700000000000-3"] {
            assert_eq!(place(id), Ok(Position::At(EntryId::new(id))));
        }
        assert!(matches!(place("1h"), Ok(Position::Time(_))));
        assert!(place("-1").is_err_and(|error| error.contains("`first`")));
    }
}
