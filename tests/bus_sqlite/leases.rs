//! Which consumer holds an entry, and for how long.

use std::time::Duration;

use openedx_events::bus::{Backend as _, Consumer};
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
    assert_eq!(texts(&taken), ["a+"]);
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
