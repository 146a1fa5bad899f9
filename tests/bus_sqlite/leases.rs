//! Which consumer holds an entry, and for how long.

use std::sync::Arc;
use std::time::Duration;

use openedx_events::bus::sqlite::Sqlite;
use openedx_events::bus::{
    Backend as _, Consumer, ConsumerSettings, DeadLetter, DeadLetterReason, EntryWrite, ErrorKind,
    EventConsumer,
};
use openedx_events_tests::wait_until;

use crate::support::{NO_WAIT, Place, Result, entries, texts};

const SHORT: Duration = Duration::from_millis(40);

#[test]
fn idle_entries_are_claimed_and_renewed_ones_are_not() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a", "b"])?;
    let one = place.consumer(&bus, "group", "one")?;
    let two = bus.consumer(&place.subscription("group", "two", SHORT))?;
    let had = one.read(10, NO_WAIT, &[])?;
    assert_eq!(texts(&had), ["a", "b"]);

    // A heartbeat for the second one only, which the other consumer does not get.
    let taken = loop {
        assert_eq!(one.renew(&entries(&had)[1..])?, []);
        let taken = two.read(10, NO_WAIT, &[])?;
        if !taken.deliveries.is_empty() {
            break taken;
        }
    };
    assert_eq!((texts(&taken), taken.claimed), (vec!["a+".to_owned()], 1));
    assert_eq!(had.claimed, 0);
    assert_eq!(one.renew(&entries(&had))?, entries(&taken), "it returns what was lost");

    // A late acknowledgement of another consumer's entry does no harm, and without heartbeats the second entry is claimed too.
    one.acknowledge(&entries(&taken))?;
    let rest = two.read(10, openedx_events_tests::DEADLINE, &[])?;
    assert_eq!(texts(&rest), ["b+"]);
    assert_eq!(texts(&two.read(10, NO_WAIT, &entries(&rest))?), [""; 0]);
    assert_eq!(place.browse(&bus)?, [""; 0]);
    Ok(())
}

#[test]
fn released_entries_are_free_at_once() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a@k", "b@k", "c"])?;
    let (one, two) = (place.consumer(&bus, "group", "one")?, place.consumer(&bus, "group", "two")?);
    let had = one.read(3, NO_WAIT, &[])?;
    assert_eq!(texts(&two.read(10, NO_WAIT, &[])?), [""; 0]);
    one.release(&entries(&had))?;
    let taken = two.read(10, NO_WAIT, &[])?;
    assert_eq!(texts(&taken), ["a@k", "b@k", "c"], "not begun, so not for the second time");
    assert_eq!(one.renew(&entries(&had))?, entries(&had));

    // A redelivered entry that is released stays a redelivered one.
    drop(two);
    let two = place.consumer(&bus, "group", "two")?;
    let again = two.read(10, NO_WAIT, &[])?;
    assert_eq!(texts(&again), ["a@k+", "b@k+", "c+"]);
    two.release(&entries(&again))?;
    assert_eq!(texts(&one.read(10, NO_WAIT, &[])?), ["a@k+", "b@k+", "c+"]);
    Ok(())
}

#[test]
fn a_lease_ends_when_the_machine_restarts() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a"])?;
    let one = place.consumer(&bus, "group", "one")?;
    assert_eq!(texts(&one.read(1, NO_WAIT, &[])?), ["a"]);
    let two = place.consumer(&bus, "group", "two")?;
    assert_eq!(texts(&two.read(1, NO_WAIT, &[])?), [""; 0]);
    drop((one, two, bus));

    place.sql()?.execute("UPDATE boot SET name = 'before'", [])?;
    let bus = place.open()?;
    let two = place.consumer(&bus, "group", "two")?;
    assert_eq!(texts(&two.read(1, NO_WAIT, &[])?), ["a+"]);
    Ok(())
}

#[test]
fn a_reader_is_woken_once() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    let consumer = place.consumer(&bus, "group", "one")?;
    let consumer: &dyn Consumer = &*consumer;
    consumer.wake();
    assert_eq!(texts(&consumer.read(1, Duration::MAX, &[])?), [""; 0], "before it waits");
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| consumer.read(1, Duration::MAX, &[]).map(|batch| texts(&batch)));
        // Others can do everything while it waits.
        for _ in 0..10 {
            consumer.mark_processed("something")?;
        }
        consumer.wake();
        wait_until("the reader has ended", || reader.is_finished());
        assert_eq!(reader.join().expect("no panic")?, [""; 0]);
        Ok(())
    })
}

#[test]
fn two_consumers_of_one_process_cannot_have_one_name() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    let first = place.consumer(&bus, "group", "one")?;
    let refused = |bus: &Sqlite| -> Result {
        let error = place.consumer(bus, "group", "one").map(drop).expect_err("taken").to_string();
        assert!(error.contains("this process consumes as `one` in the group `group`"), "{error}");
        Ok(())
    };
    refused(&bus)?;
    // Another handle, another path, and after the group was deleted and created again.
    refused(&place.open()?)?;
    #[cfg(unix)]
    {
        let link = place.folder.path().join("link");
        std::os::unix::fs::symlink(place.path(), &link)?;
        refused(&Sqlite::open(link)?)?;
    }
    bus.delete_group(&place.topic, "group")?;
    assert!(first.read(1, NO_WAIT, &[])?.is_group_new);
    refused(&bus)?;
    // Another name, group or topic is free, and so is the name once its consumer is dropped.
    place.consumer(&bus, "group", "two")?;
    place.consumer(&bus, "other", "one")?;
    drop(first);
    place.consumer(&bus, "group", "one")?;
    Ok(())
}

#[test]
fn two_event_consumers_with_default_names_are_not_of_one_group() -> Result {
    let place = Place::new()?;
    let bus = Arc::new(place.open()?);
    let start = || {
        let mut settings = ConsumerSettings::default();
        settings.allow_no_receivers = true;
        EventConsumer::new(bus.clone(), "group").topic(place.topic.clone()).settings(settings).start()
    };
    let first = start()?;
    let error = start().map(drop).expect_err("refused");
    assert!(error.to_string().contains("give each consumer a name of its own"), "{error}");
    first.stop(Duration::from_secs(30))?;
    start()?.stop(Duration::from_secs(30))?;
    Ok(())
}

/// As if it were in a container, whose processes are not seen.
#[test]
fn a_consumer_whose_name_was_taken_changes_nothing() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a", "b"])?;
    let first = place.consumer(&bus, "group", "one")?;
    let held = first.read(2, NO_WAIT, &[])?;
    place.sql()?.execute("UPDATE member SET owner = 'elsewhere/1/2/3'", [])?;
    let second = place.consumer(&bus, "group", "one")?;
    let again = second.read(2, NO_WAIT, &[])?;
    assert_eq!(texts(&again), ["a+", "b+"]);

    let dead_letter = DeadLetter::new(DeadLetterReason::Undecodable, "because");
    assert_eq!(first.dead_letter(&held.deliveries[0], &dead_letter)?, EntryWrite::Claimed);
    assert_eq!(first.count_attempt(&entries(&held)[0])?, EntryWrite::Claimed);
    assert_eq!(first.attempt_returned(&entries(&held)[0])?, EntryWrite::Claimed);
    assert_eq!(first.renew(&entries(&held))?, entries(&held));
    first.release(&entries(&held))?;
    assert_eq!(first.read(2, NO_WAIT, &[]).expect_err("lost").kind(), ErrorKind::Configuration);
    drop(first);
    assert_eq!(texts(&second.read(2, NO_WAIT, &[])?), [""; 0], "neither released nor left");
    assert_eq!(second.renew(&entries(&again))?, []);
    assert!(place.consumer(&bus, "group", "one").is_err(), "the name is still the second's");
    Ok(())
}
