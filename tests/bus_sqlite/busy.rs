//! The file is full, or locked by another program: the bus is busy.

#[cfg(target_os = "linux")]
use std::{env, fs, path::Path, process::Command};

use openedx_events::bus::sqlite::{Options, Sqlite};
use openedx_events::bus::{
    Backend as _, Consumer, DeadLetter, DeadLetterReason, EntryId, EntryWrite, ErrorKind, Producer,
};
#[cfg(target_os = "linux")]
use tempfile::TempDir;

use crate::support::{NO_WAIT, Place, Result, entries, message};

#[test]
fn a_full_file_refuses_messages_until_there_is_room() -> Result {
    let place = Place::new()?;
    let mut options = Options::default();
    options.max_bytes = Some(400_000);
    let bus = place.open_with(options)?;
    let consumer = place.consumer(&bus, "group", "one")?;
    let mut producer = bus.producer()?;
    let big = vec![message(&"x".repeat(10_000)); 5];
    let mut stored = 0;
    let error = loop {
        match producer.publish(&place.topic, &big) {
            Ok(()) => stored += 5,
            Err(error) => break error,
        }
    };
    assert!((10..40).contains(&stored), "{stored}");
    assert_eq!(error.error.kind(), ErrorKind::Busy, "{error}");
    assert_eq!((error.stored, error.is_unknown), (0, false));
    assert!(error.to_string().contains("no room"), "{error}");
    assert_eq!(place.browse(&bus)?.len(), stored, "all or nothing");

    let batch = consumer.read(100, NO_WAIT, &[])?;
    assert_eq!(batch.deliveries.len(), stored);
    consumer.acknowledge(&entries(&batch))?;
    producer.publish(&place.topic, &big)?;
    assert_eq!(consumer.read(100, NO_WAIT, &[])?.deliveries.len(), 5);
    Ok(())
}

/// Publishes until there is no room left, and returns the number of stored messages.
fn publish_until_refused(place: &Place, bus: &Sqlite, producer: &mut dyn Producer) -> Result<usize> {
    let before = place.browse(bus)?.len();
    let big = vec![message(&"x".repeat(10_000)); 5];
    // A bounded number, so that no real disk is filled.
    let error = (0..1000).find_map(|_| producer.publish(&place.topic, &big).err()).ok_or("never refused")?;
    assert_eq!((error.stored, error.is_unknown, error.error.kind()), (0, false, ErrorKind::Busy), "{error}");
    assert!(error.to_string().contains("min_free_disk"), "{error}");
    let stored = place.browse(bus)?.len();
    assert_eq!((stored - before) % 5, 0, "all or nothing");
    Ok(stored)
}

/// Acknowledges these entries and all others, so that they are removed.
fn catch_up(consumer: &dyn Consumer, mut done: Vec<EntryId>) -> Result {
    loop {
        let batch = consumer.read(100, NO_WAIT, &done)?;
        if batch.deliveries.is_empty() {
            return Ok(());
        }
        done = entries(&batch);
    }
}

#[test]
fn the_reserve_on_the_disk_is_for_consumers() -> Result {
    let place = Place::new()?;
    let mut options = Options::default();
    options.min_free_disk = u64::MAX;
    let bus = place.open_with(options.clone())?;
    let consumer = place.consumer(&bus, "group", "one")?;
    let mut producer = bus.producer()?;
    let stored = publish_until_refused(&place, &bus, &mut *producer)?;
    assert!(stored < 10, "{stored}: the file has room for few");

    // Another handle may have no reserve.
    options.min_free_disk = 0;
    let careless = place.open_with(options)?;
    for _ in 0..10 {
        careless.producer()?.publish(&place.topic, &vec![message(&"x".repeat(10_000)); 5])?;
    }
    assert_eq!(publish_until_refused(&place, &bus, &mut *producer)?, stored + 50);
    let batch = consumer.read(1, NO_WAIT, &[])?;
    let dead_letter = DeadLetter::new(DeadLetterReason::Undecodable, "because");
    assert_eq!(consumer.dead_letter(&batch.deliveries[0], &dead_letter)?, EntryWrite::Done(Some(1)));

    // Removed entries leave room in the file, which need not grow.
    catch_up(&*consumer, entries(&batch))?;
    producer.publish(&place.topic, &vec![message(&"x".repeat(10_000)); 5])?;
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn publishing_stops_before_a_small_disk_is_full_and_goes_on_when_it_is_larger() -> Result {
    const DISK: &str = "OPENEDX_EVENTS_TEST_DISK";
    if let Some(disk) = env::var_os(DISK) {
        return on_a_small_disk(Path::new(&disk));
    }
    let disk = TempDir::new()?;
    let in_a_namespace = |command: &str| {
        let mut unshare = Command::new("unshare");
        unshare.args(["-rm", "sh", "-c", &format!("mount -t tmpfs -o size=16m tmpfs \"$0\" && {command}")]);
        unshare.arg(disk.path());
        unshare
    };
    if !in_a_namespace("true").output().is_ok_and(|output| output.status.success()) {
        let text = "skipped: `unshare` and a tmpfs, for a disk of the test's own, cannot be had here";
        println!("{text}");
        assert_ne!(env::var("CI").as_deref(), Ok("true"), "{text}");
        return Ok(());
    }
    let name = "publishing_stops_before_a_small_disk_is_full_and_goes_on_when_it_is_larger";
    let mut test = in_a_namespace("exec \"$@\"");
    test.arg(env::current_exe()?).args(["--exact", &format!("busy::{name}"), "--nocapture"]);
    let output = test.env(DISK, disk.path()).output()?;
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{stdout}{}", String::from_utf8_lossy(&output.stderr));
    assert!(stdout.contains("1 passed"), "{stdout}");
    Ok(())
}

/// On a disk of 16 MiB, of which 6 stay free.
#[cfg(target_os = "linux")]
fn on_a_small_disk(disk: &Path) -> Result {
    let place = Place { folder: TempDir::new_in(disk)?, ..Place::new()? };
    let mut options = Options::default();
    options.min_free_disk = 6 << 20;
    let bus = place.open_with(options)?;
    let consumer = place.consumer(&bus, "group", "one")?;
    let mut producer = bus.producer()?;
    let stored = publish_until_refused(&place, &bus, &mut *producer)?;
    let files = fs::read_dir(place.folder.path())?.map(|file| Ok(file?.metadata()?.len()));
    let used = files.sum::<Result<u64>>()?;
    // The log of 4 MiB is written to the file as well at some time.
    assert!((4 << 20..=14 << 20).contains(&used), "{used} bytes with {stored} messages");

    let batch = consumer.read(1000, NO_WAIT, &[])?;
    let dead_letter = DeadLetter::new(DeadLetterReason::Undecodable, "because");
    for (number, delivery) in (1..).zip(&batch.deliveries[..50]) {
        assert_eq!(consumer.dead_letter(delivery, &dead_letter)?, EntryWrite::Done(Some(number)));
    }
    catch_up(&*consumer, entries(&batch))?;
    assert!(place.browse(&bus)?.len() < stored, "room was made");
    let stored = publish_until_refused(&place, &bus, &mut *producer)?;
    assert!(stored >= 200, "{stored} have room in the file");

    let resized = Command::new("mount").args(["-o", "remount,size=64m"]).arg(disk).status()?;
    assert!(resized.success());
    producer.publish(&place.topic, &vec![message(&"x".repeat(10_000)); 200])?;
    assert_eq!(place.browse(&bus)?.len(), stored + 200, "there is room, and it is seen at once");
    Ok(())
}

#[test]
fn a_file_that_another_program_has_locked_is_busy() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    let sql = place.sql()?;
    sql.execute_batch("BEGIN IMMEDIATE")?;
    let error = bus.producer()?.publish(&place.topic, &[message("a")]).expect_err("locked");
    assert_eq!(error.error.kind(), ErrorKind::Busy, "{error}");
    assert!(!error.is_unknown);
    sql.execute_batch("COMMIT")?;
    place.publish(&bus, &["a"])?;
    assert_eq!(place.browse(&bus)?, ["a"]);
    Ok(())
}
