//! Whether the files of a bus are still those that were opened: [`Files`].

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::fault::Fault;
use crate::bus::contract::error::ErrorKind;

/// What distinguishes a file from another one at the same path: its device and inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity(u64, u64);

/// What is seen of a file at once.
struct Seen {
    identity: Identity,
    size: u64,
    /// The number of its names; folders have several.
    links: u64,
}

/// Does not ask for the times of the file. On a recent Linux (6.13), whoever asks for them makes the next write to the file
/// change them, and the next sync of a log takes a third longer.
#[cfg(target_os = "linux")]
fn see(path: &Path) -> Option<Seen> {
    use rustix::fs::{AtFlags, CWD, FileType, StatxFlags, makedev, statx};

    let wanted = StatxFlags::TYPE | StatxFlags::INO | StatxFlags::SIZE | StatxFlags::NLINK;
    // An old Linux, and some containers, do not know it.
    let Ok(found) = statx(CWD, path, AtFlags::empty(), wanted) else { return see_all(path) };
    let is_file = FileType::from_raw_mode(found.stx_mode.into()) == FileType::RegularFile;
    Some(Seen {
        identity: Identity(makedev(found.stx_dev_major, found.stx_dev_minor), found.stx_ino),
        size: found.stx_size,
        links: if is_file { found.stx_nlink.into() } else { 1 },
    })
}

#[cfg(all(unix, not(target_os = "linux")))]
fn see(path: &Path) -> Option<Seen> {
    see_all(path)
}

#[cfg(unix)]
fn see_all(path: &Path) -> Option<Seen> {
    use std::os::unix::fs::MetadataExt as _;

    let metadata = fs::metadata(path).ok()?;
    let identity = Identity(metadata.dev(), metadata.ino());
    Some(Seen {
        identity,
        size: metadata.len(),
        links: if metadata.is_file() { metadata.nlink() } else { 1 },
    })
}

#[cfg(not(unix))]
fn see(_: &Path) -> Option<Seen> {
    None
}

/// The file of a bus and the two of SQLite's beside it, as they were when it was opened.
///
/// SQLite does not look at the paths again. What is written to files that were removed is lost to all others, and a process
/// that opens the others anew does not see what the first ones write.
#[derive(Debug)]
pub(super) struct Files {
    /// The path of each, and which file it was. `None` where that cannot be seen.
    opened: [(PathBuf, Option<Identity>); 3],
    /// The largest size of the first one that was seen. It never shrinks.
    size: AtomicU64,
    /// The size of the log at which to warn of it next.
    warn_at: AtomicU64,
    opened_at: Instant,
    /// When they were last found in place, in microseconds since they were opened.
    checked_at: AtomicU64,
}

/// For how long a look at the files is good. Looks cost as much as the rest of a small transaction's bookkeeping.
const LOOK: Duration = Duration::from_millis(1);

/// The size of a log that is too large: it is written to the file and begun anew when it has 4 MiB, if nothing is wrong.
const LARGE_LOG: u64 = 64 << 20;

impl Files {
    /// The files as they are. A connection to the bus is open.
    pub(super) fn of(path: &Path) -> Self {
        let opened = ["", "-wal", "-shm"].map(|suffix| {
            let mut path = path.to_path_buf().into_os_string();
            path.push(suffix);
            let path = PathBuf::from(path);
            let identity = see(&path).map(|seen| seen.identity);
            (path, identity)
        });
        Self {
            opened,
            size: AtomicU64::new(0),
            warn_at: AtomicU64::new(LARGE_LOG),
            opened_at: Instant::now(),
            checked_at: AtomicU64::new(0),
        }
    }

    /// Fails if one of them was removed, replaced or truncated, but does not look again within a millisecond.
    pub(super) fn check(&self) -> Result<(), Fault> {
        let now = self.opened_at.elapsed();
        let checked_at = Duration::from_micros(self.checked_at.load(Ordering::Relaxed));
        if !checked_at.is_zero() && now.saturating_sub(checked_at) < LOOK {
            return Ok(());
        }
        self.check_now()?;
        let now = u64::try_from(now.as_micros()).unwrap_or(u64::MAX);
        self.checked_at.store(now.max(1), Ordering::Relaxed);
        Ok(())
    }

    /// The same at once. It costs a few microseconds.
    pub(super) fn check_now(&self) -> Result<(), Fault> {
        for (number, (path, opened)) in self.opened.iter().enumerate() {
            let Some(identity) = opened else { continue };
            let Some(seen) = see(path).filter(|seen| seen.identity == *identity) else {
                return Err(refused(path, "deleted or replaced"));
            };
            if number == 0 && self.size.fetch_max(seen.size, Ordering::Relaxed) > seen.size {
                return Err(refused(path, "truncated or overwritten"));
            }
            if number == 1 {
                self.check_log(path, seen.size);
            }
        }
        Ok(())
    }

    /// Warns of a log that grows, each time that it has doubled. SQLite says nothing when it cannot be written to the file.
    fn check_log(&self, path: &Path, size: u64) {
        let warn_at = self.warn_at.load(Ordering::Relaxed);
        if size >= warn_at && self.warn_at.fetch_max(size.saturating_mul(2), Ordering::Relaxed) == warn_at {
            let path = path.to_path_buf();
            crate::log_later::log(move || {
                tracing::warn!(
                    path = %path.display(),
                    bytes = size,
                    "the log of the event bus grows: the disk is full or fails, or a program stands still while it reads the file; \
                     look for stopped processes that have it open"
                );
            });
        }
    }

    /// Refuses to open a file anew that this process has open, or whose log it has open: `self` is not in place any more.
    pub(super) fn check_apart(&self, path: &Path) -> Result<(), Fault> {
        let anew = Self::of(path);
        let mut pairs = self.opened.iter().zip(&anew.opened);
        let Some((here, _)) = pairs.find(|((_, here), (_, anew))| here.is_some() && here == anew) else {
            return Ok(());
        };
        let here = here.0.display();
        let what = format!(
            "`{here}` is still open in this process, for files that are not there any more or have another path: end the \
             programs that have the bus open, and remove the `-wal` and `-shm` beside a file that was put in place of another"
        );
        Err(Fault::Found(ErrorKind::Refused, what))
    }
}

fn refused(path: &Path, how: &str) -> Fault {
    let what = format!(
        "`{}` was {how} while it was in use, and what was written to it since is lost: end all programs that have the bus \
         open, and start them again",
        path.display()
    );
    Fault::Found(ErrorKind::Refused, what)
}

/// Refuses a file with several names: SQLite finds the log beside only one of them.
pub(super) fn check_links(path: &Path) -> Result<(), Fault> {
    match see(path) {
        Some(Seen { links, .. }) if links > 1 => {
            let what = format!(
                "the file has {links} names (hard links), and each would get a log of its own: remove the others"
            );
            Err(Fault::Found(ErrorKind::Refused, what))
        }
        _ => Ok(()),
    }
}
