//! Parked events as operators see and change them, beyond what the suite tries.

use std::thread;
use std::time::{Duration, Instant};

use openedx_events::bus::sqlite::Sqlite;
use openedx_events::bus::{
    Backend as _, DeadLetter, ParkedChange, ParkedEvents, ParkedPlace, ParkedWrite, ReceiverFailure, Waiting,
};
use openedx_events_tests::first_starts;

use crate::support::{NO_WAIT, Place, Result, park, store, text, texts, waiting};

const GROUP: &str = "group";

fn parked(bus: &Sqlite) -> &dyn ParkedEvents {
    bus.parked().expect("the backend parks")
}

fn places(bus: &Sqlite, place: &Place) -> Result<Vec<ParkedPlace>> {
    let listed = parked(bus).list(&place.topic, GROUP, None, usize::MAX)?;
    Ok(listed.into_iter().map(|(place, _)| place).collect())
}

/// Changes the first parked event.
fn change(bus: &Sqlite, place: &Place, waiting: &[Waiting]) -> Result<ParkedWrite> {
    let first = places(bus, place)?.remove(0);
    let change = ParkedChange { id: first.id, waiting, dead_letter: None };
    Ok(parked(bus).change(&place.topic, GROUP, &[(&first, change)])?.remove(0))
}

#[test]
fn events_are_changed_and_dead_lettered_in_one_transaction() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a", "b"])?;
    let consumer = place.consumer(&bus, GROUP, "one")?;
    park(&*consumer, &consumer.read(10, NO_WAIT, &[])?.deliveries)?;
    let before = parked(&bus).list(&place.topic, GROUP, None, 10)?;
    let places = places(&bus, &place)?;
    let read = parked(&bus).read(&place.topic, GROUP, &places)?;
    let letter =
        DeadLetter::of_receivers(vec![ReceiverFailure::new("rust").of_receiver("house::oil").after(1)]);
    let change = |number: usize| {
        let dead_letter = read[number].as_ref().map(|delivery| (delivery, &letter));
        (&places[number], ParkedChange { id: places[number].id, waiting: &[], dead_letter })
    };

    let sql = place.sql()?;
    sql.execute_batch("CREATE TRIGGER jam BEFORE INSERT ON entry BEGIN SELECT RAISE (ABORT, 'jammed'); END")?;
    let changed = parked(&bus).change(&place.topic, GROUP, &[change(0), change(1)]);
    let error = changed.expect_err("the dead letters fail");
    assert!(error.to_string().contains("jammed"), "{error}");
    assert_eq!(parked(&bus).list(&place.topic, GROUP, None, 10)?, before);

    sql.execute_batch("DROP TRIGGER jam")?;
    // One that is given twice is changed once.
    let changed = parked(&bus).change(&place.topic, GROUP, &[change(0), change(0), change(1)])?;
    assert_eq!(changed, [ParkedWrite::Done, ParkedWrite::Gone, ParkedWrite::Done]);
    let letters = bus.browse(&place.topic.dead_letters(), None, 10)?;
    assert_eq!(letters.iter().map(text).collect::<Vec<_>>(), ["a", "b"]);
    let rows = "SELECT (SELECT count(*) FROM parked) + (SELECT count(*) FROM parked_message)
        + (SELECT count(*) FROM parked_owner)";
    assert_eq!(sql.query_row(rows, [], |row| row.get::<_, i64>(0))?, 0, "nothing is left of them");
    Ok(())
}

#[test]
fn events_that_wait_for_others_leave_nothing_where_they_were() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a", "b"])?;
    let one = place.consumer(&bus, GROUP, "one")?;
    park(&*one, &one.read(10, NO_WAIT, &[])?.deliveries)?;
    for _ in 0..2 {
        // The first one of the consumer: nobody's stands before it the second time, and is changed once more.
        assert_eq!(
            change(&bus, &place, &[Waiting::new("house::paint", std::time::UNIX_EPOCH)])?,
            ParkedWrite::Done
        );
    }
    let sql = place.sql()?;
    let count = |what: &str| -> Result<i64> {
        Ok(sql.query_row(&format!("SELECT count(*) FROM {what}"), [], |row| row.get(0))?)
    };
    assert_eq!((count("parked")?, count("parked_message")?, count("parked_owner")?), (2, 2, 2));
    let two = place.consumer(&bus, GROUP, "two")?;
    let claimed = store(&*two).claim(10)?;
    assert_eq!(claimed.iter().map(|event| &*event.waiting[0].receiver).collect::<Vec<_>>(), ["house::paint"]);
    assert_eq!(count("parked_owner WHERE member IS NULL")?, 0);
    // A group that is deleted takes them along.
    assert_eq!(change(&bus, &place, &waiting())?, ParkedWrite::Done);
    assert_eq!(count("parked_owner WHERE member IS NULL")?, 1);
    assert!(bus.delete_group(&place.topic, GROUP)?);
    assert_eq!((count("parked")?, count("parked_message")?, count("parked_owner")?), (0, 0, 0));
    Ok(())
}

/// Nobody sees of a process in another container whether it lives.
#[test]
fn what_a_silent_consumer_has_started_is_left_to_it_for_long() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a", "b"])?;
    let one = place.consumer(&bus, GROUP, "one")?;
    let ids = park(&*one, &one.read(10, NO_WAIT, &[])?.deliveries)?;
    store(&*one).start(&first_starts(&ids))?;
    drop(one);
    let sql = place.sql()?;
    sql.execute("UPDATE member SET owner = 'elsewhere/1/2/3'", [])?;
    assert_eq!(change(&bus, &place, &waiting())?, ParkedWrite::Started);
    sql.execute("UPDATE parked_owner SET heartbeat = heartbeat - 3590000", [])?;
    assert_eq!(change(&bus, &place, &waiting())?, ParkedWrite::Started);
    sql.execute("UPDATE parked_owner SET heartbeat = heartbeat - 10000", [])?;
    assert_eq!(change(&bus, &place, &waiting())?, ParkedWrite::Done);
    Ok(())
}

#[test]
fn what_ran_when_the_machine_restarted_can_be_changed() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a"])?;
    let one = place.consumer(&bus, GROUP, "one")?;
    let ids = park(&*one, &one.read(10, NO_WAIT, &[])?.deliveries)?;
    store(&*one).start(&first_starts(&ids))?;
    assert_eq!(change(&bus, &place, &[])?, ParkedWrite::Started);
    place.sql()?.execute("UPDATE boot SET name = 'before'", [])?;
    drop((one, bus));
    place.sql()?.execute("UPDATE member SET owner = 'before/1/2/3'", [])?;
    let bus = place.open()?;
    assert_eq!(change(&bus, &place, &[])?, ParkedWrite::Done);
    Ok(())
}

/// A waiting reader learns that the key is free.
#[test]
fn the_key_of_an_event_that_an_operator_removes_is_free() -> Result {
    let place = Place::new()?;
    let (bus, other) = (place.open()?, place.open()?);
    place.publish(&bus, &["a@k"])?;
    let (one, two) = (place.consumer(&bus, GROUP, "one")?, place.consumer(&bus, GROUP, "two")?);
    park(&*one, &one.read(10, NO_WAIT, &[])?.deliveries)?;
    place.publish(&bus, &["b@k"])?;
    let read = thread::scope(|scope| {
        let reader = scope.spawn(|| two.read(10, openedx_events_tests::DEADLINE, &[]));
        let changed = change(&other, &place, &[]).map_err(|error| error.to_string());
        (changed, reader.join().expect("no panic"))
    });
    assert_eq!((read.0?, texts(&read.1?)), (ParkedWrite::Done, vec!["b@k".to_owned()]));
    Ok(())
}

/// Of the consumers of several threads, each claims what it gets once, while an operator hands over event by event.
#[test]
fn each_changed_event_is_claimed_once() -> Result {
    const COUNT: usize = 200;
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &(0..COUNT).map(|_| "a").collect::<Vec<_>>())?;
    let one = place.consumer(&bus, GROUP, "one")?;
    park(&*one, &one.read(COUNT, NO_WAIT, &[])?.deliveries)?;
    let all = places(&bus, &place)?;
    let claimed = thread::scope(|scope| {
        let claimants = ["two", "three"].map(|name| {
            let (bus, place) = (&bus, &place);
            scope.spawn(move || {
                let consumer = place.consumer(bus, GROUP, name).expect("a consumer");
                let (begin, mut ids) = (Instant::now(), Vec::new());
                while parked(bus)
                    .list(&place.topic, GROUP, None, 1)
                    .expect("listed")
                    .iter()
                    .any(|(first, _)| first.consumer.is_empty() || first.consumer == "one")
                {
                    assert!(begin.elapsed() < openedx_events_tests::DEADLINE, "{} were claimed", ids.len());
                    ids.extend(store(&*consumer).claim(7).expect("claimed").iter().map(|event| event.id));
                    thread::sleep(Duration::from_millis(1));
                }
                ids.len()
            })
        });
        let waiting = waiting();
        for chunk in all.chunks(9) {
            let changes: Vec<_> = chunk
                .iter()
                .map(|place| (place, ParkedChange { id: place.id, waiting: &waiting, dead_letter: None }))
                .collect();
            let written = parked(&bus).change(&place.topic, GROUP, &changes).expect("changed");
            assert!(written.iter().all(|write| *write == ParkedWrite::Done));
        }
        claimants.map(|claimant| claimant.join().expect("no panic"))
    });
    assert_eq!(claimed.iter().sum::<usize>(), COUNT, "{claimed:?}");
    assert_eq!(bus.groups(&place.topic)?[0].parked, COUNT as u64);
    Ok(())
}
