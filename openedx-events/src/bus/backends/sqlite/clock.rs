//! What time it is, for claims and for ages: [`Clock`].

use std::fs::{self, File};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time of claims, which must be the same for all processes of a machine, and which nobody can set.
///
/// Linux has it: the time since the machine has booted, which counts while it sleeps too. [`Instant`](std::time::Instant)
/// will not do, as it does not count then. Elsewhere it is the wall clock.
#[derive(Debug)]
pub(super) struct Clock {
    uptime: Option<File>,
    /// The boot that the time counts from: times of different boots cannot be compared.
    pub(super) boot: String,
}

impl Clock {
    pub(super) fn new() -> Self {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok();
        let boot = boot.map(|boot| boot.trim().to_owned()).filter(|boot| !boot.is_empty());
        let uptime = File::open("/proc/uptime").ok().filter(|file| uptime(file).is_some());
        match (boot, uptime) {
            (Some(boot), Some(uptime)) => Self { uptime: Some(uptime), boot },
            _ => Self { uptime: None, boot: "wall clock".to_owned() },
        }
    }

    /// The time in milliseconds.
    pub(super) fn now(&self) -> i64 {
        self.uptime.as_ref().and_then(uptime).unwrap_or_else(wall)
    }
}

/// Milliseconds since the machine has booted. The file has seconds with two decimals, a space, and more.
#[cfg(unix)]
fn uptime(file: &File) -> Option<i64> {
    use std::os::unix::fs::FileExt;

    let mut text = [0; 64];
    let length = file.read_at(&mut text, 0).ok()?;
    parse(str::from_utf8(text.get(..length)?).ok()?)
}

#[cfg(not(unix))]
fn uptime(_: &File) -> Option<i64> {
    None
}

#[cfg(any(unix, test))]
fn parse(text: &str) -> Option<i64> {
    let (seconds, hundredths) = text.split(' ').next()?.split_once('.')?;
    let hundredths = hundredths.parse::<u8>().ok().filter(|_| hundredths.len() == 2)?;
    seconds.parse::<i64>().ok()?.checked_mul(1000)?.checked_add(i64::from(hundredths) * 10)
}

/// Milliseconds since 1970, for the ages of entries.
pub(super) fn wall() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The time at which something was stored.
pub(super) fn time(stored_at: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(stored_at.max(0).unsigned_abs())
}

/// How long ago it was stored.
pub(super) fn age(stored_at: i64) -> Duration {
    Duration::from_millis(wall().saturating_sub(stored_at).max(0).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uptimes_are_read() {
        assert_eq!(parse("26512.07 52345.94\n"), Some(26_512_070));
        for text in ["", "1", "1.5 2", "x.10", "1.x0 ", "9223372036854775807.00 1"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn time_goes_on() {
        let clock = Clock::new();
        let start = clock.now();
        while clock.now() == start {
            std::thread::yield_now();
        }
        assert!(clock.now() > start);
    }
}
