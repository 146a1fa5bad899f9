//! What stays in the file, and how large it may become: [`Options`].

use std::time::Duration;

/// Options of a [`Sqlite`](super::Sqlite): what is removed from topics, how large the file may become, and when groups count
/// as abandoned.
///
/// Entries are removed from the first one on, a few with each publish and when a consumer has nothing else to do. Entries that
/// a group has not done stay, unless [`drop_unread`](Self::drop_unread) is set. A topic without groups keeps everything.
///
/// Options belong to the program that opens the file and not to the file: give all programs the same.
///
/// ```
/// use std::time::Duration;
///
/// use openedx_events::bus::sqlite::Options;
///
/// let options = Options::new().retention(Duration::from_secs(24 * 3600)).max_bytes(1 << 30);
/// assert_eq!(options.max_bytes, Some(1 << 30));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Minimum time for which entries stay that all groups of the topic have done. Zero by default: they are removed at once.
    pub retention: Duration,
    /// Maximum age of entries; older ones are removed in spite of [`retention`](Self::retention). `None`, the default, is no
    /// limit.
    pub max_age: Option<Duration>,
    /// Maximum number of entries in a topic; the first of more are removed in spite of [`retention`](Self::retention). `None`,
    /// the default, is no limit.
    pub max_entries: Option<u64>,
    /// [`max_age`](Self::max_age) and [`max_entries`](Self::max_entries) also remove what groups have not done, and what is in
    /// topics without groups. A consumer learns [how many](crate::bus::Batch::missed) entries it has missed. Dead letters
    /// stay all the same. Off by default.
    pub drop_unread: bool,
    /// Maximum size of the file in bytes. A publish that would make it larger fails with
    /// [`Busy`](crate::bus::ErrorKind::Busy), as it does when the disk is full, and so does
    /// [parking](crate::bus::ParkedStore::park). Otherwise consumers may exceed it, so that they can make room. The log beside the file (`-wal`) does not count. `None`, the default, is no limit.
    pub max_bytes: Option<u64>,
    /// Minimum number of bytes that stay free on the file system. A publish that would make the file larger while fewer are
    /// free fails with [`Busy`](crate::bus::ErrorKind::Busy), and so does [parking](crate::bus::ParkedStore::park). What fits
    /// into the file, where entries were removed, succeeds all the same, and consumers go on, so that they can make room. The
    /// log beside the file may take a few MiB of it. 64 MiB by default; 0 turns the check off. Checked on Unix only.
    pub min_free_disk: u64,
    /// Time after which a group counts as abandoned: entries have waited for it, and nobody has consumed for it, for longer
    /// than this. A warning is logged then, once a day in each process, with the number of entries that the group holds back.
    /// Programs that publish or wait for entries look for such groups, at most every ten minutes. 7 days by default; `None`
    /// turns it off.
    pub abandoned_after: Option<Duration>,
}

impl Options {
    /// The default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the [minimum time for which entries stay](Self::retention) that all groups have done.
    #[must_use]
    pub fn retention(self, retention: Duration) -> Self {
        Self { retention, ..self }
    }

    /// Sets the [maximum age of entries](Self::max_age).
    #[must_use]
    pub fn max_age(self, max_age: impl Into<Option<Duration>>) -> Self {
        Self { max_age: max_age.into(), ..self }
    }

    /// Sets the [maximum number of entries in a topic](Self::max_entries).
    #[must_use]
    pub fn max_entries(self, max_entries: impl Into<Option<u64>>) -> Self {
        Self { max_entries: max_entries.into(), ..self }
    }

    /// Sets whether the limits [also remove what groups have not done](Self::drop_unread).
    #[must_use]
    pub fn drop_unread(self, drop_unread: bool) -> Self {
        Self { drop_unread, ..self }
    }

    /// Sets the [maximum size of the file](Self::max_bytes) in bytes.
    #[must_use]
    pub fn max_bytes(self, max_bytes: impl Into<Option<u64>>) -> Self {
        Self { max_bytes: max_bytes.into(), ..self }
    }

    /// Sets the [number of bytes that stay free](Self::min_free_disk) on the file system.
    #[must_use]
    pub fn min_free_disk(self, min_free_disk: u64) -> Self {
        Self { min_free_disk, ..self }
    }

    /// Sets the [time after which a group counts as abandoned](Self::abandoned_after).
    #[must_use]
    pub fn abandoned_after(self, abandoned_after: impl Into<Option<Duration>>) -> Self {
        Self { abandoned_after: abandoned_after.into(), ..self }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            retention: Duration::ZERO,
            max_age: None,
            max_entries: None,
            drop_unread: false,
            max_bytes: None,
            min_free_disk: 64 * 1024 * 1024,
            abandoned_after: Some(Duration::from_secs(7 * 24 * 60 * 60)),
        }
    }
}
