//! Which process holds a lock of the bus: [`of`].

use std::path::Path;

/// The holder of a lock of the bus in this file, as the end of a sentence; empty if it cannot be found out.
///
/// Linux tells it, except for processes of other containers.
pub(super) fn of(path: &Path) -> String {
    let Some(pid) = find(path) else { return String::new() };
    if is_stopped(pid) {
        format!(": process {pid} holds it and is stopped (SIGSTOP): let it go on, or end it")
    } else {
        format!(": process {pid} holds it")
    }
}

#[cfg(target_os = "linux")]
fn find(path: &Path) -> Option<u32> {
    use std::fs;
    use std::os::unix::fs::MetadataExt as _;

    let locks = fs::read_to_string("/proc/locks").ok()?;
    let id = |suffix: &str| {
        let mut path = path.to_path_buf().into_os_string();
        path.push(suffix);
        let metadata = fs::metadata(path).ok()?;
        let (device, inode) = (metadata.dev(), metadata.ino());
        Some(format!("{:02x}:{:02x}:{inode}", rustix::fs::major(device), rustix::fs::minor(device)))
    };
    // Ours, or that of SQLite for writing: a byte of this file.
    let ours = id(".lock").and_then(|id| parse(&locks, "FLOCK", &id, "0"));
    ours.or_else(|| id("-shm").and_then(|id| parse(&locks, "POSIX", &id, "120")))
}

#[cfg(not(target_os = "linux"))]
fn find(_: &Path) -> Option<u32> {
    None
}

/// A line is `1: FLOCK  ADVISORY  WRITE 42 fe:00:5963780 0 EOF`; that of a process which waits has `->` behind the colon.
#[cfg(target_os = "linux")]
fn parse(locks: &str, kind: &str, id: &str, first: &str) -> Option<u32> {
    locks.lines().find_map(|line| {
        let fields: Vec<_> = line.split_ascii_whitespace().collect();
        let [_, of_kind, _, "WRITE", pid, of_id, of_first, _] = *fields.as_slice() else { return None };
        // Other containers show as 0.
        let pid = pid.parse().ok().filter(|pid| *pid > 0);
        pid.filter(|_| of_kind == kind && of_id == id && of_first == first)
    })
}

#[cfg(target_os = "linux")]
fn is_stopped(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['T', 't']))
}

#[cfg(not(target_os = "linux"))]
fn is_stopped(_: u32) -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn holders_are_found() {
        let locks = "1: FLOCK  ADVISORY  WRITE 23377 fe:00:5963780 0 EOF\n\
                     1: -> FLOCK  ADVISORY  WRITE 7 fe:00:77 0 EOF\n\
                     2: FLOCK  ADVISORY  READ 8 fe:00:77 0 EOF\n\
                     3: POSIX  ADVISORY  WRITE 42 fe:00:77 120 120\n\
                     4: POSIX  ADVISORY  WRITE 0 fe:00:78 120 120\n";
        assert_eq!(parse(locks, "FLOCK", "fe:00:5963780", "0"), Some(23377));
        assert_eq!(parse(locks, "FLOCK", "fe:00:77", "0"), None, "one waits, one reads");
        assert_eq!(parse(locks, "POSIX", "fe:00:77", "120"), Some(42));
        assert_eq!(parse(locks, "POSIX", "fe:00:78", "120"), None, "it is in another container");
    }
}
