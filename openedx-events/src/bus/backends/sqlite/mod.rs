//! The backend in a file: durable, and shared by the processes of one machine.
//!
//! Published messages, acknowledgements, counted attempts, dead letters and parked events are on the disk when the call
//! returns, each completely or not at all. Groups keep the [order of a key](crate::bus::KeyOrder::Group), however many processes consume
//! for them. A waiting consumer gets what its own process publishes at once, and what others publish within 5 ms.
//!
//! What every group of a topic has done is removed, unless [`Options`] say otherwise; a topic without groups keeps
//! everything.
//!
//! ```
//! use openedx_events::bus::sqlite::{Options, Sqlite};
//! use openedx_events::bus::{Backend, Header, Message, StartAt, Topic};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = std::env::temp_dir().join(format!("openedx-events-doc-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let path = folder.join("bus.db");
//! // The address of the same bus in settings is `sqlite:PATH`.
//! let bus = Sqlite::open_with(&path, Options::new().max_bytes(1 << 30))?;
//! let topic = Topic::new("notes")?;
//! bus.create_group(&topic, "search", StartAt::Earliest)?;
//!
//! let message = Message { headers: vec![Header::new("type", "org.example.note.v1")], payload: None };
//! bus.producer()?.publish(&topic, &[message])?;
//! assert_eq!(bus.groups(&topic)?[0].lag, Some(1));
//! # drop(bus);
//! # std::fs::remove_dir_all(folder)?;
//! # Ok(())
//! # }
//! ```
//!
//! # The file
//!
//! Beside the file there are two files of SQLite's (`-wal`, `-shm`) and an empty one (`.lock`), which must stay while it is
//! in use. They belong together: copy the file with SQLite's own means, or when no process has it open. Do not write to it
//! with another program. A network file system is refused, because processes share memory through the file.
//!
//! A process that is stopped (`SIGSTOP`) in the middle of writing holds up the others until it continues or ends: their calls
//! fail with [`Busy`](crate::bus::ErrorKind::Busy) after ten seconds and say which process it is. One that is killed holds up
//! nobody.
//!
//! If one of the files is removed, replaced or truncated while it is in use, all calls are
//! [`Refused`](crate::bus::ErrorKind::Refused) from then on. To restore a backup, end all programs, remove `-wal` and `-shm`, and
//! put the backup in place.

mod abandoned;
mod admin;
mod claim_batch;
mod claimant;
mod claims;
mod clock;
mod departed;
mod disk_space;
mod fault;
mod file;
mod group;
mod growth;
mod identity;
mod key_map;
mod lock;
mod lock_holder;
mod log;
mod mounts;
mod options;
mod owner;
mod parked;
mod parked_events;
mod parked_keys;
mod parked_row;
mod parked_store;
mod place;
mod reader;
mod rests;
mod retention;
mod row;
mod schema;
mod stop;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex};

use rusqlite::OptionalExtension as _;

use crate::avro::Fingerprint;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::contract::{
    Admin, Backend, Consumer, Delivery, EntryId, GroupInfo, KeyOrder, ParkedEvents, Producer, Promises,
    StartAt, Subscription,
};
use crate::bus::message::topic::Topic;
use crate::sync;
use fault::Fault;
use file::{BusFile, Connection};
use group::GroupRow;
use log::Log;
pub use options::Options;
use reader::Reader;
use stop::StopDeadline;
use writer::Writer;

/// Topics in a file.
///
/// All values of one file in a process share a lock; each producer and consumer has a connection of its own.
#[derive(Debug)]
pub struct Sqlite {
    file: Arc<BusFile>,
    options: Arc<Options>,
    /// For everything that is not done by a producer or a consumer.
    connection: Mutex<Connection>,
}

impl Sqlite {
    /// Opens the bus in the file of this path, with the default [`Options`]. Creates the file if it does not exist. Blocks
    /// while others write.
    ///
    /// # Errors
    ///
    /// The file cannot be created, read or written; it belongs to another program, was written by a newer release of this
    /// library, is damaged, or lies on a network file system.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, BusError> {
        Self::open_with(path, Options::default())
    }

    /// Like [`open`](Self::open), with options. They apply to the producers and consumers of this value.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open).
    pub fn open_with(path: impl AsRef<Path>, options: Options) -> Result<Self, BusError> {
        let file = BusFile::open(path.as_ref())?;
        let connection = Mutex::new(file.connect(&StopDeadline::default())?);
        Ok(Self { file, options: Arc::new(options), connection })
    }

    /// Like [`open_with`](Self::open_with), but does not create the file.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open), and [`ErrorKind::Configuration`] if the file does not exist.
    pub fn open_existing(path: impl AsRef<Path>, options: Options) -> Result<Self, BusError> {
        let path = path.as_ref();
        // What cannot be looked at is opened, for its error.
        if path.try_exists().is_ok_and(|exists| !exists) {
            let what = format!(
                "there is no event bus in the file {}: check the path, or publish to it first",
                path.display()
            );
            return Err(BusError::new(ErrorKind::Configuration, what));
        }
        Self::open_with(path, options)
    }

    /// The path of the file, absolute and without symbolic links.
    pub fn path(&self) -> &Path {
        &self.file.path
    }

    /// The topics in the file, sorted, with those that only have dead letters.
    pub(in crate::bus) fn topic_names(&self) -> Result<Vec<Topic>, BusError> {
        self.look("list topics", log::topics)
    }

    fn look<T>(
        &self,
        tried: &str,
        look: impl Fn(&rusqlite::Connection) -> Result<T, Fault>,
    ) -> Result<T, BusError> {
        sync::lock(&self.connection).look(tried, look)
    }

    fn write<T>(
        &self,
        tried: &str,
        act: impl FnOnce(&rusqlite::Connection) -> Result<T, Fault>,
    ) -> Result<T, BusError> {
        sync::lock(&self.connection).write(tried, act)
    }
}

impl Backend for Sqlite {
    fn promises(&self) -> Promises {
        Promises::new(true, true, KeyOrder::Group)
    }

    fn system(&self) -> &'static str {
        "sqlite"
    }

    fn address(&self) -> String {
        format!("sqlite:{}", self.path().display())
    }

    fn producer(&self) -> Result<Box<dyn Producer>, BusError> {
        Ok(Box::new(Writer::new(&self.file, &self.options)?))
    }

    /// A name under which this process consumes already is refused as [`Configuration`](crate::bus::ErrorKind::Configuration).
    /// On Linux, one under which another process consumes is [`Busy`](crate::bus::ErrorKind::Busy) until that consumer is
    /// dropped or its process ends.
    fn consumer(&self, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        Ok(Box::new(Reader::join(&self.file, &self.options, subscription)?))
    }

    fn has_topic(&self, topic: &Topic) -> Result<bool, BusError> {
        self.look("look for a topic", |sql| Ok(Log::find(sql, topic)?.is_some()))
    }

    fn groups(&self, topic: &Topic) -> Result<Vec<GroupInfo>, BusError> {
        self.look("list groups", |sql| group::all(sql, topic))
    }

    fn create_group(&self, topic: &Topic, group: &str, start: StartAt) -> Result<bool, BusError> {
        self.write("create a group", |sql| {
            let log = Log::find_or_create(sql, topic)?;
            Ok(GroupRow::find_or_create(sql, &log, group, start)?.1)
        })
    }

    fn delete_group(&self, topic: &Topic, group: &str) -> Result<bool, BusError> {
        self.write("delete a group", |sql| {
            let Some(log) = Log::find(sql, topic)? else { return Ok(false) };
            let Some(group) = GroupRow::find(sql, &log, group)? else { return Ok(false) };
            group.delete(sql)?;
            Ok(true)
        })
    }

    fn skip(&self, topic: &Topic, group: &str) -> Result<bool, BusError> {
        self.write("move a group", |sql| {
            let Some(log) = Log::find(sql, topic)? else { return Ok(false) };
            let Some(group) = GroupRow::find(sql, &log, group)? else { return Ok(false) };
            group.skip(sql, &log)?;
            Ok(true)
        })
    }

    fn store_schemas(&self, _: &Topic, schemas: &[(Fingerprint, &str)]) -> Result<(), BusError> {
        self.write("store schemas", |sql| {
            let mut statement = sql
                .prepare_cached("INSERT OR IGNORE INTO writer_schema (fingerprint, text) VALUES (?1, ?2)")?;
            for (fingerprint, schema) in schemas {
                statement.execute([&fingerprint.to_string(), *schema])?;
            }
            Ok(())
        })
    }

    fn schema(&self, _: &Topic, fingerprint: Fingerprint) -> Result<Option<String>, BusError> {
        self.look("look up a schema", |sql| {
            let mut statement =
                sql.prepare_cached("SELECT text FROM writer_schema WHERE fingerprint = ?1")?;
            Ok(statement.query_row([fingerprint.to_string()], |row| row.get(0)).optional()?)
        })
    }

    fn browse(&self, topic: &Topic, after: Option<&EntryId>, max: usize) -> Result<Vec<Delivery>, BusError> {
        let after = after.map(log::number).transpose()?.unwrap_or_default();
        self.look("browse", |sql| match Log::find(sql, topic)? {
            Some(log) => log.browse(sql, after, max),
            None => Ok(Vec::new()),
        })
    }

    fn parked(&self) -> Option<&dyn ParkedEvents> {
        Some(self)
    }

    fn admin(&self) -> Option<&dyn Admin> {
        Some(self)
    }
}
