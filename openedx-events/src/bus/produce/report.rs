//! What a producer has done: [`ProducerReport`].

/// What a producer has done since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProducerReport {
    /// Messages that the bus has.
    pub published: u64,
    /// Messages that wait in the queues.
    pub queued: u64,
    /// Messages that wait on the disk, as the queue had no room for them.
    pub spilled: u64,
    /// Messages that found no room in a queue; the sending of each has an error in its responses.
    pub refused: u64,
    /// Attempts to publish that failed; what they were for stays in the queue.
    pub failed_attempts: u64,
}
