//! Counting allocations.

use openedx_events::Responses;

/// More than one seed of the random generator lasts for: 64 KiB, of which each id takes 16 bytes.
pub(crate) const SENDS: usize = 10_000;

/// The number of allocations of this thread in `SENDS` sends. What is created once is created before: the registry, the
/// host name, the thread's random generator.
pub(crate) fn allocations_of(mut send: impl FnMut() -> Responses) -> u64 {
    let mut send = || assert!(send().is_ok());
    send();
    allocation_counter::measure(|| (0..SENDS).for_each(|_| send())).count_total
}
