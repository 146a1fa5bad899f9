//! Which entries are removed, and which are kept.

use std::time::Duration;

use openedx_events::bus::sqlite::Options;
use openedx_events::bus::{
    Backend as _, BusSettings, DeadLetter, DeadLetterReason, EntryWrite, StartAt, open_with,
};
use openedx_events_tests::wait_until;

use crate::support::{NO_WAIT, Place, Result, entries, message, texts};

#[test]
fn what_every_group_has_done_is_removed() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a", "b", "c", "d"])?;
    let one = place.consumer(&bus, "first", "one")?;
    let two = place.consumer(&bus, "second", "one")?;
    let batch = one.read(10, NO_WAIT, &[])?;
    assert_eq!(texts(&one.read(10, NO_WAIT, &entries(&batch))?), [""; 0]);
    assert_eq!(place.browse(&bus)?, ["a", "b", "c", "d"], "the other group has done nothing");
    let batch = two.read(10, NO_WAIT, &[])?;
    assert_eq!(texts(&batch), ["a", "b", "c", "d"]);
    let entries = entries(&batch);
    assert_eq!(texts(&two.read(10, NO_WAIT, &[entries[0].clone(), entries[2].clone()])?), [""; 0]);
    place.publish(&bus, &["e"])?;
    assert_eq!(place.browse(&bus)?, ["b", "c", "d", "e"], "up to the first that is not done");
    two.acknowledge(&entries)?;
    place.publish(&bus, &["f"])?;
    assert_eq!(place.browse(&bus)?, ["e", "f"]);

    // A new group starts with what is stored, and has missed nothing.
    let three = place.consumer(&bus, "third", "one")?;
    let batch = three.read(10, NO_WAIT, &[])?;
    assert_eq!((texts(&batch), batch.missed), (vec!["e".to_owned(), "f".to_owned()], 0));
    Ok(())
}

#[test]
fn a_setting_keeps_what_is_done() -> Result {
    let place = Place::new()?;
    let consumer = place.consumer(&place.open()?, "group", "one")?;
    let address = format!("sqlite:{}", place.path().display());
    let publish = |setting: &str, text: &str| -> Result<Vec<String>> {
        let setting = ("EVENT_BUS_KEEP_DONE".to_owned(), setting.to_owned());
        let bus = open_with(&address, &BusSettings::layers().variables([setting]).read()?)?;
        bus.producer()?.publish(&place.topic, &[message(text)])?;
        place.browse(&place.open()?)
    };
    publish("1h", "a")?;
    consumer.acknowledge(&entries(&consumer.read(10, NO_WAIT, &[])?))?;
    assert_eq!(publish("1h", "b")?, ["a", "b"]);
    assert_eq!(publish("", "c")?, ["b", "c"]);
    Ok(())
}

#[test]
fn a_topic_without_groups_keeps_everything() -> Result {
    let place = Place::new()?;
    let mut options = Options::default();
    options.max_entries = Some(1);
    options.max_age = Some(Duration::ZERO);
    let bus = place.open_with(options)?;
    for text in ["a", "b", "c"] {
        place.publish(&bus, &[text])?;
    }
    assert_eq!(place.browse(&bus)?, ["a", "b", "c"]);
    Ok(())
}

#[test]
fn limits_remove_nothing_that_a_group_has_not_done() -> Result {
    let place = Place::new()?;
    let mut options = Options::default();
    options.retention = Duration::from_mins(10);
    options.max_entries = Some(2);
    let bus = place.open_with(options)?;
    let consumer = place.consumer(&bus, "group", "one")?;
    place.publish(&bus, &["a", "b", "c", "d"])?;
    let batch = consumer.read(3, NO_WAIT, &[])?;
    consumer.acknowledge(&entries(&batch)[..1])?;
    place.publish(&bus, &["e"])?;
    assert_eq!(place.browse(&bus)?, ["b", "c", "d", "e"]);
    consumer.acknowledge(&entries(&batch))?;
    place.publish(&bus, &["f"])?;
    assert_eq!(place.browse(&bus)?, ["d", "e", "f"], "two before it was published");
    Ok(())
}

#[test]
fn done_entries_are_kept_for_the_configured_time() -> Result {
    let place = Place::new()?;
    let mut options = Options::default();
    options.retention = Duration::from_millis(50);
    let bus = place.open_with(options)?;
    let consumer = place.consumer(&bus, "group", "one")?;
    // Time passes in between; on a slow machine this may take several tries.
    wait_until("a done entry was seen that is younger", || {
        let is_kept = || -> Result<bool> {
            let start = std::time::Instant::now();
            place.publish(&bus, &["a"])?;
            let batch = consumer.read(100, NO_WAIT, &[])?;
            consumer.read(100, NO_WAIT, &entries(&batch))?;
            let kept = place.browse(&bus)?;
            if start.elapsed() < Duration::from_millis(50) {
                assert_eq!(kept.last().map(String::as_str), Some("a"));
                return Ok(true);
            }
            Ok(false)
        };
        is_kept().expect("the bus works")
    });
    wait_until("it is gone", || {
        consumer.read(1, NO_WAIT, &[]).expect("read");
        place.publish(&bus, &["b"]).expect("published");
        !place.browse(&bus).expect("browsed").contains(&"a".to_owned())
    });
    Ok(())
}

#[test]
fn limits_remove_what_is_not_done_if_configured() -> Result {
    let place = Place::new()?;
    let mut options = Options::default();
    options.max_entries = Some(2);
    options.drop_unread = true;
    let bus = place.open_with(options)?;
    let consumer = place.consumer(&bus, "group", "one")?;
    place.publish(&bus, &["a@k", "b", "c", "d@k", "e"])?;
    let other = place.consumer(&bus, "group", "two")?;
    let batch = consumer.read(1, NO_WAIT, &[])?;
    assert_eq!(texts(&batch), ["a@k"]);
    assert_eq!(texts(&other.read(2, NO_WAIT, &[])?), ["b", "c"]);
    assert_eq!(texts(&other.read(1, NO_WAIT, &[])?), ["e"], "the key is the other consumer's");
    place.publish(&bus, &["f", "g", "h", "i"])?;
    place.publish(&bus, &["j"])?;
    assert_eq!(place.browse(&bus)?, ["h", "i", "j"]);

    // Removed entries that were pending are named, those that nobody has read are counted.
    drop(consumer);
    let consumer = place.consumer(&bus, "group", "one")?;
    let again = consumer.read(10, NO_WAIT, &[])?;
    assert_eq!(again.trimmed, entries(&batch));
    assert_eq!((texts(&again), again.missed), (vec!["h".to_owned(), "i".to_owned(), "j".to_owned()], 3));
    let later = consumer.read(10, NO_WAIT, &entries(&again))?;
    assert_eq!((later.trimmed.len(), later.missed), (0, 0), "reported once");
    assert_eq!(bus.groups(&place.topic)?[0].lag, Some(0));
    Ok(())
}

#[test]
fn dead_letters_stay_in_any_case() -> Result {
    let place = Place::new()?;
    let mut options = Options::default();
    options.max_entries = Some(0);
    options.drop_unread = true;
    let bus = place.open_with(options)?;
    let consumer = place.consumer(&bus, "group", "one")?;
    for (text, dead_letters) in [("a", 1), ("b", 2), ("c", 3)] {
        place.publish(&bus, &[text])?;
        for delivery in consumer.read(1, NO_WAIT, &[])?.deliveries {
            let dead_letter = DeadLetter::new(DeadLetterReason::UnknownType, "?");
            assert_eq!(consumer.dead_letter(&delivery, &dead_letter)?, EntryWrite::Done(Some(dead_letters)));
        }
    }
    let dead_letters = place.topic.dead_letters();
    bus.producer()?.publish(&dead_letters, &[crate::support::message("d")])?;
    assert_eq!(bus.browse(&dead_letters, None, 10)?.len(), 4);
    // Unless groups that read them have done so.
    assert!(bus.create_group(&dead_letters, "operators", StartAt::Latest)?);
    bus.producer()?.publish(&dead_letters, &[crate::support::message("e")])?;
    assert_eq!(bus.browse(&dead_letters, None, 10)?.len(), 1);
    place.publish(&bus, &["f"])?;
    for delivery in consumer.read(1, NO_WAIT, &[])?.deliveries {
        let number = consumer.dead_letter(&delivery, &DeadLetter::new(DeadLetterReason::UnknownType, "?"))?;
        assert_eq!(number, EntryWrite::Done(Some(2)), "those that are removed do not count");
    }
    Ok(())
}
