//! Several handles on one file, at the same time and one after the other.

use std::borrow::Cow;
use std::error::Error;

use openedx_events::bus::{self, Backend, DeadLetter, EntryWrite, Header, Message, ReceiverFailure, StartAt};
use openedx_events_tests::DEADLINE;

use crate::support::{NO_WAIT, Place, Result, entries, texts};

#[test]
fn one_handle_reads_what_another_publishes() -> Result {
    let place = Place::new()?;
    let (here, there) = (place.open()?, bus::open(&format!("sqlite:{}", place.path().display()))?);
    let odd = |name: &[u8], value: &[u8]| Header {
        name: Cow::Owned(name.to_vec()),
        value: Cow::Owned(value.to_vec()),
    };
    let messages = [
        Message {
            headers: vec![odd(b"", b""), odd(b"\xff\x00", b"\xfe"), odd(b"type", b"a")],
            payload: None,
        },
        Message { headers: Vec::new(), payload: Some(Vec::new()) },
        Message { headers: vec![odd(&[1; 300], &[2; 70_000])], payload: Some(vec![0; 200_000]) },
    ];
    there.producer()?.publish(&place.topic, &messages)?;
    let consumer = place.consumer(&here, "group", "one")?;
    let batch = consumer.read(10, NO_WAIT, &[])?;
    assert_eq!(batch.deliveries.iter().map(|each| each.message.clone()).collect::<Vec<_>>(), messages);

    consumer.acknowledge(&entries(&batch))?;
    let [group] = &*there.groups(&place.topic)? else { panic!("one group") };
    assert_eq!((&*group.name, group.lag, group.pending), ("group", Some(0), 0));
    assert_eq!(group.consumers, ["one"]);
    Ok(())
}

#[test]
fn a_waiting_reader_gets_what_another_handle_publishes() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    let consumer = place.consumer(&bus, "group", "one")?;
    let read = std::thread::scope(|scope| {
        let reader = scope.spawn(|| consumer.read(10, DEADLINE, &[]));
        let other = place.open()?;
        place.publish(&other, &["a"])?;
        Ok::<_, Box<dyn Error>>(reader.join().expect("no panic")?)
    })?;
    assert_eq!(texts(&read), ["a"]);
    Ok(())
}

#[test]
fn pending_entries_come_first_after_a_restart() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a", "b", "c"])?;
    let consumer = place.consumer(&bus, "group", "one")?;
    let first = consumer.read(3, NO_WAIT, &[])?;
    let [a, b, c] = &*entries(&first) else { panic!("three") };
    assert_eq!(consumer.count_attempt(b)?, EntryWrite::Done(1));
    consumer.acknowledge(std::slice::from_ref(a))?;
    consumer.mark_processed("receiver of b")?;
    place.publish(&bus, &["d"])?;
    drop((consumer, bus));

    let bus = place.open()?;
    let consumer = place.consumer(&bus, "group", "one")?;
    let batch = consumer.read(10, NO_WAIT, &[])?;
    assert_eq!(texts(&batch), ["b+", "c+", "d"]);
    assert_eq!(
        (consumer.count_attempt(b)?, consumer.count_attempt(c)?),
        (EntryWrite::Done(2), EntryWrite::Done(1))
    );
    assert_eq!(consumer.processed(&["receiver of b".to_owned(), "other".to_owned()])?, [true, false]);
    assert_eq!(texts(&consumer.read(10, NO_WAIT, &entries(&batch))?), [""; 0]);
    assert_eq!(place.browse(&bus)?, [""; 0], "all is done");
    Ok(())
}

#[test]
fn a_dead_letter_and_its_acknowledgement_are_one_transaction() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a"])?;
    let consumer = place.consumer(&bus, "group", "one")?;
    let batch = consumer.read(10, NO_WAIT, &[])?;
    let [delivery] = &*batch.deliveries else { panic!("one entry") };
    let failure = ReceiverFailure::new("the hinge is rusty").of_receiver("house::oil").after(1);
    let dead_letter = DeadLetter::of_receivers(vec![failure]);

    let sql = place.sql()?;
    sql.execute_batch("CREATE TRIGGER jam BEFORE DELETE ON lot BEGIN SELECT RAISE (ABORT, 'jammed'); END")?;
    let error = consumer.dead_letter(delivery, &dead_letter).expect_err("the acknowledgement fails");
    assert!(error.to_string().contains("jammed"), "{error}");
    assert_eq!(bus.browse(&place.topic.dead_letters(), None, 10)?.len(), 0);
    assert_eq!(bus.groups(&place.topic)?[0].pending, 1);

    sql.execute_batch("DROP TRIGGER jam")?;
    assert_ne!(consumer.dead_letter(delivery, &dead_letter)?, EntryWrite::Claimed);
    let dead_letters = bus.browse(&place.topic.dead_letters(), None, 10)?;
    let [dead] = &*dead_letters else { panic!("one dead letter") };
    assert_eq!(dead.message.payload, delivery.message.payload);
    assert_eq!(dead.message.header("dlq_entry"), Some(b"1".as_slice()));
    assert_eq!(dead.message.header("dlq_receiver"), Some(b"house::oil".as_slice()));
    assert_eq!(bus.groups(&place.topic)?[0].pending, 0);
    Ok(())
}

#[test]
fn a_deleted_group_is_created_again() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    assert!(bus.create_group(&place.topic, "other", StartAt::Earliest)?);
    place.publish(&bus, &["a", "b"])?;
    let consumer = place.consumer(&bus, "group", "one")?;
    let batch = consumer.read(1, NO_WAIT, &[])?;
    assert!(bus.delete_group(&place.topic, "group")?);
    assert!(!bus.delete_group(&place.topic, "group")?);

    // None of these creates it again, and none fails.
    consumer.acknowledge(&entries(&batch))?;
    consumer.release(&entries(&batch))?;
    assert_eq!(consumer.renew(&entries(&batch))?, [], "they are nobody's");
    let again = consumer.read(10, NO_WAIT, &[])?;
    assert!(again.is_group_new);
    assert_eq!(texts(&again), ["a", "b"]);

    assert!(bus.delete_group(&place.topic, "group")?);
    consumer.mark_processed("something")?;
    assert!(consumer.read(10, NO_WAIT, &[])?.is_group_new, "reported once, whoever created it");
    assert!(!consumer.read(10, NO_WAIT, &[])?.is_group_new);
    Ok(())
}

#[test]
fn paths_that_are_not_files_are_refused() -> Result {
    use bus::ErrorKind::{Configuration, Refused};

    let place = Place::new()?;
    let folder = place.folder.path().display();
    for (address, kind, what) in [
        ("sqlite:".to_owned(), Configuration, "needs the path of a file"),
        ("sqlite::memory:".to_owned(), Configuration, "`memory:`"),
        (format!("sqlite:{folder}/none/bus.sqlite"), Refused, "the folder must be there"),
        (format!("sqlite:{folder}"), Refused, "unable to open"),
    ] {
        let error = bus::open(&address).expect_err("refused");
        assert_eq!(error.kind(), kind, "{address}: {error}");
        assert!(error.to_string().contains(what), "{address}: {error}");
    }
    Ok(())
}

/// A killed process leaves its name. The next consumer that joins removes it, if it has left nothing.
#[test]
fn names_of_killed_processes_are_removed_at_the_next_join() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["pending"])?;
    let (living, idle) = (place.consumer(&bus, "group", "living")?, place.consumer(&bus, "group", "idle")?);
    let holder = place.consumer(&bus, "group", "holder")?;
    assert_eq!(texts(&holder.read(1, NO_WAIT, &[])?), ["pending"]);
    // As if both had been killed: their owner is no process of this boot.
    let killed = "UPDATE member SET owner = 'earlier-boot/1/1/1' WHERE name IN ('idle', 'holder')";
    assert_eq!(place.sql()?.execute(killed, [])?, 2);
    let next = place.consumer(&bus, "group", "next")?;
    let [group] = &*bus.groups(&place.topic)? else { panic!("one group") };
    assert_eq!((group.pending, &*group.consumers), (1, &["holder", "living", "next"].map(str::to_owned)[..]));
    drop((living, idle, holder, next));
    Ok(())
}
