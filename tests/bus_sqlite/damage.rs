//! Damaged and foreign files.

use std::fs;

use openedx_events::bus::sqlite::Sqlite;
use openedx_events::bus::{Backend as _, BusError, ErrorKind, ParkedChange};
use openedx_events_tests::{first_starts, logs};
use rusqlite::Connection;

use crate::support::{NO_WAIT, Place, Result, message, park, texts};

/// The error of opening the file, which must be a refusal.
#[track_caller]
fn refusal(place: &Place) -> BusError {
    let error = Sqlite::open(place.path()).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    error
}

#[test]
fn the_database_of_another_program_is_left_alone() -> Result {
    let place = Place::new()?;
    let foreign: [fn(&Connection) -> rusqlite::Result<()>; 3] = [
        |sql| sql.execute_batch("CREATE TABLE door (id)"),
        |sql| sql.execute_batch("PRAGMA application_id = 7; CREATE TABLE door (id)"),
        |sql| sql.execute_batch("PRAGMA user_version = 1"),
    ];
    for make in foreign {
        make(&place.sql()?)?;
        let before = fs::read(place.path())?;
        let error = refusal(&place).to_string();
        assert!(error.contains("the database of another program"), "{error}");
        assert_eq!(fs::read(place.path())?, before);
        fs::remove_file(place.path())?;
    }
    Ok(())
}

#[test]
fn a_file_of_a_newer_release_is_refused() -> Result {
    let place = Place::new()?;
    drop(place.open()?);
    place.sql()?.execute_batch("PRAGMA user_version = 3")?;
    let error = refusal(&place).to_string();
    assert!(error.contains("format 3, not 2; a newer release"), "{error}");
    Ok(())
}

#[test]
fn a_file_that_is_not_a_database_is_refused() -> Result {
    let place = Place::new()?;
    fs::write(place.path(), "a door ".repeat(1000))?;
    let error = refusal(&place).to_string();
    assert!(error.contains("not a file of the bus, or damaged"), "{error}");
    Ok(())
}

/// Each page in turn is overwritten with noise: reading returns messages or an error and does not panic.
#[test]
fn damaged_pages_are_errors() -> Result {
    let whole = Place::new()?;
    let bus = whole.open()?;
    let messages: Vec<_> = (0..200).map(|number| message(&format!("{number}@{}", number % 3))).collect();
    bus.producer()?.publish(&whole.topic, &messages)?;
    let consumer = whole.consumer(&bus, "group", "one")?;
    let batch = consumer.read(50, NO_WAIT, &[])?;
    park(&*consumer, &batch.deliveries[..10])?;
    consumer.mark_processed("something")?;
    drop((consumer, bus));
    let bytes = fs::read(whole.path())?;
    assert_eq!(bytes.len() % 4096, 0);
    let mut refused = 0;
    for page in 0..bytes.len() / 4096 {
        let place = Place::new()?;
        let mut damaged = bytes.clone();
        for (index, byte) in damaged[page * 4096..][..4096].iter_mut().enumerate() {
            *byte = (index * index + page).to_le_bytes()[0];
        }
        fs::write(place.path(), &damaged)?;
        let use_it = || -> Result<(), BusError> {
            let bus = Sqlite::open(place.path())?;
            bus.groups(&place.topic)?;
            bus.browse(&place.topic, None, 1000)?;
            let consumer = bus.consumer(&place.subscription("group", "one", std::time::Duration::ZERO))?;
            let batch = consumer.read(1000, NO_WAIT, &[])?;
            consumer.processed(&["something".to_owned()])?;
            consumer.mark_processed("something")?;
            let store = consumer.parked().expect("it parks");
            let ids: Vec<_> = store.list(None, 1000)?.iter().map(|event| event.id).collect();
            store.start(&first_starts(&ids))?;
            if let Some(id) = ids.first() {
                store.settle(&[ParkedChange { id: *id, waiting: &[], dead_letter: None }])?;
            }
            consumer.read(1000, NO_WAIT, &crate::support::entries(&batch))?;
            bus.producer()?.publish(&place.topic, &[message("a")]).map_err(|error| error.error)
        };
        if let Err(error) = use_it() {
            assert_eq!(error.kind(), ErrorKind::Refused, "page {page}: {error}");
            refused += 1;
        }
    }
    assert!(refused > 5, "{refused}");
    Ok(())
}

#[test]
fn damaged_rows_are_errors() -> Result {
    for damage in [
        "UPDATE lot SET records = x'00'",
        "UPDATE lot SET records = zeroblob(33)",
        "UPDATE topic SET last = -1",
        "UPDATE topic SET gone = 9223372036854775807",
        "UPDATE topic SET id = 9223372036854775807",
        "UPDATE topic SET last = 9223372036854775807",
        "UPDATE grp SET seen = -1",
        "UPDATE grp SET seen = 9223372036854775807",
        "DROP TABLE lot",
    ] {
        let place = Place::new()?;
        let bus = place.open()?;
        place.publish(&bus, &["a"])?;
        let consumer = place.consumer(&bus, "group", "one")?;
        consumer.read(1, NO_WAIT, &[])?;
        place.sql()?.execute_batch(damage)?;
        let error = consumer.read(1, NO_WAIT, &[]).expect_err(damage);
        assert_eq!(error.kind(), ErrorKind::Refused, "{damage}: {error}");
        assert!(error.to_string().contains("cannot read in `"), "{error}");
    }
    Ok(())
}

#[test]
fn damaged_entries_do_not_block_others() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a@k", "b", "c", "d"])?;
    let sql = place.sql()?;
    sql.execute_batch(
        "UPDATE entry SET headers = x'ff' WHERE id & 7 = 1; DELETE FROM entry WHERE id & 7 = 3",
    )?;
    let consumer = place.consumer(&bus, "group", "one")?;
    let batch = consumer.read(10, NO_WAIT, &[])?;
    assert_eq!((texts(&batch), batch.missed), (vec!["a@k".to_owned(), "b".to_owned(), "d".to_owned()], 1));
    assert_eq!(batch.deliveries[0].message.header("damaged_headers"), Some(b"\xff".as_slice()));
    Ok(())
}

#[test]
#[cfg(unix)]
fn a_removed_file_is_noticed() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a"])?;
    let mut producer = bus.producer()?;
    fs::rename(place.path(), place.folder.path().join("elsewhere"))?;
    for suffix in ["-wal", "-shm"] {
        let mut path = place.path().into_os_string();
        path.push(suffix);
        fs::remove_file(path)?;
    }
    let error = producer.publish(&place.topic, &[message("b")]).expect_err("gone");
    assert_eq!(error.error.kind(), ErrorKind::Refused);
    assert!(error.to_string().contains("deleted or replaced"), "{error}");

    // Another one at the same path is another bus.
    let other = place.open()?;
    assert_eq!(place.browse(&other)?, [""; 0]);
    place.publish(&other, &["c"])?;
    assert_eq!(place.browse(&other)?, ["c"]);
    assert!(producer.publish(&place.topic, &[message("b")]).is_err());
    Ok(())
}

/// SQLite says nothing of it: what is published is stored in the log.
#[test]
fn a_log_that_grows_is_told() -> Result {
    logs::collect();
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a"])?;
    let path = format!("{}-wal", place.path().display());
    let warnings = || logs::all().into_iter().filter(|record| record.field("path") == path).count();
    let reader = place.sql()?;
    reader.execute_batch("BEGIN; SELECT * FROM entry")?;
    let big = message(&"x".repeat(10 << 20));
    for _ in 0..7 {
        assert_eq!(warnings(), 0);
        bus.producer()?.publish(&place.topic, std::slice::from_ref(&big))?;
    }
    bus.producer()?.publish(&place.topic, &[message("b")])?;
    assert_eq!(warnings(), 1, "once, until it has doubled");
    reader.execute_batch("COMMIT")?;
    Ok(())
}
