//! What a parked event waits for, as the text that backends store.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::bus::contract::Waiting;

/// The path of a receiver, its runs, the time of its first failure in milliseconds since 1970, and its last error.
type Written<'a> = (&'a str, u32, i64, Option<&'a str>);
/// The same when it is read.
type Read = (String, u32, i64, Option<String>);

pub(super) fn write(waiting: &[Waiting]) -> String {
    let written = waiting.iter().map(|Waiting { receiver, runs, since, last_error }| -> Written<'_> {
        (receiver.as_str(), *runs, millis(*since), last_error.as_deref())
    });
    serde_json::json!(written.collect::<Vec<_>>()).to_string()
}

/// `None` if the text has another form.
pub(super) fn read(text: &str) -> Option<Vec<Waiting>> {
    let waiting: Vec<Read> = serde_json::from_str(text).ok()?;
    let waiting = waiting.into_iter().map(|(receiver, runs, since, last_error)| Waiting {
        last_error,
        ..Waiting::new(receiver, time(since)).after(runs)
    });
    Some(waiting.collect())
}

/// Milliseconds since 1970; before that they are negative.
fn millis(time: SystemTime) -> i64 {
    let millis = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    time.duration_since(UNIX_EPOCH).map_or_else(|before| -millis(before.duration()), millis)
}

/// The time of these milliseconds; 1970 if the system cannot express it.
fn time(millis: i64) -> SystemTime {
    let distance = Duration::from_millis(millis.unsigned_abs());
    let time = if millis < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
    time.unwrap_or(UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let waiting = [
            Waiting::new("a::b", time(1_764_144_000_123)).after(3),
            Waiting::new("a receiver with \"spaces\"", UNIX_EPOCH),
            Waiting::new("", time(-1)).after(u32::MAX).because_of("not \"ä\"\nyet"),
        ];
        assert_eq!(read(&write(&waiting)).expect("it was written"), waiting);
        assert_eq!(read(&write(&[])), Some(Vec::new()));
    }

    #[test]
    fn times_are_read_as_they_were_written() {
        for stored in [0, 1, -1, 1_767_225_600_123, -1_767_225_600_123] {
            assert_eq!(millis(time(stored)), stored);
        }
        // Nothing that stands in a damaged file panics.
        for stored in [i64::MIN, i64::MAX] {
            time(stored);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "[]x", "[[1,2,3]]", "[[\"a\",1,1]]", "[[\"a\",-1,1,null]]", "[[\"a\",1,1,1]]"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
