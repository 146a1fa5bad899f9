//! Random numbers for ids.

use std::cell::RefCell;
use std::hash::{BuildHasher, RandomState};
use std::mem::ManuallyDrop;

use forkguard::Guard;
use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng};
use uuid::Uuid;

/// A generator of this thread, as long as its process is not forked: the other process has a copy that would make the same numbers.
struct Generator {
    /// Its numbers are no secret that would have to be wiped.
    numbers: ManuallyDrop<StdRng>,
    /// `None` if the system cannot tell: then each number is of a new generator.
    fork: Option<Guard>,
}

thread_local! {
    // It has nothing to drop, and so can be used when the other thread-locals are gone: in a handler of `atexit`, or when one of them
    // is dropped.
    static GENERATOR: RefCell<Option<Generator>> = const { RefCell::new(None) };
}

const _: () = assert!(!std::mem::needs_drop::<Generator>(), "it would be gone when a thread ends");

/// 128 random bits.
#[inline]
pub(crate) fn random() -> (u64, u64) {
    GENERATOR.with_borrow_mut(|generator| {
        generator.take_if(Generator::is_copied);
        let Generator { numbers, .. } = generator.get_or_insert_with(Generator::new);
        (numbers.next_u64(), numbers.next_u64())
    })
}

/// A UUIDv7. `Uuid::now_v7` counts within a millisecond under a lock of the whole process, and reads the clock again;
/// this takes the time it is given and fills the rest from the thread's own generator.
#[inline]
pub(super) fn new_id(micros: i64) -> Uuid {
    // The milliseconds are the first 48 bits, the version the next 4, the variant the first 2 of the second half. In whole words, as
    // `uuid::Builder` goes byte by byte.
    let (high, low) = random();
    let millis = u64::try_from(micros).unwrap_or_default() / 1000;
    Uuid::from_u64_pair(millis << 16 | 0x7000 | high & 0x0fff, low & (u64::MAX >> 2) | 1 << 63)
}

impl Generator {
    /// Whether another process may go on with the same numbers.
    fn is_copied(&mut self) -> bool {
        self.fork.as_mut().is_none_or(Guard::detected_fork)
    }

    #[cold]
    fn new() -> Self {
        // The guard first: a fork in between is seen.
        let fork = Guard::try_new().ok();
        let numbers = StdRng::try_from_rng(&mut SysRng).unwrap_or_else(|_| {
            // Where the system has no random numbers, std hashes with what it can find.
            let seed = || RandomState::new().hash_one(std::process::id());
            StdRng::seed_from_u64(seed() ^ seed().rotate_left(32))
        });
        Self { numbers: ManuallyDrop::new(numbers), fork }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_the_builder() {
        for micros in [0, 1, 999, 1000, 1_795_132_800_123_456, (1 << 48) * 1000 - 1] {
            let id = new_id(micros);
            let [_, _, _, _, _, _, random @ ..] = id.into_bytes();
            let millis = u64::try_from(micros / 1000).expect("not negative");
            assert_eq!(id, uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid());
            assert_ne!(id, new_id(micros));
        }
        let millis = |id: Uuid| id.get_timestamp().map(|time| time.to_unix());
        assert_eq!(millis(new_id(-1)), millis(new_id(0)));
    }
}
