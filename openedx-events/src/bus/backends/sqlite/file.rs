//! The file of a bus, shared by all its users in this process: [`BusFile`], and a [`Connection`] to it.

use std::collections::HashMap;
use std::fs;
use std::path::{self, Path, PathBuf};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, Weak};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{ErrorCode, OpenFlags, OptionalExtension};

use super::abandoned;
use super::abandoned::AbandonedGroups;
use super::clock::Clock;
use super::disk_space::DiskSpace;
use super::fault::Fault;
use super::identity::{self, Files};
use super::lock::{LOCK_TIMEOUT, LockWait, WriteLock};
use super::mounts::network;
use super::schema;
use super::stop::StopDeadline;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::process::Process;
use crate::{log_later, sync};

/// How long SQLite waits when the file is opened for a lock of a program that does not know ours: as long as for our own.
const BUSY_TIMEOUT: Duration = LOCK_TIMEOUT;

/// The same later, at a time: in between it is looked how long it may wait.
const BUSY_PAUSE: Duration = Duration::from_millis(20);

/// The file of a bus.
#[derive(Debug)]
pub(super) struct BusFile {
    pub(super) path: PathBuf,
    pub(super) files: Files,
    lock: WriteLock,
    pub(super) disk_space: DiskSpace,
    abandoned: AbandonedGroups,
    pub(super) clock: Clock,
    /// The number of this boot of the machine in the file.
    pub(super) boot: u32,
    waiting: Mutex<Waiting>,
    changed: Condvar,
    /// The connection for polling, and the version of the file that it saw last. As long as it is open, SQLite does not
    /// remove the files beside it.
    poller: Mutex<(rusqlite::Connection, i64)>,
    /// The process that has opened it.
    process: Process,
}

/// What waiting threads of this process share.
#[derive(Debug, Default)]
struct Waiting {
    /// The number of changes that this process knows of.
    changes: u64,
    /// A thread polls for changes by other processes: one is enough.
    is_polled: bool,
    /// The number of threads that wait.
    threads: usize,
}

/// How often one thread polls for changes by other processes. It costs a microsecond or two.
pub(super) const POLL: Duration = Duration::from_millis(5);

impl BusFile {
    /// Opens the file of this path, and creates it if it does not exist.
    pub(super) fn open(path: &Path) -> Result<Arc<Self>, BusError> {
        if matches!(path.to_str(), Some("" | ":memory:")) {
            let what = "`sqlite:` needs the path of a file; a bus in memory is `memory:`";
            return Err(BusError::new(ErrorKind::Configuration, what));
        }
        Self::shared(path).map_err(|fault| fault.into_error(path, "open the event bus"))
    }

    fn shared(path: &Path) -> Result<Arc<Self>, Fault> {
        static OPEN: LazyLock<Mutex<HashMap<PathBuf, Weak<BusFile>>>> = LazyLock::new(Mutex::default);

        let path = path::absolute(path).map_err(|error| Fault::Io("the path", error))?;
        if let Some(kind) =
            path.parent().and_then(|folder| fs::canonicalize(folder).ok()).and_then(|at| network(&at))
        {
            let what = format!(
                "it is on a network file system ({kind}), where processes cannot share memory by way of a file: use a \
                 local disk, or Redis for several machines"
            );
            return Err(Fault::Found(ErrorKind::Refused, what));
        }
        let _behind = log_later::behind();
        let mut open = sync::lock(&OPEN);
        open.retain(|_, file| file.strong_count() > 0);
        if let Ok(path) = fs::canonicalize(&path) {
            if let Some(file) =
                open.get(&path).and_then(Weak::upgrade).filter(|file| file.files.check_now().is_ok())
            {
                file.check_process()?;
                return Ok(file);
            }
            for file in open.values().filter_map(Weak::upgrade) {
                file.files.check_apart(&path)?;
            }
            identity::check_links(&path)?;
        }
        // SQLite creates the file: opening and closing it in another way would drop all locks that SQLite has on it.
        let sql = connect(&path)?;
        let path = fs::canonicalize(&path).map_err(|error| Fault::Io("the path", error))?;
        let file = Arc::new(Self::prepare(path, sql)?);
        open.insert(file.path.clone(), Arc::downgrade(&file));
        Ok(file)
    }

    fn prepare(path: PathBuf, sql: rusqlite::Connection) -> Result<Self, Fault> {
        let lock = WriteLock::open(&path).map_err(|error| Fault::Io("the lock file", error))?;
        let clock = Clock::new();
        let held = lock.lock(&mut LockWait::new(&StopDeadline::default()))?;
        schema::prepare(&sql)?;
        // SQLite opens a file for reading that it may not write. It takes the right to write for this, and writes nothing.
        sql.execute("DELETE FROM boot WHERE FALSE", [])?;
        let boot = number_of_boot(&sql, &clock.boot)?;
        let files = Files::of(&path);
        drop(held);
        sql.busy_timeout(BUSY_PAUSE)?;
        Ok(Self {
            path,
            files,
            lock,
            disk_space: DiskSpace::default(),
            abandoned: AbandonedGroups::default(),
            clock,
            boot,
            waiting: Mutex::default(),
            changed: Condvar::new(),
            poller: Mutex::new((sql, -1)),
            process: Process::this(),
        })
    }

    /// What SQLite knows of its locks is a copy after a fork, and wrong: two processes would write at the same time.
    fn check_process(&self) -> Result<(), Fault> {
        if self.process.is_this() {
            return Ok(());
        }
        let what = "this process was forked from one that had opened the file: open it after the fork, and not before".to_owned();
        Err(Fault::Found(ErrorKind::Configuration, what))
    }

    /// Another connection to the file, which waits until this deadline.
    pub(super) fn connect(self: &Arc<Self>, stop: &StopDeadline) -> Result<Connection, BusError> {
        let connect = || {
            self.check_process()?;
            self.files.check_now()?;
            let sql = connect(&self.path)?;
            sql.busy_timeout(BUSY_PAUSE)?;
            Ok(sql)
        };
        let sql = connect().map_err(|fault| self.error(fault, "open the event bus"))?;
        Ok(Connection { file: Arc::clone(self), sql, stop: stop.clone() })
    }

    pub(super) fn error(&self, fault: Fault, tried: &str) -> BusError {
        fault.into_error(&self.path, tried)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        sync::lock(&self.waiting)
    }

    /// Notifies waiting threads of this process that there may be something for them.
    pub(super) fn notify(&self) {
        let mut waiting = self.waiting();
        waiting.changes += 1;
        // A call of the system, also if nobody waits.
        if waiting.threads > 0 {
            self.changed.notify_all();
        }
    }

    /// Lets all that wait in this process look again how long they may.
    pub(super) fn wake_all(&self) {
        self.lock.wake_all();
        self.notify();
    }

    pub(super) fn changes(&self) -> u64 {
        self.waiting().changes
    }

    /// Waits until there are more changes than `changes`, but not longer than `until`.
    pub(super) fn wait(&self, changes: u64, until: Instant) -> Result<(), Fault> {
        let mut waiting = self.waiting();
        waiting.threads += 1;
        let (mut waiting, waited) = self.wait_with(waiting, changes, until);
        waiting.threads -= 1;
        if waiting.threads > 0 && !waiting.is_polled {
            // The polling thread may have been this one: another one goes on.
            self.changed.notify_one();
        }
        waited
    }

    fn wait_with<'w>(
        &'w self,
        mut waiting: MutexGuard<'w, Waiting>,
        changes: u64,
        until: Instant,
    ) -> (MutexGuard<'w, Waiting>, Result<(), Fault>) {
        while waiting.changes == changes {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            if waiting.is_polled {
                waiting = sync::wait_timeout(&self.changed, waiting, left);
                continue;
            }
            waiting.is_polled = true;
            waiting = sync::wait_timeout(&self.changed, waiting, left.min(POLL));
            let mut is_changed = Ok(false);
            if waiting.changes == changes {
                drop(waiting);
                is_changed = self.poll();
                waiting = self.waiting();
            }
            waiting.is_polled = false;
            match is_changed {
                Ok(true) => {
                    waiting.changes += 1;
                    self.changed.notify_all();
                }
                Ok(false) => {}
                Err(fault) => return (waiting, Err(fault)),
            }
        }
        (waiting, Ok(()))
    }

    /// Whether anybody has written since the last call; `true` the first time.
    fn poll(&self) -> Result<bool, Fault> {
        self.check_process()?;
        self.files.check()?;
        let mut poller = sync::lock(&self.poller);
        let (sql, before) = &mut *poller;
        let now = match sql.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0)) {
            // Who waits looks from time to time in any case, and then says so.
            Err(error) if is_busy(&error) => return Ok(false),
            now => now?,
        };
        Ok(std::mem::replace(before, now) != now)
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

fn connect(path: &Path) -> Result<rusqlite::Connection, Fault> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let sql = rusqlite::Connection::open_with_flags(path, flags)?;
    sql.busy_timeout(BUSY_TIMEOUT)?;
    sql.set_prepared_statement_cache_capacity(64);
    // Nothing in the file may run code.
    sql.execute_batch("PRAGMA synchronous = FULL; PRAGMA mmap_size = 0; PRAGMA trusted_schema = OFF")?;
    Ok(sql)
}

fn number_of_boot(sql: &rusqlite::Connection, name: &str) -> Result<u32, Fault> {
    let find = || sql.query_row("SELECT id FROM boot WHERE name = ?1", [name], |row| row.get(0)).optional();
    let id: i64 = match find()? {
        Some(id) => id,
        None => {
            sql.query_row("INSERT INTO boot (name) VALUES (?1) RETURNING id", [name], |row| row.get(0))?
        }
    };
    u32::try_from(id).map_err(|_| Fault::damaged("the number of a boot of the machine"))
}

/// A connection to the file of a bus.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) file: Arc<BusFile>,
    pub(super) sql: rusqlite::Connection,
    stop: StopDeadline,
}

/// Closing a connection of the process that this one was forked from would write to the file, and drop locks.
fn leave_to_parent(sql: &mut rusqlite::Connection) {
    if let Ok(empty) = rusqlite::Connection::open_in_memory() {
        std::mem::forget(std::mem::replace(sql, empty));
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if !self.file.process.is_this() {
            leave_to_parent(&mut self.sql);
        }
    }
}

impl Drop for BusFile {
    fn drop(&mut self) {
        if !self.process.is_this()
            && let Ok(poller) = self.poller.get_mut()
        {
            leave_to_parent(&mut poller.0);
        }
    }
}

impl Connection {
    /// Runs `act` in one transaction, which is on the disk when this returns; if it fails, nothing is.
    pub(super) fn write<T>(
        &self,
        tried: &str,
        act: impl FnOnce(&rusqlite::Connection) -> Result<T, Fault>,
    ) -> Result<T, BusError> {
        let before = self.sql.total_changes();
        let written = self.transaction(act);
        if self.sql.total_changes() != before {
            self.file.notify();
        }
        written.map_err(|fault| self.file.error(fault, tried))
    }

    /// Runs `look` on a snapshot of the file: what others write meanwhile is not seen in part.
    pub(super) fn look<T>(
        &self,
        tried: &str,
        look: impl Fn(&rusqlite::Connection) -> Result<T, Fault>,
    ) -> Result<T, BusError> {
        let snapshot = || {
            self.file.check_process()?;
            self.file.files.check()?;
            // It writes nothing, so that it never has to become a writer.
            self.sql.prepare_cached("BEGIN DEFERRED")?.execute([])?;
            let _rollback = Rollback(&self.sql);
            look(&self.sql)
        };
        let wait = &mut LockWait::new(&self.stop);
        self.unless_busy(wait, snapshot).map_err(|fault| self.file.error(fault, tried))
    }

    /// Tries again while SQLite finds the file locked, for as long as it may.
    fn unless_busy<T>(
        &self,
        wait: &mut LockWait<'_>,
        act: impl Fn() -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        loop {
            match act() {
                Err(Fault::Sql(error)) if is_busy(&error) => wait.go_on(&self.file.path)?,
                done => return done,
            }
            // SQLite does not wait in every case.
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Warns of groups that have been idle for longer than `limit`, if it is time to look for them.
    pub(super) fn check_abandoned(&self, limit: Option<Duration>) {
        let find = |limit| self.look("look for abandoned groups", |sql| abandoned::find(sql, limit));
        self.file.abandoned.check(&self.file.path, limit, find);
    }

    fn transaction<T>(
        &self,
        act: impl FnOnce(&rusqlite::Connection) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.file.check_process()?;
        let mut wait = LockWait::new(&self.stop);
        let _held = self.file.lock.lock(&mut wait)?;
        self.file.files.check()?;
        // Immediate: a reader that becomes a writer fails at once if there is another writer.
        self.unless_busy(&mut wait, || {
            self.sql.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            Ok(())
        })?;
        let _rollback = Rollback(&self.sql);
        let value = act(&self.sql)?;
        self.sql.prepare_cached("COMMIT")?.execute([])?;
        Ok(value)
    }
}

/// Ends a transaction that was not committed.
struct Rollback<'c>(&'c rusqlite::Connection);

impl Drop for Rollback<'_> {
    fn drop(&mut self) {
        if self.0.is_autocommit() {
            return;
        }
        if let Err(error) = self.0.execute_batch("ROLLBACK") {
            log_later::log(
                move || tracing::error!(%error, "cannot roll back a transaction of the event bus"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::env;

    use super::*;

    /// A folder that is deleted with the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = env::temp_dir().join(format!("openedx-events-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).expect("a folder");
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            // Left behind, it harms nobody.
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    const FAR: Duration = Duration::from_secs(90);

    /// Writes as another process does: this one is not notified.
    fn write_unseen(file: &BusFile) {
        let sql = connect(&file.path).expect("connected");
        sql.execute("INSERT INTO boot (name) VALUES (hex(randomblob(8)))", []).expect("written");
    }

    #[test]
    fn a_file_that_may_not_be_written_is_refused() {
        let folder = Folder::new("read_only");
        let (bus, empty) = (folder.0.join("bus"), folder.0.join("empty"));
        drop(BusFile::open(&bus).expect("opened"));
        fs::write(&empty, "").expect("a file");
        for path in [bus, empty] {
            let sql = rusqlite::Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY);
            let fault =
                BusFile::prepare(path.clone(), sql.expect("opened")).expect_err("it cannot be written");
            let error = fault.into_error(&path, "open the event bus");
            assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
            assert!(error.to_string().contains("this process needs to write the file"), "{error}");
        }
    }

    #[test]
    fn all_waiting_threads_see_what_others_write() {
        let folder = Folder::new("all_who_wait");
        let file = BusFile::open(&folder.0.join("bus")).expect("opened");
        // The first time anybody looks there may be something new.
        file.wait(file.changes(), Instant::now() + FAR).expect("waited");
        let (changes, start) = (file.changes(), Instant::now());
        thread::scope(|scope| {
            let wait = |max| {
                let file = &file;
                scope.spawn(move || file.wait(changes, Instant::now() + max).expect("waited"))
            };
            // The first one looks, and goes while the others wait.
            let first = wait(Duration::from_millis(50));
            while !file.waiting().is_polled {
                thread::yield_now();
            }
            let _others = [wait(FAR), wait(FAR)];
            first.join().expect("no panic");
            write_unseen(&file);
        });
        assert!(start.elapsed() < FAR, "heard and not timed out");
        assert!(file.changes() > changes);
        assert!(!file.waiting().is_polled);
    }

    #[test]
    fn a_file_is_opened_once() {
        let folder = Folder::new("opened_once");
        let path = folder.0.join("bus");
        let file = BusFile::open(&path).expect("opened");
        let again = BusFile::open(&folder.0.join(".").join("bus")).expect("opened");
        assert!(Arc::ptr_eq(&file, &again));
        drop((file, again));
        BusFile::open(&path).expect("opened once more");
    }
}
