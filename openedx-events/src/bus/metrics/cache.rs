//! The series that a thread has counted last: [`with`].

use std::cell::RefCell;

use super::handles::{Handle, Series};
use super::table::Metric;
use crate::bus::observe::PlaceId;

/// The number of series that a thread remembers. More than a worker uses, but for programs with very many receivers:
/// these look up some series each time.
const SLOTS: usize = 256;

thread_local! {
    static CACHE: RefCell<Vec<Option<Cached>>> = const { RefCell::new(Vec::new()) };
}

/// What tells a series from the others, in fewer words than the values of its labels.
#[derive(Clone, Copy)]
pub(super) struct Key<'k> {
    pub(super) metric: &'static Metric,
    /// The topic that it is of, if its labels say so.
    pub(super) place: Option<PlaceId>,
    /// The receiver.
    pub(super) text: &'k str,
    /// An outcome, a reason or the type of an error.
    pub(super) word: &'static str,
}

struct Cached {
    /// The address of what has the series.
    owner: usize,
    metric: &'static Metric,
    place: Option<PlaceId>,
    text: Box<str>,
    word: &'static str,
    handle: Handle,
}

impl Cached {
    fn is(&self, owner: usize, key: &Key<'_>) -> bool {
        self.owner == owner
            && std::ptr::eq(self.metric, key.metric)
            && self.place == key.place
            // By address: the same word at two addresses has two places in the cache.
            && std::ptr::eq(self.word, key.word)
            && *self.text == *key.text
    }
}

/// Calls `then` with a series. Takes no lock and allocates nothing, if this thread has counted the series before and no
/// other one is in its place. Otherwise looks it up by the values of its labels.
pub(super) fn with<'v, S: Series, const N: usize>(
    owner: &S,
    key: &Key<'_>,
    values: impl Fn() -> [&'v str; N],
    then: impl Fn(&Handle),
) {
    let address = std::ptr::from_ref(owner).addr();
    let cached = CACHE.try_with(|cache| {
        // Somebody who records a metric while a metric is recorded.
        let Ok(mut slots) = cache.try_borrow_mut() else { return false };
        if slots.is_empty() {
            slots.resize_with(SLOTS, || None);
        }
        let cached = &mut slots[slot(key)];
        match cached {
            Some(found) if found.is(address, key) => then(&found.handle),
            _ => {
                let handle = owner.series(key.metric, &values());
                then(&handle);
                let Key { metric, place, text, word } = *key;
                *cached = Some(Cached { owner: address, metric, place, text: text.into(), word, handle });
            }
        }
        true
    });
    // The thread ends.
    if !cached.unwrap_or(false) {
        then(&owner.series(key.metric, &values()));
    }
}

/// By addresses: those of receivers stay, and a text at another one only misses its slot.
fn slot(key: &Key<'_>) -> usize {
    let place = key.place.map_or(0, PlaceId::number);
    let parts = [
        std::ptr::from_ref(key.metric).addr() >> 4,
        place,
        key.text.as_ptr().addr(),
        key.word.as_ptr().addr(),
    ];
    let hash = parts.into_iter().fold(0_usize, |hash, part| (hash ^ part).wrapping_mul(0x9e37_79b9));
    (hash ^ hash >> 16) % SLOTS
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::bus::metrics::handles::Counter;
    use crate::bus::metrics::store::Store;
    use crate::bus::metrics::table::{RECEIVER_RUNS, SUPPRESSED};
    use crate::sync;

    /// Series, and the values that they were looked up by.
    #[derive(Default)]
    struct Looked(Store, Mutex<Vec<Vec<String>>>);

    impl Series for Looked {
        fn series(&self, metric: &'static Metric, values: &[&str]) -> Handle {
            sync::lock(&self.1).push(values.iter().map(|value| (*value).to_owned()).collect());
            self.0.series(metric, values)
        }
    }

    fn count(store: &Store, metric: &'static Metric, values: [&str; 2]) -> u64 {
        match store.series(metric, &values) {
            Handle::Counter(Counter::Own(count)) => {
                count.all().map(|count| count.load(std::sync::atomic::Ordering::Relaxed)).sum()
            }
            _ => panic!("not a counter"),
        }
    }

    #[test]
    fn a_series_is_looked_up_once() {
        let looked = Looked::default();
        let key = Key { metric: &RECEIVER_RUNS, place: None, text: "a", word: "done" };
        for _ in 0..3 {
            with(&looked, &key, || ["a", "done"], |series| series.add(1));
        }
        assert_eq!(sync::lock(&looked.1).len(), 1);
        assert_eq!(count(&looked.0, &RECEIVER_RUNS, ["a", "done"]), 3);
    }

    /// Each part counts, as a slot can be that of any series.
    #[test]
    fn series_that_share_a_slot_are_told_apart() {
        let (place, other_place) = (PlaceId::new(), PlaceId::new());
        let key = Key { metric: &RECEIVER_RUNS, place: Some(place), text: "a", word: "done" };
        let cached = |owner, key: &Key<'_>| {
            let Key { metric, place, text, word } = *key;
            let handle = Store::default().series(metric, &[]);
            Cached { owner, metric, place, text: text.into(), word, handle }
        };
        assert!(cached(1, &key).is(1, &key));
        assert!(!cached(2, &key).is(1, &key));
        for other in [
            Key { metric: &SUPPRESSED, ..key },
            Key { place: Some(other_place), ..key },
            Key { place: None, ..key },
            Key { text: "b", ..key },
            Key { word: "failed", ..key },
        ] {
            assert!(!cached(1, &other).is(1, &key));
        }
    }

    /// What has a name that is made at run time may go, and another one come to its address.
    #[test]
    fn another_text_at_the_same_address_is_another_series() {
        let looked = Looked::default();
        let mut text = "first".to_owned();
        for name in ["first", "other"] {
            text.replace_range(.., name);
            let key = Key { metric: &RECEIVER_RUNS, place: None, text: &text, word: "done" };
            with(&looked, &key, || [name, "done"], |series| series.add(1));
        }
        assert_eq!(count(&looked.0, &RECEIVER_RUNS, ["first", "done"]), 1);
        assert_eq!(count(&looked.0, &RECEIVER_RUNS, ["other", "done"]), 1);
    }
}
