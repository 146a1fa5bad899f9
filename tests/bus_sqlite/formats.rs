//! Files of earlier releases.

use std::time::Duration;

use openedx_events::bus::Backend as _;
use openedx_events_tests::logs;

use crate::support::{NO_WAIT, Place, Result, entries, park, store, texts};

/// A file in the first format, with a group that has done the first of three entries long ago.
const FIRST: &str = "
    PRAGMA journal_mode = WAL;
    CREATE TABLE topic (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, gone INTEGER NOT NULL, last INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE entry (
        id INTEGER PRIMARY KEY, stored_at INTEGER NOT NULL, headers BLOB NOT NULL, payload BLOB
    ) STRICT;
    CREATE TABLE grp (
        id INTEGER PRIMARY KEY, topic INTEGER NOT NULL, name TEXT NOT NULL, seen INTEGER NOT NULL,
        done INTEGER NOT NULL, UNIQUE (topic, name)
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
    PRAGMA application_id = 0x4f584576;
    PRAGMA user_version = 1;
    INSERT INTO topic VALUES (1, 'house', 0, 3);
    INSERT INTO entry VALUES
        ((1 << 40) | 1, 0, x'', x'61'), ((1 << 40) | 2, 0, x'', x'62'), ((1 << 40) | 3, 0, x'', x'63');
    INSERT INTO grp VALUES (1, 1, 'group', 1, 1);
";

#[test]
fn a_file_in_the_first_format_is_migrated() -> Result {
    logs::collect();
    let place = Place::new()?;
    let old = place.sql()?;
    old.execute_batch(FIRST)?;
    let bus = place.open()?;
    // A program of that release, which has the file open, creates a group.
    old.execute("INSERT INTO grp (topic, name, seen, done) VALUES (1, 'theirs', 0, 0)", [])?;
    place.publish(&bus, &["d"])?;
    let path = place.path().display().to_string();
    let warnings: Vec<_> = logs::all().into_iter().filter(|record| record.field("path") == path).collect();
    // The old format does not store since when the other group is idle: its age is that of its first entry.
    assert_eq!(warnings.iter().map(|record| record.field("group")).collect::<Vec<_>>(), ["theirs"]);
    let consumer = place.consumer(&bus, "group", "one")?;
    let batch = consumer.read(10, NO_WAIT, &[])?;
    assert_eq!(texts(&batch), ["b", "c", "d"]);
    consumer.acknowledge(&entries(&batch))?;
    drop((consumer, bus));
    let bus = place.open()?;
    assert_eq!((bus.groups(&place.topic)?[0].lag, place.browse(&bus)?.len()), (Some(0), 4));
    let version: i64 = place.sql()?.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    assert_eq!(version, 2);
    assert!(place.consumer(&bus, "theirs", "one")?.read(1, Duration::ZERO, &[])?.deliveries.len() == 1);
    Ok(())
}

/// Earlier releases had the second format without the tables of parked events.
const SECOND: &str = "
    ALTER TABLE grp ADD COLUMN active_at INTEGER NOT NULL DEFAULT 0;
    PRAGMA user_version = 2;
";

#[test]
fn a_file_without_parked_events_gets_their_tables_and_earlier_programs_go_on() -> Result {
    let place = Place::new()?;
    let old = place.sql()?;
    old.execute_batch(&format!("{FIRST} {SECOND}"))?;
    for _ in 0..2 {
        drop(place.open()?);
    }
    let bus = place.open()?;
    let consumer = place.consumer(&bus, "group", "one")?;
    let batch = consumer.read(10, NO_WAIT, &[])?;
    assert_eq!(texts(&batch), ["b", "c"]);
    park(&*consumer, &batch.deliveries)?;
    assert_eq!(store(&*consumer).list(None, 10)?.len(), 2);

    // What an earlier release does: it opens the file, joins the group, publishes, and deletes the group.
    let version: i64 = place.sql()?.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    assert_eq!(version, 2, "it refuses others");
    old.execute_batch(
        "INSERT INTO member (grp, name, owner) VALUES (1, 'theirs', 'owner');
         INSERT INTO entry (id, stored_at, headers, payload) VALUES ((1 << 40) | 4, 0, x'', x'64');
         UPDATE topic SET last = 4 WHERE id = 1;",
    )?;
    assert_eq!(texts(&consumer.read(10, NO_WAIT, &[])?), ["d"]);
    assert_eq!(bus.groups(&place.topic)?[0].parked, 2);
    old.execute_batch(
        "DELETE FROM lot WHERE grp = 1; DELETE FROM recorded WHERE grp = 1; DELETE FROM member WHERE grp = 1;
         DELETE FROM grp WHERE id = 1;",
    )?;
    // The next group may have the same number: nothing of the old one may be left.
    for table in ["parked", "parked_message", "parked_owner"] {
        let count = format!("SELECT count(*) FROM {table}");
        assert_eq!(old.query_row(&count, [], |row| row.get::<_, i64>(0))?, 0, "{table}");
    }
    assert_eq!(store(&*consumer).list(None, 10)?, []);
    Ok(())
}
