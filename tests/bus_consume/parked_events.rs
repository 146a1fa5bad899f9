//! An operator changes what is parked while its consumer runs.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openedx_events::Connection;
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

/// A receiver that can be switched off, and how often it has run for each event.
#[derive(Clone, Default)]
struct Switched {
    is_down: Arc<AtomicBool>,
    runs: Arc<Mutex<BTreeMap<i64, u32>>>,
}

impl Switched {
    fn connect(&self, sea: &Sea, name: &'static str) -> Connection {
        let Self { is_down, runs } = self.clone();
        sea.receive_as(name, move |number| {
            if is_down.load(Ordering::Relaxed) {
                return Err("the database is down".into());
            }
            *runs.lock().expect("no panic").entry(number).or_default() += 1;
            Ok(())
        })
    }

    fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::Relaxed);
    }

    fn runs(&self) -> BTreeMap<i64, u32> {
        self.runs.lock().expect("no panic").clone()
    }
}

/// The consumer has all of them in its window under the old numbers, and claims them again under the new ones.
#[test]
fn what_is_moved_to_another_receiver_runs_there_and_nowhere_else() {
    let sea = Sea::new("haven");
    let (old, new) = (Switched::default(), Switched::default());
    let _connections = [old.connect(&sea, "haven: old"), new.connect(&sea, "haven: new")];
    old.set_down(true);
    sea.publish_keyed(0..EVENTS, |number| number % 7);
    let mut settings = quick();
    settings.max_in_flight = 20;
    settings.batch = 10;
    settings.heartbeat = Duration::from_millis(50);
    let consumer = sea.start(settings);
    wait_until("they are parked", || new.runs().len() == 300 && sea.pending() == 0);
    new.set_down(true);
    let find = |name: &str| {
        let waiting = list(&sea).into_iter().flat_map(|(_, event)| event.waiting);
        waiting.map(|waiting| waiting.receiver).find(|receiver| receiver.contains(name))
    };
    let from = find("haven: old").expect("it is waited for");
    let to = from.replace("old", "new");
    let moved = Cell::new(0);
    // What runs just now is moved later.
    wait_until("all are moved", || {
        moved.set(moved.get() + move_all(&sea, &from, &to));
        find("haven: old").is_none()
    });
    wait_until("they are claimed", || list(&sea).iter().all(|(place, _)| place.consumer == "me"));

    old.set_down(false);
    sea.publish(EVENTS..EVENTS + 1);
    wait_until("the old one works again", || old.runs().contains_key(&EVENTS));
    let waits = |name: &str| consumer.health().circuits.iter().any(|circuit| circuit.receiver.contains(name));
    wait_until("nothing waits for it", || !waits("haven: old"));
    assert_eq!(old.runs(), BTreeMap::from([(EVENTS, 1)]), "what was moved did not run");
    new.set_down(false);
    wait_until("all have run", || sea.parked() == 0 && sea.pending() == 0);
    consumer.stop(DRAIN).expect("stopped");
    assert_eq!(old.runs().len(), 1);
    // The first time before they were moved.
    let twice = new.runs().values().filter(|count| **count == 2).count();
    assert_eq!((new.runs().len(), new.runs().values().max()), (301, Some(&2)));
    assert_eq!(twice + sea.dead_letters(), 300, "{} were moved", moved.get());
}
