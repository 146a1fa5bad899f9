//! Random numbers, other ones in each thread and in each forked process.

use std::cell::RefCell;
use std::hash::{BuildHasher, RandomState};
use std::mem::ManuallyDrop;

use forkguard::Guard;
#[cfg(feature = "bus")]
use rand::RngExt;
use rand::rngs::{ChaCha8Rng, SysRng};
use rand::{Rng, SeedableRng};

use crate::clock::SystemTime;

/// A generator of this thread, as long as its process is not forked: the other process has a copy that would make the same numbers.
struct Generator {
    /// Its numbers are no secret that would have to be wiped.
    numbers: ManuallyDrop<ChaCha8Rng>,
    fork: Guard,
}

thread_local! {
    // It has nothing to drop, and so can be used when the other thread-locals are gone: in a handler of `atexit`, or when one of them
    // is dropped.
    static GENERATOR: RefCell<Option<Generator>> = const { RefCell::new(None) };
}

const _: () = assert!(!std::mem::needs_drop::<Generator>(), "it would be gone when a thread ends");

/// 128 random bits.
#[inline]
pub(crate) fn bits() -> (u64, u64) {
    with(|numbers| (numbers.next_u64(), numbers.next_u64()))
}

/// A part of 1, from 0 up to 1.
#[cfg(feature = "bus")]
pub(crate) fn part() -> f64 {
    with(RngExt::random)
}

/// An index of a list that has this many items, and one at least.
#[cfg(feature = "bus")]
pub(crate) fn index(count: usize) -> usize {
    with(|numbers| numbers.random_range(..count.max(1)))
}

#[inline]
fn with<T>(draw: impl FnOnce(&mut ChaCha8Rng) -> T) -> T {
    GENERATOR.with_borrow_mut(|generator| {
        if let Some(Generator { numbers, fork }) = generator
            && !fork.detected_fork()
        {
            return draw(numbers);
        }
        renew(generator, draw)
    })
}

/// The first draw of a thread, or of a process.
#[cold]
fn renew<T>(generator: &mut Option<Generator>, draw: impl FnOnce(&mut ChaCha8Rng) -> T) -> T {
    // The guard first: a fork in between is seen. Where there is none, each draw is of a generator of its own.
    let fork = Guard::try_new();
    let mut numbers = seeded();
    let drawn = draw(&mut numbers);
    *generator = fork.ok().map(|fork| Generator { numbers: ManuallyDrop::new(numbers), fork });
    drawn
}

fn seeded() -> ChaCha8Rng {
    ChaCha8Rng::try_from_rng(&mut SysRng).unwrap_or_else(|_| {
        // Where the system has no random numbers, std hashes with what it can find.
        let seed = || RandomState::new().hash_one(SystemTime::now());
        ChaCha8Rng::seed_from_u64(seed() ^ seed().rotate_left(32))
    })
}
