//! Which process consumes under a name: [`Owner`].

use std::collections::HashSet;
use std::fs;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex};

use super::clock;
use crate::sync;

/// The numbers of the consumers of this process.
static ALIVE: LazyLock<Mutex<HashSet<u64>>> = LazyLock::new(Mutex::default);

/// The process of a consumer, as a text that is stored with its name: the boot of the machine, the process id, when the
/// process started, and which consumer of it. A killed process leaves its text behind; so whether it lives must be seen
/// from the text.
///
/// Other processes are seen on Linux only, and not if they are in another container.
pub(super) struct Owner {
    text: String,
    number: u64,
}

/// Where the consumer of a text lives.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Living {
    /// In this process.
    Here,
    /// In the process of this id.
    Elsewhere(u32),
}

impl Owner {
    /// A new consumer of this process, which lives until this is dropped.
    pub(super) fn new(boot: &str) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);

        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        sync::lock(&ALIVE).insert(number);
        // The parts of the text are separated by slashes.
        let boot = boot.replace('/', "-");
        Self { text: format!("{boot}/{}/{}/{number}", process::id(), own_start()), number }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Where the consumer of another text lives, if it does.
    pub(super) fn living(&self, other: &str) -> Option<Living> {
        let mut parts = other.split('/');
        let (boot, pid, started) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
        let number: u64 = parts.next()?.parse().ok()?;
        if self.text.split('/').next() != Some(boot) {
            return None;
        }
        if pid == process::id() {
            let is_here = own_start().to_string() == started && sync::lock(&ALIVE).contains(&number);
            return (is_here && number != self.number).then_some(Living::Here);
        }
        let lives = start(pid).is_some_and(|start| start.to_string() == started);
        lives.then_some(Living::Elsewhere(pid))
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        sync::lock(&ALIVE).remove(&self.number);
    }
}

/// When this process started, or something else that no other process of its id has.
fn own_start() -> u64 {
    static START: Mutex<Option<(u32, u64)>> = Mutex::new(None);

    // A process that was forked is another one.
    let (mut known, pid) = (sync::lock(&START), process::id());
    match *known {
        Some((of, start)) if of == pid => start,
        _ => {
            let start = start(pid).unwrap_or_else(|| clock::wall().unsigned_abs());
            *known = Some((pid, start));
            start
        }
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
    fn a_consumer_of_this_process_lives_until_it_is_dropped() {
        let (first, second) = (Owner::new("boot"), Owner::new("boot"));
        assert_eq!(second.living(first.as_str()), Some(Living::Here));
        assert_eq!(second.living(second.as_str()), None, "another one");
        assert_eq!(Owner::new("later").living(first.as_str()), None);
        let text = first.as_str().to_owned();
        drop(first);
        assert_eq!(second.living(&text), None);
        assert_eq!(second.living("boot/1"), None, "damaged");
    }

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
