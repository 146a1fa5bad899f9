//! The ids of events.

use std::collections::HashSet;
use std::thread;

use openedx_events::EventsMetadata;
use uuid::Uuid;

const THREADS: usize = 4;
const EACH: usize = 25_000;

/// The milliseconds since 1970 that a version 7 begins with.
fn millis(id: Uuid) -> u128 {
    id.as_u128() >> 80
}

fn make() -> Vec<Uuid> {
    (0..EACH)
        .map(|_| {
            let metadata = EventsMetadata::new("org.example.house.door.shut.v1");
            let time = u128::try_from(metadata.time().timestamp_millis()).expect("a time after 1970");
            assert_eq!(millis(metadata.id()), time);
            metadata.id()
        })
        .collect()
}

#[test]
fn ids_are_unique_and_in_the_order_of_time() {
    let lists: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(make)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    for list in &lists {
        assert!(list.is_sorted_by_key(|id| millis(*id)));
    }
    let ids: HashSet<_> = lists.iter().flatten().collect();
    assert_eq!(ids.len(), THREADS * EACH);
    assert!(ids.iter().all(|id| id.get_version_num() == 7 && id.get_variant() == uuid::Variant::RFC4122));
}
