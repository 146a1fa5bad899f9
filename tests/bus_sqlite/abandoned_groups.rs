//! Groups without consumers, which hold entries back.

use std::time::Duration;

use openedx_events::bus::sqlite::Options;
use openedx_events::bus::{Backend as _, StartAt, Topic};
use openedx_events_tests::logs::{self, Record};
use openedx_events_tests::wait_until;
use tracing::Level;

use crate::support::{NO_WAIT, Place, Result, entries, message};

const DAY: Duration = Duration::from_hours(24);

/// The warnings about groups of this file.
fn warnings(place: &Place) -> Vec<Record> {
    let path = place.path().display().to_string();
    logs::all()
        .into_iter()
        .filter(|record| record.field("path") == path && !record.field("group").is_empty())
        .collect()
}

/// Moves all stored times into the past.
fn age(place: &Place, age: Duration) -> Result {
    let millis = age.as_millis();
    let sql = place.sql()?;
    sql.execute_batch(&format!(
        "UPDATE grp SET active_at = active_at - {millis}; UPDATE entry SET stored_at = stored_at - {millis}"
    ))?;
    Ok(())
}

#[test]
fn a_producer_warns_about_groups_that_hold_entries_back() -> Result {
    logs::collect();
    let place = Place::new()?;
    let bus = place.open()?;
    let consumers = ["left", "alive", "holding", "done"].map(|group| place.consumer(&bus, group, "one"));
    place.publish(&bus, &["a", "b", "c"])?;
    for (consumer, done) in consumers.into_iter().zip([1, 1, 0, 3]) {
        let consumer = consumer?;
        let batch = consumer.read(3, NO_WAIT, &[])?;
        consumer.acknowledge(&entries(&batch)[..done])?;
    }
    bus.create_group(&place.topic, "never used", StartAt::Earliest)?;
    drop(bus);
    age(&place, 8 * DAY)?;

    let bus = place.open()?;
    place.consumer(&bus, "alive", "two")?;
    let holding = place.consumer(&bus, "holding", "one")?;
    let held = entries(&holding.read(3, NO_WAIT, &[])?);
    age(&place, 8 * DAY)?;
    place.consumer(&bus, "alive", "three")?;
    assert!(holding.renew(&held)?.is_empty());
    assert!(warnings(&place).is_empty());
    place.publish(&bus, &["d"])?;
    let mut sorted = warnings(&place);
    sorted.sort_by_key(|record| record.field("group").to_owned());
    let fields =
        |record: &Record| ["topic", "group", "entries", "idle"].map(|name| record.field(name).to_owned());
    let shown: Vec<_> = sorted.iter().map(fields).collect();
    let days = |text: &str| {
        text.split('.')
            .next()
            .and_then(|seconds| seconds.parse::<u64>().ok())
            .map(|seconds| seconds / DAY.as_secs())
    };
    for (shown, (group, entries)) in shown.iter().zip([("left", "3"), ("never used", "4")]) {
        assert_eq!(shown[..3], ["house", group, entries]);
        assert_eq!(days(&shown[3]), Some(16), "{shown:?}");
    }
    let groups = bus.groups(&place.topic)?;
    let idle: Vec<_> = groups
        .iter()
        .map(|group| (&*group.name, group.idle.map(|idle| idle.as_secs() / DAY.as_secs())))
        .collect();
    let expected = [
        ("alive", Some(0)),
        ("done", Some(0)),
        ("holding", Some(0)),
        ("left", Some(16)),
        ("never used", Some(16)),
    ];
    assert_eq!(idle, expected);
    // The group `done` has only the new entry left.
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert!(
        sorted
            .iter()
            .all(|record| record.level == Level::WARN
                && record.message.contains("openedx-events group forget"))
    );
    place.publish(&bus, &["e"])?;
    assert_eq!(warnings(&place).len(), 2, "not each time");
    let done = place.consumer(&bus, "done", "one")?;
    let batch = done.read(10, NO_WAIT, &[])?;
    done.acknowledge(&entries(&batch))?;
    assert_eq!(bus.groups(&place.topic)?[1].idle, None, "nothing waits");
    Ok(())
}

#[test]
fn a_waiting_consumer_warns_about_groups_of_other_topics() -> Result {
    logs::collect();
    let place = Place::new()?;
    let bus = place.open()?;
    let other = Topic::new("attic")?;
    bus.create_group(&other, "group", StartAt::Earliest)?;
    bus.producer()?.publish(&other, &[message("a")])?;
    drop(bus);
    age(&place, 8 * DAY)?;
    let bus = place.open()?;
    let consumer = place.consumer(&bus, "group", "one")?;
    consumer.read(1, Duration::from_millis(1), &[])?;
    let topics: Vec<_> = warnings(&place).iter().map(|record| record.field("topic").to_owned()).collect();
    assert_eq!(topics, ["attic"]);
    Ok(())
}

#[test]
fn a_warning_is_logged_once_and_again_after_the_group_was_used() -> Result {
    logs::collect();
    let place = Place::new()?;
    let mut options = Options::default();
    // Checks at each call.
    options.abandoned_after = Some(Duration::ZERO);
    let bus = place.open_with(options)?;
    bus.create_group(&place.topic, "group", StartAt::Earliest)?;
    let publish_until_warned = |times| {
        wait_until("there is a warning", || {
            place.publish(&bus, &["a"]).expect("published");
            warnings(&place).len() >= times
        });
    };
    publish_until_warned(1);
    for _ in 0..20 {
        place.publish(&bus, &["b"])?;
    }
    assert_eq!(warnings(&place).len(), 1);
    let consumer = place.consumer(&bus, "group", "one")?;
    let batch = consumer.read(10_000, NO_WAIT, &[])?;
    consumer.read(1, Duration::from_millis(1), &entries(&batch))?;
    publish_until_warned(2);
    Ok(())
}

#[test]
fn no_warning_is_logged_if_it_is_off() -> Result {
    logs::collect();
    let place = Place::new()?;
    let mut options = Options::default();
    options.abandoned_after = None;
    let bus = place.open_with(options)?;
    bus.create_group(&place.topic, "group", StartAt::Earliest)?;
    place.publish(&bus, &["a"])?;
    age(&place, 1000 * DAY)?;
    place.publish(&bus, &["b"])?;
    assert!(warnings(&place).is_empty());
    // With the default settings there is a warning.
    place.publish(&place.open()?, &["c"])?;
    assert_eq!(warnings(&place).len(), 1);
    Ok(())
}
