//! Which process consumes under a name: [`Owner`].

use std::fs;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

/// The process of a consumer, as a text that is stored with its name: the boot of the machine, the process id, when the
/// process started, and which consumer of it. A killed process leaves its text behind; so whether it lives must be seen
/// from the text.
///
/// This works on Linux only, and only for processes that this one sees: not for those in another container.
pub(super) struct Owner(String);

impl Owner {
    /// A new consumer of this process.
    pub(super) fn new(boot: &str) -> Option<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);

        let (pid, count) = (process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        // The parts of the text are separated by slashes.
        let boot = boot.replace('/', "-");
        Some(Self(format!("{boot}/{pid}/{}/{count}", start(pid)?)))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of the other process that a text means, if it lives.
    pub(super) fn living(&self, other: &str) -> Option<u32> {
        let mut parts = other.split('/');
        let (boot, pid, started) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
        let is_of_this_boot = self.0.split('/').next() == Some(boot);
        let lives = || start(pid).is_some_and(|start| start.to_string() == started);
        (pid != process::id() && is_of_this_boot && lives()).then_some(pid)
    }
}

/// When a process started, in ticks since the boot, if it exists and has not ended.
fn start(pid: u32) -> Option<u64> {
    parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The name, which is between parentheses, may hold anything.
fn parse(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    let state = fields.next()?;
    // Ended, and nobody has asked for its code yet.
    if matches!(state, "Z" | "X" | "x") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_are_read() {
        let stat =
            |state| format!("42 (a) b) {state} 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 9876 20 21\n");
        assert_eq!(parse(&stat("S")), Some(9876));
        assert_eq!(parse(&stat("Z")), None, "it has ended");
        for damaged in ["", "42 (a", "42 (a) S 1 2"] {
            assert_eq!(parse(damaged), None);
        }
    }
}
