//! The tables, and whose file it is.

use rusqlite::Connection;

use super::clock;
use super::fault::Fault;
use crate::bus::contract::error::ErrorKind;

/// "OXEv": what says that a file is one of the bus.
const APPLICATION_ID: i64 = 0x4f58_4576;

/// The format of the tables; incremented with each change that programs of earlier releases must not meet.
const VERSION: i64 = 2;

/// - `topic`: all up to number `gone` is removed, `last` is the number of the last entry.
/// - `entry`: the id is the topic's shifted left by 40, and the number in the topic. So each topic is one range, and
///   there is no index to keep.
/// - `grp`: all up to `seen` was looked at, all up to `done` is done. At `active_at`, or up to a minute later, a consumer
///   last did something for it.
/// - `member`: a consumer, and which process it is: see `owner.rs`.
/// - `lot`: entries that were looked at and are not done, many in a row: see `claim_batch.rs`. Those without a member were
///   passed over; the row of the member 0, which does not exist, is of `rests.rs`.
/// - `recorded`: what receivers have processed, with the time.
/// - `writer_schema`: the schemas that messages are written with, by their fingerprints.
/// - `boot`: names of boots of the machine, as claims have their numbers.
const TABLES: &str = "
    CREATE TABLE topic (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, gone INTEGER NOT NULL, last INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE entry (
        id INTEGER PRIMARY KEY, stored_at INTEGER NOT NULL, headers BLOB NOT NULL, payload BLOB
    ) STRICT;
    CREATE TABLE grp (
        id INTEGER PRIMARY KEY, topic INTEGER NOT NULL, name TEXT NOT NULL, seen INTEGER NOT NULL,
        done INTEGER NOT NULL, active_at INTEGER NOT NULL DEFAULT 0, UNIQUE (topic, name)
    ) STRICT;
    CREATE TABLE member (
        id INTEGER PRIMARY KEY, grp INTEGER NOT NULL, name TEXT NOT NULL, owner TEXT, UNIQUE (grp, name)
    ) STRICT;
    CREATE TABLE lot (
        id INTEGER PRIMARY KEY, grp INTEGER NOT NULL, member INTEGER, records BLOB NOT NULL
    ) STRICT;
    CREATE INDEX lot_of_group ON lot (grp);
    CREATE TABLE recorded (
        grp INTEGER NOT NULL, text TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (grp, text)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX recorded_by_age ON recorded (at);
    CREATE TABLE writer_schema (fingerprint TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE boot (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
";

/// Later releases have added these to the second format. Programs of earlier ones can go on: they name none of these tables,
/// and a group that they delete is deleted here by the trigger. What they do not know is which keys have parked events.
///
/// - `parked`: a parked event, and its number in the topic. `key` is the hash of its key as a signed number; 0 for none.
///   `waiting` is what it waits for, as JSON. No number is used again.
/// - `parked_message`: its message, apart from what changes while it is parked.
/// - `parked_owner`: whose parked events they are, with the heartbeat of that consumer and the boot that it counts from. It
///   has no member if they are nobody's: an operator has changed them, or others have begun to claim their key.
const PARKED: &str = "
    CREATE TABLE parked (
        id INTEGER PRIMARY KEY AUTOINCREMENT, grp INTEGER NOT NULL, owner INTEGER NOT NULL, number INTEGER NOT NULL,
        key INTEGER NOT NULL, size INTEGER NOT NULL, starts INTEGER NOT NULL, waiting TEXT NOT NULL
    ) STRICT;
    CREATE INDEX parked_of_owner ON parked (owner);
    CREATE INDEX parked_of_key ON parked (grp, key, owner);
    CREATE TABLE parked_message (id INTEGER PRIMARY KEY, headers BLOB NOT NULL, payload BLOB) STRICT;
    CREATE TABLE parked_owner (
        id INTEGER PRIMARY KEY, grp INTEGER NOT NULL, member INTEGER, heartbeat INTEGER NOT NULL, boot INTEGER NOT NULL,
        UNIQUE (grp, member)
    ) STRICT;
    CREATE TRIGGER parked_of_deleted_group AFTER DELETE ON grp BEGIN
        DELETE FROM parked_message WHERE id IN (SELECT id FROM parked WHERE grp = OLD.id);
        DELETE FROM parked WHERE grp = OLD.id;
        DELETE FROM parked_owner WHERE grp = OLD.id;
    END;
";

/// - `hole`: an entry that was removed by itself, while earlier ones of its topic exist. Programs of earlier releases do not know of
///   these, and count them as entries.
const HOLES: &str = "
    CREATE TABLE hole (id INTEGER PRIMARY KEY) STRICT;
    CREATE TRIGGER hole_of_trimmed AFTER UPDATE OF gone ON topic BEGIN
        DELETE FROM hole WHERE id > (NEW.id << 40) AND id <= ((NEW.id << 40) | NEW.gone);
    END;
";

/// Creates the tables in a new file, and checks or upgrades those of another. The caller holds the lock.
pub(super) fn prepare(sql: &Connection) -> Result<(), Fault> {
    if is_new(sql)? {
        use_wal(sql)?;
        sql.execute_batch(&format!(
            "BEGIN IMMEDIATE; {TABLES} {PARKED} {HOLES} PRAGMA application_id = {APPLICATION_ID};
             PRAGMA user_version = {VERSION}; COMMIT"
        ))?;
        return Ok(());
    }
    let version = number(sql, "PRAGMA user_version")?;
    if version == VERSION {
        use_wal(sql)?;
        complete(sql)
    } else if version == 1 {
        use_wal(sql)?;
        upgrade(sql)?;
        complete(sql)
    } else {
        let what = if version > VERSION {
            "a newer release of openedx-events wrote it: use that one"
        } else {
            "it has no format of ours: it is damaged"
        };
        Err(Fault::Found(ErrorKind::Refused, format!("the file has format {version}, not {VERSION}; {what}")))
    }
}

/// Brings a file of the first format up to date. Programs of earlier releases that have it open can go on: they name their
/// columns.
fn upgrade(sql: &Connection) -> Result<(), Fault> {
    // Nobody knows since when groups are idle: from now on.
    let now = clock::wall();
    Ok(sql.execute_batch(&format!(
        "BEGIN IMMEDIATE; ALTER TABLE grp ADD COLUMN active_at INTEGER NOT NULL DEFAULT 0;
         UPDATE grp SET active_at = {now}; PRAGMA user_version = {VERSION}; COMMIT"
    ))?)
}

/// Adds what a file of the second format may not have yet.
fn complete(sql: &Connection) -> Result<(), Fault> {
    for (table, create) in [("parked", PARKED), ("hole", HOLES)] {
        let has = format!("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '{table}')");
        if number(sql, &has)? == 0 {
            sql.execute_batch(&format!("BEGIN IMMEDIATE; {create} COMMIT"))?;
        }
    }
    Ok(())
}

/// Whether nothing is in the file yet.
fn is_new(sql: &Connection) -> Result<bool, Fault> {
    let application = number(sql, "PRAGMA application_id")?;
    if application == APPLICATION_ID {
        return Ok(false);
    }
    let tables = number(sql, "SELECT count(*) FROM sqlite_schema")?;
    if application == 0 && tables == 0 && number(sql, "PRAGMA user_version")? == 0 {
        return Ok(true);
    }
    let what = "it is the database of another program; give another path";
    Err(Fault::Found(ErrorKind::Refused, what.to_owned()))
}

fn use_wal(sql: &Connection) -> Result<(), Fault> {
    let mode: String = sql.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode == "wal" {
        return Ok(());
    }
    let what = format!("journal mode `{mode}` instead of `wal`: the file system does not share memory");
    Err(Fault::Found(ErrorKind::Refused, what))
}

fn number(sql: &Connection, question: &str) -> Result<i64, Fault> {
    Ok(sql.query_row(question, [], |row| row.get(0))?)
}
