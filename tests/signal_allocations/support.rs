//! Counting allocations.

use openedx_events::Responses;

/// More than one seed of the random generator lasts for: 64 KiB, of which each id takes 16 bytes.
pub(crate) const SENDINGS: usize = 10_000;

/// How often this thread allocates while it sends so often. What is made once is made before: the registry, the name of
/// the host, the thread's random generator.
pub(crate) fn allocations_of(mut send: impl FnMut() -> Responses) -> u64 {
    let mut send = || assert!(send().is_ok());
    send();
    allocation_counter::measure(|| (0..SENDINGS).for_each(|_| send())).count_total
}
