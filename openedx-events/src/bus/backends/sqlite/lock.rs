//! The lock for writing: [`WriteLock`].

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use super::fault::Fault;
use super::lock_holder;
use super::stop::StopDeadline;
use crate::bus::contract::error::ErrorKind;
use crate::{log_later, sync};

/// How long to wait for a lock. Who waits longer does something that does not end by itself.
pub(super) const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// After this time a warning is logged.
const WARN_AFTER: Duration = Duration::from_secs(3);

/// One writer at a time, among all threads and processes of a bus.
///
/// SQLite has such a lock itself, but waits for it by polling with ever longer pauses, which starves some of several
/// processes. The operating system wakes the next one.
#[derive(Debug)]
pub(super) struct WriteLock {
    path: PathBuf,
    shared: Arc<Shared>,
}

/// The lock of a file is that of its handle, which all threads share; hence the state.
#[derive(Debug)]
struct Shared {
    file: File,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    right: Right,
    /// The number of threads of this process that wait.
    waiting: usize,
}

/// Who may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Right {
    /// No thread of this process has the lock.
    Free,
    /// Another process has it, and a thread of this one waits in the operating system, which knows no time-out, for all that
    /// wait here.
    Asked,
    /// That thread has got it, for the first that takes it. Somebody waits.
    Granted,
    /// A thread has it.
    Held,
}

/// How long a call waits for locks.
#[derive(Debug)]
pub(super) struct LockWait<'s> {
    since: Instant,
    stop: &'s StopDeadline,
    is_warned: bool,
}

impl<'s> LockWait<'s> {
    /// From now on, but not beyond the deadline to stop.
    pub(super) fn new(stop: &'s StopDeadline) -> Self {
        Self { since: Instant::now(), stop, is_warned: false }
    }

    fn until(&self) -> Instant {
        let until = self.since + LOCK_TIMEOUT;
        self.stop.limit(Some(until)).unwrap_or(until)
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.until()
    }

    /// The time until there is something to do.
    fn pause(&self) -> Duration {
        let until = if self.is_warned { self.until() } else { self.until().min(self.since + WARN_AFTER) };
        until.saturating_duration_since(Instant::now())
    }

    fn is_warning_due(&self) -> bool {
        !self.is_warned && self.since.elapsed() >= WARN_AFTER
    }

    fn warn(&mut self, path: &Path) {
        self.is_warned = true;
        let (holder, waited) = (lock_holder::of(path), self.since.elapsed());
        let path = path.to_path_buf();
        log_later::log(move || {
            tracing::warn!(path = %path.display(), ?waited, "waiting for the lock of the event bus{holder}");
        });
    }

    /// Logs what it waits for when it is time to. Fails when it is over.
    pub(super) fn go_on(&mut self, path: &Path) -> Result<(), Fault> {
        if self.is_over() {
            return Err(self.fault(path));
        }
        if self.is_warning_due() {
            self.warn(path);
        }
        Ok(())
    }

    /// That it is over.
    fn fault(&self, path: &Path) -> Fault {
        let (holder, waited) = (lock_holder::of(path), self.since.elapsed());
        if self.stop.has_passed() {
            let what = format!("the program stops, and the lock of the bus is not free{holder}");
            return Fault::Found(ErrorKind::Unreachable, what);
        }
        Fault::Found(ErrorKind::Busy, format!("waited {waited:.1?} for the lock of the bus{holder}"))
    }
}

impl WriteLock {
    /// The lock of the bus in the file of this path.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut beside = path.to_path_buf().into_os_string();
        beside.push(".lock");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(beside)?;
        let shared = Arc::new(Shared {
            file,
            state: Mutex::new(State { right: Right::Free, waiting: 0 }),
            changed: Condvar::new(),
        });
        Ok(Self { path: path.to_path_buf(), shared })
    }

    /// Waits until nobody else writes, or for as long as it may.
    pub(super) fn lock(&self, wait: &mut LockWait<'_>) -> Result<Held<'_>, Fault> {
        let fault = |error| Fault::Io("the lock", error);
        let mut state = self.shared.state();
        loop {
            if state.right == Right::Free {
                match self.shared.file.try_lock() {
                    Ok(()) => state.right = Right::Granted,
                    Err(TryLockError::WouldBlock) => {
                        self.ask().map_err(fault)?;
                        state.right = Right::Asked;
                    }
                    // A signal arrived.
                    Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(TryLockError::Error(error)) => return Err(fault(error)),
                }
            }
            if state.right == Right::Granted {
                state.right = Right::Held;
                return Ok(Held(&self.shared));
            }
            if wait.is_over() || wait.is_warning_due() {
                drop(state);
                wait.go_on(&self.path)?;
                state = self.shared.state();
                continue;
            }
            state.waiting += 1;
            state = sync::wait_timeout(&self.shared.changed, state, wait.pause());
            state.waiting -= 1;
        }
    }

    fn ask(&self) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        thread::Builder::new().name("events-lock".to_owned()).spawn(move || shared.wait())?;
        Ok(())
    }

    /// Lets those that wait look again how long they may.
    pub(super) fn wake_all(&self) {
        let _state = self.shared.state();
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        sync::lock(&self.state)
    }

    /// Waits in the operating system, for those that wait here.
    fn wait(&self) {
        let mut granted = self.file.lock();
        while granted.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::Interrupted) {
            granted = self.file.lock();
        }
        let _behind = log_later::behind();
        let mut state = self.state();
        if granted.is_ok() && state.waiting > 0 {
            state.right = Right::Granted;
        } else if granted.is_ok() {
            // All have given up.
            self.unlock();
            state.right = Right::Free;
        } else {
            // Those that wait find out themselves.
            state.right = Right::Free;
        }
        self.changed.notify_all();
    }

    fn unlock(&self) {
        if let Err(error) = self.file.unlock() {
            log_later::log(move || tracing::error!(%error, "cannot release the lock of the event bus"));
        }
    }
}

/// The right to write, until it is dropped.
pub(super) struct Held<'l>(&'l Shared);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let _behind = log_later::behind();
        let mut state = self.0.state();
        self.0.unlock();
        state.right = Right::Free;
        // A call of the system, also if nobody waits.
        if state.waiting > 0 {
            self.0.changed.notify_one();
        }
    }
}
