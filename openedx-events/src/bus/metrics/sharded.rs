//! A number in several places, so that threads which count at once do not wait for each other: [`Sharded`].

use std::sync::atomic::{AtomicUsize, Ordering};

/// As many as worker threads usually are. With more of them, some share a place.
const SHARDS: usize = 8;

/// One value for each of a few threads.
#[derive(Debug, Default)]
pub(super) struct Sharded<T>([Padded<T>; SHARDS]);

/// On a cache line of its own, or on several: a core that writes to one does not take it from the others.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Padded<T>(T);

impl<T> Sharded<T> {
    /// That of this thread.
    pub(super) fn here(&self) -> &T {
        /// The number of the next thread.
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed);
        }
        // A thread that ends may have lost its number.
        let number = NUMBER.try_with(|number| *number).unwrap_or(0);
        &self.0[number % SHARDS].0
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|padded| &padded.0)
    }
}
