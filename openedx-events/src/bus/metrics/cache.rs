//! The series that a thread has counted last: [`with`].

use std::cell::RefCell;

use super::handles::{Handle, Series};
use super::table::Metric;

/// The number of series that a thread remembers. More than a worker uses, but for programs with very many receivers: these look up some
/// series each time.
const SLOTS: usize = 256;

thread_local! {
    static CACHE: RefCell<Vec<Option<Cached>>> = const { RefCell::new(Vec::new()) };
}

struct Cached {
    /// The address of what has the series.
    owner: usize,
    metric: &'static Metric,
    values: Box<[Box<str>]>,
    handle: Handle,
}

impl Cached {
    fn is(&self, owner: usize, metric: &'static Metric, values: &[&str]) -> bool {
        self.owner == owner
            && std::ptr::eq(self.metric, metric)
            && self.values.len() == values.len()
            && self.values.iter().zip(values).all(|(own, value)| **own == **value)
    }
}

/// Calls `then` with a series. Takes no lock and allocates nothing, if this thread has counted the series before and no other one is in its
/// place.
pub(super) fn with<S: Series>(owner: &S, metric: &'static Metric, values: &[&str], then: impl Fn(&Handle)) {
    let address = std::ptr::from_ref(owner).addr();
    let slot = slot(metric, values);
    let cached = CACHE.try_with(|cache| {
        // Somebody who records a metric while a metric is recorded.
        let Ok(mut slots) = cache.try_borrow_mut() else { return false };
        if slots.is_empty() {
            slots.resize_with(SLOTS, || None);
        }
        let cached = &mut slots[slot];
        match cached {
            Some(found) if found.is(address, metric, values) => then(&found.handle),
            _ => {
                let handle = owner.series(metric, values);
                then(&handle);
                let values = values.iter().map(|value| Box::from(*value)).collect();
                *cached = Some(Cached { owner: address, metric, values, handle });
            }
        }
        true
    });
    // The thread ends.
    if !cached.unwrap_or(false) {
        then(&owner.series(metric, values));
    }
}

/// By addresses: those of topics, groups and receivers stay, and a text at another one only misses its slot.
fn slot(metric: &'static Metric, values: &[&str]) -> usize {
    let address = std::ptr::from_ref(metric).addr();
    let hash = values.iter().fold(address >> 3, |hash, value| {
        hash.wrapping_mul(0x9e37_79b9).wrapping_add(value.as_ptr().addr() ^ value.len())
    });
    (hash ^ hash >> 16) % SLOTS
}
