//! The order of the entries of a key, with several consumers in a group.

use std::collections::HashMap;
use std::sync::Mutex;

use openedx_events::bus::Backend as _;

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

#[test]
fn no_more_than_a_thousand_entries_are_skipped_over() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    let (one, two) = (place.consumer(&bus, "group", "one")?, place.consumer(&bus, "group", "two")?);
    let messages: Vec<_> = (0..1200).map(|number| message(&format!("{number}@k"))).collect();
    bus.producer()?.publish(&place.topic, &messages)?;
    place.publish(&bus, &["other"])?;
    let mut done = entries(&one.read(1, NO_WAIT, &[])?);
    assert_eq!(texts(&two.read(10, NO_WAIT, &[])?), [""; 0]);
    assert_eq!(place.sql()?.query_row("SELECT seen FROM grp", [], |row| row.get::<_, i64>(0))?, 1001);

    let mut read = Vec::new();
    while read.len() < 1200 {
        let batch = one.read(100, NO_WAIT, &done)?;
        done = entries(&batch);
        read.extend(texts(&batch));
    }
    let expected: Vec<_> =
        (1..1200).map(|number| format!("{number}@k")).chain(["other".to_owned()]).collect();
    assert_eq!(read, expected);
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
