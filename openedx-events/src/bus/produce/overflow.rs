//! What happens when a queue is full: [`Overflow`].

use std::time::Duration;

/// What happens to an event when the queue of its topic is full.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// Sending waits until there is room, at most so long, and then fails.
    Block(Duration),
    /// The receiver that produces fails: an error in the responses.
    Fail,
}

impl Default for Overflow {
    fn default() -> Self {
        Self::Block(Duration::from_secs(5))
    }
}
