//! When there is no room, or somebody else holds the file.

use openedx_events::bus::sqlite::Retention;
use openedx_events::bus::{Backend as _, ErrorKind};

use super::{NO_WAIT, Place, Result, entries, message};

#[test]
fn a_full_file_refuses_messages_until_there_is_room() -> Result {
    let place = Place::new()?;
    let mut retention = Retention::default();
    retention.most_bytes = Some(400_000);
    let bus = place.open_with(retention)?;
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

#[test]
fn a_file_that_another_program_holds_is_busy() -> Result {
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
