//! Parked events, beyond what the suite tries.

use std::process::Stdio;
use std::time::Duration;

use openedx_events::bus::sqlite::Options;
use openedx_events::bus::{
    Backend as _, Consumer, DeadLetter, EntryWrite, ErrorKind, ParkedChange, Parking, ReceiverFailure,
};
use openedx_events_tests::first_starts;

use crate::processes::Peer;
use crate::support::{NO_WAIT, Place, Result, entries, message, park, store, text, texts, try_park, waiting};

const LONG: Duration = Duration::from_mins(10);

/// The texts of events that a consumer has parked, which are settled by that.
fn finish(consumer: &dyn Consumer, max: usize) -> Result<Vec<String>> {
    let mut finished = Vec::new();
    for event in store(consumer).list(None, max)? {
        let started =
            store(consumer).start(&first_starts(&[event.id]))?.pop().flatten().ok_or("it is there")?;
        finished.push(text(&started));
        store(consumer).settle(&[ParkedChange { id: event.id, waiting: &[], dead_letter: None }])?;
    }
    Ok(finished)
}

#[test]
fn an_event_is_parked_and_acknowledged_in_one_transaction() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a", "b"])?;
    let consumer = place.consumer(&bus, "group", "one")?;
    let batch = consumer.read(10, NO_WAIT, &[])?;
    let failure = ReceiverFailure::new("the hinge is rusty").of_receiver("house::paint").after(1);
    let letter = DeadLetter::of_receivers(vec![failure]);
    let waiting = waiting();
    let parking = |delivery| Parking { delivery, waiting: &waiting, dead_letter: Some(&letter) };
    let events: Vec<_> = batch.deliveries.iter().map(parking).collect();

    let sql = place.sql()?;
    sql.execute_batch("CREATE TRIGGER jam BEFORE DELETE ON lot BEGIN SELECT RAISE (ABORT, 'jammed'); END")?;
    let error = store(&*consumer).park(&events).expect_err("the acknowledgement fails");
    assert!(error.to_string().contains("jammed"), "{error}");
    assert_eq!(store(&*consumer).list(None, 10)?, []);
    assert_eq!(bus.browse(&place.topic.dead_letters(), None, 10)?.len(), 0);
    let group = &bus.groups(&place.topic)?[0];
    assert_eq!((group.pending, group.parked), (2, 0));

    // An entry that is given twice is parked once.
    sql.execute_batch("DROP TRIGGER jam")?;
    let written = store(&*consumer).park(&[events[0], events[0], events[1]])?;
    assert!(
        matches!(*written, [EntryWrite::Done(_), EntryWrite::Claimed, EntryWrite::Done(_)]),
        "{written:?}"
    );
    assert_eq!(bus.browse(&place.topic.dead_letters(), None, 10)?.len(), 2);
    let group = &bus.groups(&place.topic)?[0];
    assert_eq!((group.pending, group.parked), (0, 2));
    assert_eq!(texts(&consumer.read(10, NO_WAIT, &[])?), [""; 0]);
    place.publish(&bus, &["c"])?;
    assert_eq!(place.browse(&bus)?, ["c"], "the topic has the others no more");
    assert_eq!(finish(&*consumer, 10)?, ["a", "b"]);
    let rows = "SELECT (SELECT count(*) FROM parked_message) + (SELECT count(*) FROM parked_owner)";
    assert_eq!(sql.query_row(rows, [], |row| row.get::<_, i64>(0))?, 0, "nothing is left of them");
    Ok(())
}

/// Several events of a key are claimed by one consumer, though it cannot have them all at once.
#[test]
fn a_parked_key_is_not_split_between_those_who_claim_it() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a@k", "b@l", "c@k", "d"])?;
    let one = place.consumer(&bus, "group", "one")?;
    park(&*one, &one.read(10, NO_WAIT, &[])?.deliveries)?;
    let (two, three) = (place.consumer(&bus, "group", "two")?, place.consumer(&bus, "group", "three")?);
    assert_eq!(store(&*two).claim(10)?, [], "their consumer lives");
    place.publish(&bus, &["e@k", "f@l"])?;
    drop(one);
    assert_eq!(texts(&two.read(10, NO_WAIT, &[])?), [""; 0]);
    assert_eq!(store(&*two).claim(1)?.len(), 1);
    assert_eq!(
        store(&*three).claim(10)?.len(),
        2,
        "not the one of the key that the other has begun to claim"
    );
    assert_eq!(texts(&two.read(10, NO_WAIT, &[])?), [""; 0], "there is still one to claim");
    assert_eq!(texts(&three.read(10, NO_WAIT, &[])?), ["f@l"]);
    assert_eq!(store(&*two).claim(10)?.len(), 1);
    assert_eq!(texts(&three.read(10, NO_WAIT, &[])?), [""; 0]);
    assert_eq!(texts(&two.read(10, NO_WAIT, &[])?), ["e@k"]);
    assert_eq!(
        (finish(&*two, 10)?, finish(&*three, 10)?),
        (vec!["a@k".into(), "c@k".into()], vec!["b@l".into(), "d".into()])
    );
    Ok(())
}

/// Its heartbeats were late, and only some of its events are claimed when it goes on.
#[test]
fn a_consumer_that_comes_back_has_nothing_of_the_keys_that_were_claimed() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a@k", "b@k", "c"])?;
    let one = place.consumer(&bus, "group", "one")?;
    let ids = park(&*one, &one.read(10, NO_WAIT, &[])?.deliveries)?;
    let two = bus.consumer(&place.subscription("group", "two", NO_WAIT))?;
    assert_eq!(store(&*two).claim(1)?.len(), 1);
    store(&*one).renew()?;
    let started = store(&*one).start(&first_starts(&ids))?;
    assert_eq!(started.iter().map(Option::is_some).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(finish(&*one, 10)?, ["c"]);
    place.publish(&bus, &["d@k", "e"])?;
    let read = one.read(10, NO_WAIT, &[])?;
    assert_eq!(texts(&read), ["e"], "the key is with the other one");
    park(&*one, &read.deliveries)?;
    let long = place.consumer(&bus, "group", "three")?;
    assert_eq!(store(&*long).claim(10)?, [], "what is left of the key is for whoever has the rest");
    assert_eq!(finish(&*one, 10)?, ["e"]);
    assert_eq!(store(&*two).claim(10)?.len(), 1, "it waits for no heartbeats");
    assert_eq!(finish(&*two, 10)?, ["a@k", "b@k"]);
    assert_eq!(texts(&two.read(10, NO_WAIT, &[])?), ["d@k"]);
    Ok(())
}

#[test]
fn the_key_of_a_killed_process_is_for_whoever_claims_its_parked_events() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a@k", "b@k"])?;
    let mut peer = Peer::new(&place, "park", ["group", "one"], Stdio::piped())?;
    assert_eq!(peer.lines()?.next().transpose()?.as_deref(), Some("a@k"));
    place.publish(&bus, &["c"])?;
    let (two, other) = (place.consumer(&bus, "group", "two")?, place.open()?);
    assert_eq!(texts(&two.read(10, NO_WAIT, &[])?), ["c"]);
    peer.kill()?;
    assert_eq!(store(&*two).claim(10)?, [], "its last heartbeat is not old enough");
    assert_eq!(texts(&two.read(10, NO_WAIT, &[])?), [""; 0]);

    // One that waits for no heartbeats.
    let three = other.consumer(&place.subscription("group", "three", NO_WAIT))?;
    assert_eq!(texts(&three.read(10, NO_WAIT, &[])?), ["c+"], "parked ones come first");
    assert_eq!(store(&*three).claim(10)?.len(), 1);
    let read = three.read(10, NO_WAIT, &[])?;
    assert_eq!(texts(&read), ["b@k"]);
    three.acknowledge(&entries(&read))?;
    place.publish(&bus, &["d@k"])?;
    assert_eq!(texts(&two.read(10, NO_WAIT, &[])?), [""; 0], "one is still parked");
    // A waiting reader learns that the key is free.
    let read = std::thread::scope(|scope| {
        let reader = scope.spawn(|| two.read(10, openedx_events_tests::DEADLINE, &[]));
        let finished = finish(&*three, 10);
        (finished.map_err(|error| error.to_string()), reader.join().expect("no panic"))
    });
    assert_eq!((read.0?, texts(&read.1?)), (vec!["a@k".to_owned()], vec!["d@k".to_owned()]));
    Ok(())
}

#[test]
fn heartbeats_of_parked_events_end_when_the_machine_restarts() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a"])?;
    let one = place.consumer(&bus, "group", "one")?;
    park(&*one, &one.read(1, NO_WAIT, &[])?.deliveries)?;
    drop(one);
    // As if it had not ended in order.
    place.sql()?.execute("UPDATE member SET owner = 'elsewhere/1/2/3' WHERE name = 'one'", [])?;
    let two = place.consumer(&bus, "group", "two")?;
    assert_eq!(store(&*two).claim(10)?, []);
    drop((two, bus));

    place.sql()?.execute("UPDATE boot SET name = 'before'", [])?;
    let bus = place.open()?;
    let two = place.consumer(&bus, "group", "two")?;
    assert_eq!(store(&*two).claim(10)?.len(), 1);
    Ok(())
}

#[test]
fn a_consumer_that_restarts_keeps_its_parked_events() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a"])?;
    let one = place.consumer(&bus, "group", "one")?;
    park(&*one, &one.read(1, NO_WAIT, &[])?.deliveries)?;
    drop(one);
    // Its heartbeats are long over when it starts, and it has not listed them yet when the other one claims.
    place.sql()?.execute("UPDATE parked_owner SET heartbeat = heartbeat - 3600000", [])?;
    let _one = place.consumer(&bus, "group", "one")?;
    let two = place.consumer(&bus, "group", "two")?;
    assert_eq!(store(&*two).claim(10)?, []);
    Ok(())
}

/// As if it were in a container, whose processes are not seen.
#[test]
fn a_consumer_whose_name_was_taken_has_no_parked_events() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a", "b"])?;
    let first = place.consumer(&bus, "group", "one")?;
    let held = first.read(2, NO_WAIT, &[])?;
    let id = park(&*first, &held.deliveries[..1])?[0];
    place.sql()?.execute("UPDATE member SET owner = 'elsewhere/1/2/3'", [])?;
    let second = place.consumer(&bus, "group", "one")?;
    assert_eq!(try_park(&*first, &held.deliveries[1..])?, [EntryWrite::Claimed]);
    assert_eq!(store(&*first).list(None, 10)?, []);
    assert_eq!(store(&*first).claim(10)?, []);
    assert!(store(&*first).start(&first_starts(&[id]))?[0].is_none());
    store(&*first).settle(&[ParkedChange { id, waiting: &[], dead_letter: None }])?;
    store(&*first).renew()?;
    drop(first);
    let other = bus.consumer(&place.subscription("group", "two", LONG))?;
    assert_eq!(store(&*other).claim(10)?, [], "its drop does not free what the second has");
    assert_eq!(finish(&*second, 10)?, ["a"]);
    Ok(())
}

#[test]
fn parking_leaves_the_reserve_on_the_disk_alone() -> Result {
    let place = Place::new()?;
    let careless = place.open_with(Options::default().min_free_disk(0))?;
    let big = vec![message(&"x".repeat(10_000)); 20];
    careless.create_group(&place.topic, "group", openedx_events::bus::StartAt::Earliest)?;
    careless.producer()?.publish(&place.topic, &big)?;
    let bus = place.open_with(Options::default().min_free_disk(u64::MAX))?;
    let consumer = place.consumer(&bus, "group", "one")?;
    let batch = consumer.read(20, NO_WAIT, &[])?;
    let (first, rest) = batch.deliveries.split_at(10);
    let error = try_park(&*consumer, &rest[..5]).expect_err("there is no room");
    assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
    assert!(error.to_string().contains("min_free_disk"), "{error}");
    let group = &bus.groups(&place.topic)?[0];
    assert_eq!((group.pending, group.parked), (20, 0), "both or neither");

    // What is done makes room in the file.
    consumer.acknowledge(&first.iter().map(|delivery| delivery.entry.clone()).collect::<Vec<_>>())?;
    park(&*consumer, &rest[..5])?;
    // And what is parked leaves the topic.
    park(&*consumer, &rest[5..])?;
    assert_eq!(place.browse(&bus)?.len(), 5, "those of the last call");
    assert_eq!(bus.groups(&place.topic)?[0].parked, 10);
    Ok(())
}

#[test]
fn parking_does_not_make_the_file_larger_than_it_may_be() -> Result {
    let place = Place::new()?;
    let bus = place.open_with(Options::default().max_bytes(400_000))?;
    let consumer = place.consumer(&bus, "group", "one")?;
    let mut producer = bus.producer()?;
    let big = vec![message(&"x".repeat(10_000)); 5];
    let mut parked = 0;
    let (error, held) = loop {
        // It fits, as what was parked before leaves the topic.
        producer.publish(&place.topic, &big)?;
        let batch = consumer.read(5, NO_WAIT, &[])?;
        match try_park(&*consumer, &batch.deliveries) {
            Ok(written) => parked += written.len(),
            Err(error) => break (error, batch),
        }
        assert!(parked < 40, "nothing counts");
    };
    assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
    assert!(error.to_string().contains("max_bytes"), "{error}");
    assert!(parked > 10, "{parked}");
    let group = &bus.groups(&place.topic)?[0];
    assert_eq!((group.pending, group.parked), (5, parked as u64));

    assert_eq!(finish(&*consumer, 5)?.len(), 5);
    park(&*consumer, &held.deliveries)?;
    Ok(())
}
