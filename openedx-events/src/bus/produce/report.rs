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
    /// Messages that the bus does not take while it takes others, such as one that is larger than the server's limit. They
    /// were put aside in the spill file, from where they are not published. The log has an error for each.
    pub set_aside: u64,
    /// Messages that are lost: those that the bus does not take, without a spill file, and those in a spill file that was
    /// removed, replaced or damaged. The log has an error for each message or file.
    pub lost: u64,
}
