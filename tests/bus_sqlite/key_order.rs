//! The order of the entries of a key, with several consumers in a group.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use openedx_events::bus::{Backend as _, Consumer, ConsumerSettings, EventConsumer, Message};
use openedx_events_tests::wait_until;

use crate::event::{PART_BROKEN, PartBroken};
use crate::support::{NO_WAIT, Place, Result, entries, message, text, texts};

#[test]
fn a_key_is_with_one_consumer_at_a_time() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a@k", "b@l", "c@k", "d", "e@l", "f@k"])?;
    let (one, two) = (place.consumer(&bus, "group", "one")?, place.consumer(&bus, "group", "two")?);
    let first = one.read(1, NO_WAIT, &[])?;
    assert_eq!(texts(&first), ["a@k"]);
    let second = two.read(10, NO_WAIT, &[])?;
    assert_eq!(texts(&second), ["b@l", "d", "e@l"]);
    let group = &bus.groups(&place.topic)?[0];
    assert_eq!((group.lag, group.pending), (Some(2), 4), "what was passed over is not read");

    // One consumer may hold several entries of a key. Another one gets the key when all of them are done.
    let third = one.read(1, NO_WAIT, &[])?;
    assert_eq!(texts(&third), ["c@k"]);
    assert_eq!(texts(&two.read(10, NO_WAIT, &entries(&second))?), [""; 0]);
    one.acknowledge(&entries(&first))?;
    assert_eq!(texts(&two.read(10, NO_WAIT, &[])?), [""; 0]);
    one.acknowledge(&entries(&third))?;
    assert_eq!(texts(&two.read(10, NO_WAIT, &[])?), ["f@k"]);
    Ok(())
}

/// What is stored about it is bounded, and the others of the key come in order when it goes on.
#[test]
fn a_key_that_hangs_holds_up_no_others() -> Result {
    const OF_KEY: usize = 7500;

    let place = Place::new()?;
    let bus = place.open()?;
    let (one, two) = (place.consumer(&bus, "group", "one")?, place.consumer(&bus, "group", "two")?);
    let messages: Vec<_> = (0..OF_KEY).map(|number| message(&format!("{number}@k"))).collect();
    bus.producer()?.publish(&place.topic, &messages)?;
    let others: Vec<_> = (0..1000).map(|number| message(&format!("o{number}@{}", number % 50))).collect();
    bus.producer()?.publish(&place.topic, &others)?;

    let read_all = |consumer: &dyn Consumer| -> Result<Vec<String>> {
        let (mut read, mut done) = (Vec::new(), Vec::new());
        loop {
            let batch = consumer.read(1000, NO_WAIT, &done)?;
            if batch.deliveries.is_empty() {
                return Ok(read);
            }
            done = entries(&batch);
            read.extend(texts(&batch));
        }
    };
    // One consumer has no more than a batch of the key, and the other one the rest of the topic.
    let hanging = one.read(1000, NO_WAIT, &[])?;
    let of_key =
        |range: std::ops::Range<usize>| range.map(|number| format!("{number}@k")).collect::<Vec<_>>();
    assert_eq!(texts(&hanging), of_key(0..100));
    let read = read_all(&*two)?;
    let order = |key: usize| {
        let of_key = |text: &&String| text.ends_with(&format!("@{key}"));
        read.iter().filter(of_key).cloned().collect::<Vec<_>>()
    };
    for key in 0..50 {
        let expected: Vec<_> =
            (0..1000).filter(|number| number % 50 == key).map(|number| format!("o{number}@{key}")).collect();
        assert_eq!(order(key), expected);
    }
    let group = &bus.groups(&place.topic)?[0];
    assert_eq!((group.lag, group.pending), (Some(OF_KEY as u64 - 100), 100));
    let size = "SELECT sum(length(records)) FROM lot";
    assert!(place.sql()?.query_row(size, [], |row| row.get::<_, i64>(0))? < 10_000);

    // New ones of the key stay behind the old ones, also after a restart of everybody.
    place.publish(&bus, &["last@k"])?;
    assert_eq!(texts(&two.read(10, NO_WAIT, &[])?), [""; 0]);
    one.acknowledge(&entries(&hanging)[..40])?;
    assert_eq!(texts(&one.read(1000, NO_WAIT, &[])?), of_key(100..140));
    assert_eq!(texts(&two.read(10, NO_WAIT, &[])?), [""; 0]);
    drop((one, two));
    let two = place.consumer(&bus, "group", "two")?;
    let one = place.consumer(&bus, "group", "one")?;
    let again: Vec<_> = of_key(40..140).into_iter().map(|text| format!("{text}+")).collect();
    let taken = one.read(1000, NO_WAIT, &[])?;
    assert_eq!(texts(&taken), again);
    one.acknowledge(&entries(&taken))?;
    let mut expected = of_key(140..OF_KEY);
    expected.push("last@k".to_owned());
    assert_eq!(read_all(&*two)?, expected);
    let group = &bus.groups(&place.topic)?[0];
    assert_eq!((group.lag, group.pending), (Some(0), 0));
    let done = "SELECT done = last FROM grp, topic";
    assert!(place.sql()?.query_row(done, [], |row| row.get::<_, bool>(0))?, "nothing is held back");
    Ok(())
}

#[test]
fn many_keys_that_hang_hold_up_no_others() -> Result {
    const KEYS: usize = 90;

    let place = Place::new()?;
    let bus = place.open()?;
    let (one, two) = (place.consumer(&bus, "group", "one")?, place.consumer(&bus, "group", "two")?);
    let messages: Vec<_> =
        (0..KEYS * 30).map(|number| message(&format!("{number}@k{}", number % KEYS))).collect();
    bus.producer()?.publish(&place.topic, &messages)?;
    place.publish(&bus, &["other"])?;
    let hanging = one.read(KEYS, NO_WAIT, &[])?;
    assert_eq!(hanging.deliveries.len(), KEYS);
    assert_eq!(texts(&two.read(1000, NO_WAIT, &[])?), ["other"]);
    // What is removed meanwhile was missed.
    place.sql()?.execute("DELETE FROM entry WHERE id & 1023 = 1000", [])?;
    let (mut read, mut missed, mut done) = (Vec::new(), 0, entries(&hanging));
    loop {
        let batch = two.read(1000, NO_WAIT, &done)?;
        if batch.deliveries.is_empty() && batch.missed == 0 {
            break;
        }
        missed += batch.missed;
        done = entries(&batch);
        read.extend(texts(&batch));
    }
    assert_eq!((read.len(), missed), (KEYS * 29 - 2, 2));
    for key in 0..KEYS {
        let numbers: Vec<usize> = read
            .iter()
            .filter_map(|text| text.split_once("@k").filter(|(_, of)| of.parse() == Ok(key)))
            .filter_map(|(number, _)| number.parse().ok())
            .collect();
        assert!(numbers.is_sorted() && numbers.len() >= 28, "{key}: {numbers:?}");
    }
    Ok(())
}

#[test]
fn parallel_consumers_keep_the_order_of_each_key() -> Result {
    const COUNT: usize = 600;

    let place = Place::new()?;
    let bus = place.open()?;
    let messages: Vec<_> = (0..COUNT).map(|number| message(&format!("{number}@{}", number % 4))).collect();
    let order = Mutex::new(HashMap::<usize, Vec<usize>>::new());
    std::thread::scope(|scope| -> Result {
        for name in ["one", "two", "three"] {
            let consumer = place.consumer(&bus, "group", name)?;
            let order = &order;
            scope.spawn(move || {
                let count = || order.lock().expect("no panic").values().map(Vec::len).sum::<usize>();
                let mut done = Vec::new();
                while count() < COUNT {
                    let batch = consumer.read(3, std::time::Duration::from_millis(1), &done).expect("read");
                    for delivery in &batch.deliveries {
                        let number = text(delivery).split('@').next().and_then(|text| text.parse().ok());
                        let number: usize = number.expect("a number");
                        order.lock().expect("no panic").entry(number % 4).or_default().push(number);
                    }
                    done = entries(&batch);
                }
                consumer.acknowledge(&done).expect("acknowledged");
            });
        }
        for messages in messages.chunks(7) {
            bus.producer()?.publish(&place.topic, messages)?;
        }
        Ok(())
    })?;
    for (key, numbers) in order.into_inner()? {
        assert_eq!(numbers, (0..COUNT).filter(|number| number % 4 == key).collect::<Vec<_>>(), "{key}");
    }
    assert_eq!(bus.groups(&place.topic)?[0].pending, 0);
    Ok(())
}

/// With event consumers, whose windows hold a thousand entries.
#[test]
fn a_receiver_that_hangs_on_a_key_holds_up_no_others() -> Result {
    let place = Place::new()?;
    let bus = Arc::new(place.open()?);
    let (seen, gate) = (Arc::new(Mutex::new(Vec::<(String, i64)>::new())), Arc::new(RwLock::new(())));
    let closed = gate.write().expect("no panic");
    let _connection = PART_BROKEN.connect("repair", {
        let (seen, gate) = (Arc::clone(&seen), Arc::clone(&gate));
        move |event, _| {
            if event.part == "roof" {
                drop(gate.read());
            }
            seen.lock().expect("no panic").push((event.part.clone(), event.number));
            Ok(())
        }
    });
    let parts =
        std::iter::repeat_n("roof".to_owned(), 2500).chain((0..1000).map(|part| format!("door {part}")));
    let messages: Result<Vec<_>, _> = (0..)
        .zip(parts)
        .map(|(number, part)| {
            Message::of_event(&PartBroken { part, number }, &PART_BROKEN.generate_metadata())
        })
        .collect();
    bus.producer()?.publish(&place.topic, &messages?)?;
    let consumers = ["one", "two"].map(|name| {
        let mut settings = ConsumerSettings::default();
        settings.allow_no_receivers = true;
        let consumer = EventConsumer::new(bus.clone(), "group").name(name).topic(place.topic.clone());
        consumer.settings(settings).start()
    });
    let count = || seen.lock().expect("no panic").len();
    wait_until("all others are done", || count() == 1000);
    drop(closed);
    wait_until("the key is done", || count() == 3500);
    for consumer in consumers {
        consumer?.stop(Duration::from_secs(30))?;
    }
    let seen = seen.lock().expect("no panic");
    let of_key: Vec<_> = seen.iter().filter(|(part, _)| part == "roof").map(|(_, number)| *number).collect();
    assert_eq!(of_key, (0..2500).collect::<Vec<_>>());
    assert_eq!(bus.groups(&place.topic)?[0].lag, Some(0));
    Ok(())
}
