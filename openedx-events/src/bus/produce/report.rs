//! What a producer has done: [`ProducerReport`].

/// What a producer has done since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProducerReport {
    /// Messages that the bus has stored.
    pub published: u64,
    /// Messages that wait in the queues.
    pub queued: u64,
    /// Messages that wait on the disk, because a queue was full.
    pub spilled: u64,
    /// Messages that were refused because a queue was full. The responses of each send have an error.
    pub refused: u64,
    /// Failed attempts to publish. Their messages stay in the queue.
    pub failed_attempts: u64,
}
