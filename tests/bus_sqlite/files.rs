//! Files of a bus that are removed, replaced or truncated while it is in use.

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::Duration;

use openedx_events::bus::sqlite::Sqlite;
use openedx_events::bus::{Backend as _, BusError, ErrorKind};

use crate::support::{NO_WAIT, Place, Result, entries, message, texts};

fn beside(place: &Place, suffix: &str) -> PathBuf {
    let mut path = place.path().into_os_string();
    path.push(suffix);
    PathBuf::from(path)
}

#[track_caller]
fn assert_refused<T>(what: &str, result: Result<T, BusError>, reason: &str) {
    let error = result.map(drop).expect_err(what);
    assert_eq!(error.kind(), ErrorKind::Refused, "{what}: {error}");
    assert!(error.to_string().contains(reason), "{what}: {error}");
}

/// Does something to the files of a bus under a producer, an idle consumer and a backend: all of them notice.
#[track_caller]
fn assert_noticed(reason: &str, harm: impl Fn(&Place) -> Result) -> Result<Place> {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a", "b"])?;
    let mut producer = bus.producer()?;
    let consumer = place.consumer(&bus, "group", "one")?;
    let held = consumer.read(2, NO_WAIT, &[])?;
    std::thread::scope(|scope| -> Result {
        let idle = scope.spawn(|| consumer.read(1, Duration::from_mins(1), &[]));
        harm(&place)?;
        assert_refused("an idle consumer", idle.join().expect("no panic"), reason);
        Ok(())
    })?;
    let published = producer.publish(&place.topic, &[message("c")]).map_err(|error| error.error);
    assert_refused("a producer", published, reason);
    assert_refused("an acknowledgement", consumer.acknowledge(&entries(&held)), reason);
    assert_refused("a reader", consumer.read(1, NO_WAIT, &[]), reason);
    assert_refused("a look", consumer.processed(&["a".to_owned()]), reason);
    assert_refused("a backend", bus.groups(&place.topic), reason);
    assert_refused("another producer", bus.producer().map(drop), reason);
    Ok(place)
}

#[test]
#[cfg(unix)]
fn a_file_that_is_replaced_is_noticed_by_all() -> Result {
    let other = Place::new()?;
    other.publish(&other.open()?, &["backup"])?;
    let place = assert_noticed("deleted or replaced", |place| {
        fs::copy(other.path(), place.folder.path().join("backup"))?;
        Ok(fs::rename(place.folder.path().join("backup"), place.path())?)
    })?;
    // The log beside it was the other one's.
    for suffix in ["-wal", "-shm"] {
        // It may be gone with the last connection.
        let _ = fs::remove_file(beside(&place, suffix));
    }
    assert_eq!(place.browse(&place.open()?)?, ["backup"]);
    Ok(())
}

#[test]
#[cfg(unix)]
fn a_log_that_is_removed_is_noticed_by_all() -> Result {
    for suffix in ["-wal", "-shm", ""] {
        assert_noticed("deleted or replaced", |place| Ok(fs::remove_file(beside(place, suffix))?))?;
    }
    Ok(())
}

#[test]
#[cfg(unix)]
fn a_file_that_is_truncated_is_noticed_by_all() -> Result {
    assert_noticed("truncated", |place| {
        let file = File::options().write(true).open(place.path())?;
        file.set_len(512)?;
        // Closing it in this process releases the locks of SQLite, as no other program does.
        std::mem::forget(file);
        Ok(())
    })?;
    Ok(())
}

#[test]
#[cfg(unix)]
fn files_that_are_moved_are_noticed_by_all() -> Result {
    let elsewhere = tempfile::tempdir()?;
    assert_noticed("deleted or replaced", |place| {
        let folder = elsewhere.path().join("bus");
        fs::rename(place.folder.path(), &folder)?;
        let error = Sqlite::open(folder.join("bus.sqlite")).expect_err("open under another path");
        assert!(error.to_string().contains("still open in this process"), "{error}");
        Ok(())
    })?;
    assert_eq!(Place::new()?.topic.as_str(), "house");
    Ok(())
}

/// Messages that were published are in the file, or the producer has had an error.
#[test]
#[cfg(unix)]
fn nothing_is_acknowledged_after_the_log_was_removed() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    let mut producer = bus.producer()?;
    let wal = beside(&place, "-wal");
    let mut published = 0;
    let thief = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        fs::remove_file(wal).map(|()| std::time::Instant::now())
    });
    let (error, at) = loop {
        let before = std::time::Instant::now();
        match producer.publish(&place.topic, &[message("a")]) {
            Ok(()) => published += 1,
            Err(error) => break (error, before),
        }
    };
    let removed = thief.join().expect("no panic")?;
    assert_eq!(error.error.kind(), ErrorKind::Refused, "{error}");
    assert!(published > 0);
    assert!(at < removed + Duration::from_secs(1), "the first one that begins later");
    // Opening it anew in this process is refused as long as the old one is open.
    assert_refused("opened anew", Sqlite::open(place.path()), "still open in this process");
    drop((producer, bus));
    place.publish(&place.open()?, &["b"])?;
    Ok(())
}

#[test]
#[cfg(unix)]
fn a_file_with_two_names_is_refused() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a"])?;
    let link = place.folder.path().join("link");
    fs::hard_link(place.path(), &link)?;
    assert_refused("the second name", Sqlite::open(&link), "still open in this process");
    // Who has it open can go on.
    assert_eq!(place.browse(&place.open()?)?, ["a"]);
    drop(bus);
    for path in [&link, &place.path()] {
        assert_refused("a name", Sqlite::open(path), "2 names (hard links)");
    }
    fs::remove_file(link)?;
    let bus = place.open()?;
    let consumer = place.consumer(&bus, "group", "one")?;
    assert_eq!(texts(&consumer.read(1, NO_WAIT, &[])?), ["a"]);
    Ok(())
}
