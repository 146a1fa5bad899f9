//! One file with spilled events: [`SpillFile`].

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::store;
use crate::avro::Fingerprint;
use crate::bus::contract::{
    Backend, BusError, Consumer, Delivery, EntryId, EntryWrite, ErrorKind, Producer, StartAt, Subscription,
};
use crate::bus::message::Message;
use crate::bus::message::dead_letter::DeadLetter;
use crate::bus::message::topic::Topic;
use crate::{log_later, sync};

/// The group, and the name of its consumer, that reads spilled events.
pub(super) const GROUP: &str = "spill";

/// A file with spilled events, which this process owns.
///
/// A file that is removed or replaced while it is in use is made anew; one that is damaged is moved out of the way. What
/// was in it is [counted](Counts::lost).
pub(crate) struct SpillFile {
    path: PathBuf,
    state: Mutex<State>,
}

struct State {
    /// `None` while the file cannot be opened.
    open: Option<Open>,
    /// Incremented when the file becomes another one.
    generation: u64,
    topics: BTreeMap<Topic, Counts>,
    /// Locked as long as this process uses the file. It is dropped last, so that whoever gets the file next finds the names of
    /// its consumers free.
    _owner: File,
}

/// The number of events of a topic in a file, kept up to date.
#[derive(Clone, Default)]
pub(super) struct Counts {
    left: Arc<AtomicUsize>,
    lost: Arc<AtomicUsize>,
}

impl Counts {
    /// Events that are in the file.
    pub(super) fn left(&self) -> usize {
        self.left.load(Ordering::Relaxed)
    }

    /// Events that were in a file that was lost.
    pub(super) fn lost(&self) -> usize {
        self.lost.load(Ordering::Relaxed)
    }
}

/// The file, opened. All topics share it, so that no old handle is left when it is opened again.
struct Open {
    backend: Arc<dyn Backend>,
    producer: Box<dyn Producer>,
    consumers: BTreeMap<Topic, Box<dyn Consumer>>,
    identity: Option<Identity>,
}

/// Events that were read from a file.
pub(crate) struct Spilled {
    pub(super) file: Arc<SpillFile>,
    generation: u64,
    pub(crate) deliveries: Vec<Delivery>,
}

#[cfg(feature = "cli")]
impl Spilled {
    /// The file as a bus, to look up schemas.
    pub(crate) fn backend(&self) -> Result<Arc<dyn Backend>, BusError> {
        self.file.with(|open, _| Ok(Arc::clone(&open.backend)))
    }
}

impl SpillFile {
    /// Opens the file of this path, which must be owned.
    pub(super) fn open(path: PathBuf, owner: File) -> Result<Self, BusError> {
        let open = Some(Open::new(&path)?);
        let state = State { open, generation: 0, topics: BTreeMap::new(), _owner: owner };
        Ok(Self { path, state: Mutex::new(state) })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Begins to count the events of a topic.
    pub(super) fn watch(&self, topic: &Topic) -> Result<Counts, BusError> {
        let _behind = log_later::behind();
        let mut state = sync::lock(&self.state);
        let counts = state.topics.entry(topic.clone()).or_default().clone();
        let left = match &state.open {
            Some(open) => left(&*open.backend, topic)?,
            None => 0,
        };
        counts.left.store(left, Ordering::Relaxed);
        Ok(counts)
    }

    /// Appends an event. It is on the disk when this returns.
    pub(super) fn put(&self, topic: &Topic, message: &Message) -> Result<(), BusError> {
        self.with(|open, counts| {
            // The group first: a topic without groups would keep what was published before it.
            open.consumer(topic)?;
            open.producer.publish(topic, std::slice::from_ref(message)).map_err(|error| error.error)?;
            if let Some(counts) = counts.get(topic) {
                counts.left.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        })
    }

    /// Stores an event that the bus does not take among the dead letters of its topic, from where it is not published.
    pub(super) fn put_aside(&self, topic: &Topic, message: &Message) -> Result<(), BusError> {
        self.with(|open, _| open.put_aside(topic, message))
    }

    /// Stores schemas beside the events that were written with them.
    pub(super) fn store_schemas(
        &self,
        topic: &Topic,
        schemas: &[(Fingerprint, &str)],
    ) -> Result<(), BusError> {
        self.with(|open, _| open.backend.store_schemas(topic, schemas))
    }

    /// A schema that was stored.
    pub(super) fn schema(&self, topic: &Topic, fingerprint: Fingerprint) -> Result<Option<String>, BusError> {
        self.with(|open, _| open.backend.schema(topic, fingerprint))
    }

    /// The next events of a topic, at most `max`.
    pub(super) fn next(self: &Arc<Self>, topic: &Topic, max: usize) -> Result<Spilled, BusError> {
        let mut generation = 0;
        let deliveries = self.with_generation(|open, counts, now| {
            generation = now;
            let deliveries = open.consumer(topic)?.read(max, Duration::ZERO, &[])?.deliveries;
            if let Some(counts) = counts.get(topic).filter(|_| deliveries.is_empty()) {
                // The counts are of what was found at the start; there may have been less.
                counts.left.store(0, Ordering::Relaxed);
            }
            Ok(deliveries)
        })?;
        Ok(Spilled { file: Arc::clone(self), generation, deliveries })
    }

    /// Removes the events that `is_done`; the others come again. Returns the others if the file was lost in the meantime:
    /// they are nowhere else.
    pub(super) fn done(
        &self,
        topic: &Topic,
        spilled: &Spilled,
        is_done: impl Fn(usize) -> bool,
    ) -> Result<Vec<Message>, BusError> {
        let (mut done, mut left): (Vec<EntryId>, Vec<EntryId>) = (Vec::new(), Vec::new());
        for (index, delivery) in spilled.deliveries.iter().enumerate() {
            if is_done(index) { &mut done } else { &mut left }.push(delivery.entry.clone());
        }
        let is_lost = self.with_generation(|open, counts, generation| {
            let counts = counts.get(topic);
            // The entries of another file have the same numbers.
            if generation != spilled.generation {
                // They were counted as lost with the file, and none is.
                if let Some(counts) = counts {
                    subtract(&counts.lost, spilled.deliveries.len());
                }
                return Ok(true);
            }
            let consumer = open.consumer(topic)?;
            consumer.acknowledge(&done)?;
            consumer.release(&left)?;
            if let Some(counts) = counts {
                subtract(&counts.left, done.len());
            }
            Ok(false)
        })?;
        if !is_lost {
            return Ok(Vec::new());
        }
        let left = spilled.deliveries.iter().enumerate().filter(|(index, _)| !is_done(*index));
        Ok(left.map(|(_, delivery)| delivery.message.clone()).collect())
    }

    /// Moves an event to the dead letters of its topic.
    pub(super) fn move_aside(
        &self,
        topic: &Topic,
        spilled: &Spilled,
        index: usize,
        dead_letter: &DeadLetter,
    ) -> Result<(), BusError> {
        let Some(delivery) = spilled.deliveries.get(index) else { return Ok(()) };
        self.with_generation(|open, _, generation| {
            if generation != spilled.generation {
                return open.put_aside(topic, &dead_letter.message(&delivery.message, GROUP, ""));
            }
            match open.consumer(topic)?.dead_letter(delivery, dead_letter)? {
                EntryWrite::Done(_) => open.count_aside(topic),
                // The group is gone, and with it the place of the event.
                EntryWrite::Claimed | EntryWrite::NoGroup => {
                    open.put_aside(topic, &dead_letter.message(&delivery.message, GROUP, ""))
                }
            }
        })
    }

    fn with<T>(
        &self,
        operation: impl FnMut(&mut Open, &BTreeMap<Topic, Counts>) -> Result<T, BusError>,
    ) -> Result<T, BusError> {
        let mut operation = operation;
        self.with_generation(|open, counts, _| operation(open, counts))
    }

    /// Calls an operation of the file. If the file was removed or replaced, or is damaged, the operation is called again
    /// with a new one.
    fn with_generation<T>(
        &self,
        mut operation: impl FnMut(&mut Open, &BTreeMap<Topic, Counts>, u64) -> Result<T, BusError>,
    ) -> Result<T, BusError> {
        let _behind = log_later::behind();
        let mut state = sync::lock(&self.state);
        let mut operation = |state: &mut State| {
            let State { open, generation, topics, .. } = state;
            match open {
                Some(open) => operation(open, topics, *generation),
                None => Err(BusError::new(ErrorKind::Refused, "the spill file is not open")),
            }
        };
        match operation(&mut state) {
            Err(error) if !error.is_transient() => {}
            result => return result,
        }
        state.reopen(&self.path)?;
        match operation(&mut state) {
            Err(error) if store::is_damage(&error) => state.replace(&self.path, &error)?,
            result => return result,
        }
        operation(&mut state)
    }
}

impl State {
    /// Opens the file again, or a new one if it is no longer there.
    fn reopen(&mut self, path: &Path) -> Result<(), BusError> {
        // Looked at before the old file is closed, as a new one may then get its inode.
        let is_same =
            self.open.as_ref().is_some_and(|open| open.identity == Identity::of(path)) && path.exists();
        self.open = None;
        if !path.exists() {
            // What belonged to the file would be taken for that of the new one.
            for suffix in ["-wal", "-shm"] {
                // There need not be any.
                let _ = fs::remove_file(beside(path, suffix));
            }
            // The folder may be gone as well. If it cannot be made, the file cannot be opened, which says why.
            let _ = path.parent().map(fs::create_dir_all);
        }
        let open = match Open::new(path) {
            Err(error) if store::is_damage(&error) => return self.replace(path, &error),
            open => open?,
        };
        if is_same {
            self.open = Some(open);
            return Ok(());
        }
        let path = path.to_path_buf();
        log_later::log(move || {
            tracing::error!(
                path = %path.display(),
                "the spill file was removed or replaced while it was in use; spilling goes on with a new one"
            );
        });
        self.changed(open)
    }

    /// Moves a damaged file out of the way, and begins a new one.
    fn replace(&mut self, path: &Path, error: &BusError) -> Result<(), BusError> {
        self.open = None;
        let mut numbered = (1..u32::MAX).map(|number| beside(path, &format!(".damaged-{number}")));
        let kept = numbered.find(|kept| !kept.exists()).unwrap_or_else(|| beside(path, ".damaged"));
        fs::rename(path, &kept).map_err(|cause| {
            let what = format!("cannot move the damaged spill file `{}` out of the way", path.display());
            BusError::new(ErrorKind::Refused, what).caused_by(cause)
        })?;
        for suffix in ["-wal", "-shm"] {
            // There need not be any.
            let _ = fs::rename(beside(path, suffix), beside(&kept, suffix));
        }
        let (at, error) = (path.to_path_buf(), error.to_string());
        log_later::log(move || {
            tracing::error!(
                path = %at.display(), kept = %kept.display(), error,
                "the spill file is damaged; it was renamed, and spilling goes on with a new one"
            );
        });
        let open = Open::new(path)?;
        self.changed(open)
    }

    /// The file is another one: what was in the one before, and is not in this one, is lost.
    fn changed(&mut self, open: Open) -> Result<(), BusError> {
        self.generation += 1;
        for (topic, counts) in &self.topics {
            let left = left(&*open.backend, topic)?;
            let lost = counts.left.swap(left, Ordering::Relaxed).saturating_sub(left);
            counts.lost.fetch_add(lost, Ordering::Relaxed);
            if lost > 0 {
                let topic = topic.clone();
                log_later::log(move || {
                    tracing::error!(%topic, events = lost, "spilled events were lost with their file");
                });
            }
        }
        self.open = Some(open);
        Ok(())
    }
}

impl Open {
    fn new(path: &Path) -> Result<Self, BusError> {
        let backend = store::open(path)?;
        let producer = backend.producer()?;
        Ok(Self { producer, backend, consumers: BTreeMap::new(), identity: Identity::of(path) })
    }

    fn put_aside(&mut self, topic: &Topic, message: &Message) -> Result<(), BusError> {
        let published = self.producer.publish(&topic.dead_letters(), std::slice::from_ref(message));
        published.map_err(|error| error.error)?;
        self.count_aside(topic)
    }

    /// The group knows how many of the events that were put aside are left.
    fn count_aside(&self, topic: &Topic) -> Result<(), BusError> {
        self.backend.create_group(&topic.dead_letters(), GROUP, StartAt::Earliest).map(drop)
    }

    fn consumer(&mut self, topic: &Topic) -> Result<&dyn Consumer, BusError> {
        if !self.consumers.contains_key(topic) {
            let consumer = self.backend.consumer(&Subscription::new(topic.clone(), GROUP, GROUP))?;
            self.consumers.insert(topic.clone(), consumer);
        }
        match self.consumers.get(topic) {
            Some(consumer) => Ok(&**consumer),
            None => Err(BusError::new(ErrorKind::Refused, "the spill file is not open")),
        }
    }
}

/// The number of events of a topic that are in a file.
pub(super) fn left(backend: &dyn Backend, topic: &Topic) -> Result<usize, BusError> {
    let groups = backend.groups(topic)?;
    let group = groups.iter().find(|group| group.name == GROUP);
    let left = group.map_or(0, |group| group.lag.unwrap_or_default().saturating_add(group.pending));
    Ok(usize::try_from(left).unwrap_or(usize::MAX))
}

fn subtract(count: &AtomicUsize, number: usize) {
    let less = |count: usize| Some(count.saturating_sub(number));
    // It never fails, as there is always a smaller number.
    let _ = count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
}

/// The path with more at its end.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// What distinguishes a file from another one at the same path: its device and inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity(u64, u64);

impl Identity {
    #[cfg(unix)]
    fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;

        let metadata = fs::metadata(path).ok()?;
        Some(Self(metadata.dev(), metadata.ino()))
    }

    #[cfg(not(unix))]
    fn of(_: &Path) -> Option<Self> {
        None
    }
}
