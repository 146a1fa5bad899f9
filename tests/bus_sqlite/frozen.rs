//! A process that is stopped while it has the lock for writing.

use std::fs::File;
use std::process::Stdio;
use std::time::{Duration, Instant};

use openedx_events::bus::{Backend as _, ErrorKind};
use openedx_events_tests::{DEADLINE, logs, wait_until};

use crate::processes::Peer;
use crate::support::{NO_WAIT, Place, Result, entries, message};

/// A process that has the lock and is stopped.
fn frozen(place: &Place) -> Result<Peer> {
    let mut peer = Peer::new(place, "lock", [], Stdio::piped())?;
    assert_eq!(peer.lines()?.next().transpose()?.as_deref(), Some("locked"));
    peer.signal("-STOP")?;
    Ok(peer)
}

#[test]
#[cfg(target_os = "linux")]
fn writing_is_busy_and_says_who_has_the_lock() -> Result {
    logs::collect();
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a"])?;
    let consumer = place.consumer(&bus, "group", "one")?;
    let held = consumer.read(1, NO_WAIT, &[])?;
    let peer = frozen(&place)?;
    let holder = format!("process {} holds it and is stopped", peer.id());
    let start = Instant::now();
    std::thread::scope(|scope| {
        let published = scope.spawn(|| {
            let error = bus.producer().expect("a producer").publish(&place.topic, &[message("b")]);
            error.map_err(|error| error.error).expect_err("busy")
        });
        let acknowledged = scope.spawn(|| consumer.acknowledge(&entries(&held)).expect_err("busy"));
        let created = scope.spawn(|| bus.delete_group(&place.topic, "none").expect_err("busy"));
        for error in [published, acknowledged, created].map(|thread| thread.join().expect("no panic")) {
            assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
            assert!(error.to_string().contains(&holder), "{error}");
        }
    });
    assert!(start.elapsed() < DEADLINE);
    let path = place.path().display().to_string();
    let warnings: Vec<_> = logs::all()
        .into_iter()
        .filter(|record| record.field("path") == path || record.field("path").ends_with(&path))
        .collect();
    assert_eq!(warnings.len(), 3, "one for each that waits: {warnings:?}");
    assert!(warnings.iter().all(|record| record.message.contains(&holder)), "{warnings:?}");
    // Reading what others have written needs no lock.
    assert_eq!(place.browse(&bus)?, ["a"]);

    // All goes on as soon as it does.
    peer.signal("-CONT")?;
    drop(peer);
    consumer.acknowledge(&entries(&held))?;
    place.publish(&bus, &["b"])?;
    Ok(())
}

#[test]
#[cfg(unix)]
fn a_consumer_that_stops_does_not_wait_beyond_its_deadline() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a"])?;
    let consumer = place.consumer(&bus, "group", "one")?;
    let held = consumer.read(1, NO_WAIT, &[])?;
    let _peer = frozen(&place)?;
    let start = Instant::now();
    let stopped = std::thread::scope(|scope| {
        let waiting = [0, 1, 2].map(|_| scope.spawn(|| consumer.acknowledge(&entries(&held))));
        std::thread::sleep(Duration::from_millis(50));
        let stopped = Instant::now();
        consumer.stop_by(stopped + Duration::from_millis(200));
        for thread in waiting {
            let error = thread.join().expect("no panic").expect_err("it cannot be done");
            assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
            assert!(error.to_string().contains("the program stops"), "{error}");
        }
        stopped
    });
    assert!(consumer.release(&entries(&held)).is_err());
    drop(consumer);
    assert!(stopped.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    Ok(())
}

/// A program that knows only the lock of SQLite.
#[test]
fn a_consumer_that_stops_does_not_wait_for_another_program() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a"])?;
    let consumer = place.consumer(&bus, "group", "one")?;
    let held = consumer.read(1, NO_WAIT, &[])?;
    let sql = place.sql()?;
    sql.execute_batch("BEGIN IMMEDIATE")?;
    let start = Instant::now();
    consumer.stop_by(start + Duration::from_millis(100));
    let error = consumer.acknowledge(&entries(&held)).expect_err("locked");
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
    drop(consumer);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    Ok(())
}

/// Who has waited in vain does not take the lock later and keep it.
#[test]
fn the_lock_is_free_after_all_have_given_up() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a"])?;
    let consumer = place.consumer(&bus, "group", "one")?;
    let lock = File::open(place.folder.path().join("bus.sqlite.lock"))?;
    lock.lock()?;
    consumer.stop_by(Instant::now());
    assert!(consumer.read(1, NO_WAIT, &[]).is_err());
    lock.unlock()?;
    wait_until("nobody has the lock", || lock.try_lock().is_ok());
    lock.unlock()?;
    place.publish(&bus, &["b"])?;
    Ok(())
}
