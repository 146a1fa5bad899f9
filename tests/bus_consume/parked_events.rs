//! An operator changes what is parked while its consumer runs.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use openedx_events::bus::{Backend as _, ParkedChange, ParkedEvent, ParkedPlace, ParkedWrite, Waiting};
use openedx_events_tests::wait_until;

use crate::faulty_bus::{DRAIN, Sea, quick};

const EVENTS: i64 = 300;

fn list(sea: &Sea) -> Vec<(ParkedPlace, ParkedEvent)> {
    let parked = sea.faulty.memory.parked().expect("it parks");
    parked.list(&sea.topic(), "group", None, usize::MAX).expect("listed")
}

/// Lets what waits for one receiver wait for another one. Returns the number of events.
fn move_all(sea: &Sea, from: &str, to: &str) -> usize {
    let parked = sea.faulty.memory.parked().expect("it parks");
    let rename = |waiting: &Waiting| {
        let receiver = if waiting.receiver == from { to } else { &waiting.receiver };
        Waiting::new(receiver, waiting.since)
    };
    let mut moved = 0;
    for (place, event) in list(sea) {
        if !event.waiting.iter().any(|waiting| waiting.receiver == from) {
            continue;
        }
        let waiting: Vec<_> = event.waiting.iter().map(rename).collect();
        let change = ParkedChange { id: place.id, waiting: &waiting, dead_letter: None };
        let written = parked.change(&sea.topic(), "group", &[(&place, change)]).expect("changed");
        moved += usize::from(written[0] == ParkedWrite::Done);
    }
    moved
}

/// The consumer has all of them in its window, and claims them again while it lives.
#[test]
fn what_is_moved_to_another_receiver_runs_there_and_nowhere_else() {
    let sea = Sea::new("shoal");
    let is_up = Arc::new(AtomicBool::new(false));
    let [bad, other] = [(); 2].map(|()| Arc::new(Mutex::new(BTreeMap::<i64, u32>::new())));
    let (up, of_bad, of_other) = (Arc::clone(&is_up), Arc::clone(&bad), Arc::clone(&other));
    let _bad = sea.receive_as("shoal: bad", move |number| {
        if !up.load(Ordering::Relaxed) {
            return Err("the database is down".into());
        }
        *of_bad.lock().expect("no panic").entry(number).or_default() += 1;
        Ok(())
    });
    let _other = sea.receive_as("shoal: other", move |number| {
        *of_other.lock().expect("no panic").entry(number).or_default() += 1;
        Ok(())
    });
    sea.publish_keyed(0..EVENTS, |number| number % 7);
    let mut settings = quick();
    settings.max_in_flight = 20;
    settings.batch = 10;
    let consumer = sea.start(settings);
    wait_until("they are parked", || sea.pending() == 0 && sea.parked() > 200);
    let find = |name: &str| {
        let waiting = list(&sea).into_iter().flat_map(|(_, event)| event.waiting);
        waiting.map(|waiting| waiting.receiver).find(|receiver| receiver.contains(name))
    };
    let from = find("shoal: bad").expect("it is waited for");
    let to = from.replace("bad", "other");
    let moved = Cell::new(0);
    // What runs just now is moved later.
    wait_until("all are moved and have run", || {
        moved.set(moved.get() + move_all(&sea, &from, &to));
        sea.parked() == 0
    });
    is_up.store(true, Ordering::Relaxed);
    sea.publish(EVENTS..EVENTS + 1);
    wait_until("the bad one works again", || bad.lock().expect("no panic").contains_key(&EVENTS));
    consumer.stop(DRAIN).expect("stopped");
    assert_eq!(bad.lock().expect("no panic").keys().copied().collect::<Vec<_>>(), [EVENTS]);
    let other = other.lock().expect("no panic");
    let twice = other.values().filter(|count| **count == 2).count();
    assert_eq!((twice, other.values().max()), (moved.get(), Some(&2)), "each ran once more");
    assert_eq!(moved.get() + sea.dead_letters(), 300);
}
