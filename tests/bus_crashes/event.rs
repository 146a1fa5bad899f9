//! The events that the crashing consumer receives.

use openedx_events::{EventData, signal};

/// A task of a test.
#[derive(Clone, Debug, PartialEq, EventData)]
pub(crate) struct Task {
    /// The key of the message, which keeps its order.
    pub(crate) key: String,
    /// Unique, and increasing within a key.
    pub(crate) number: i64,
    /// What happens to it: see `crashing_consumer.rs`.
    pub(crate) fate: String,
}

/// Sent when there is something to do.
#[signal("org.example.crashing.task.given.v1", key = task.key)]
#[derive(Clone)]
pub(crate) struct TaskGiven {
    /// What is to be done.
    pub(crate) task: Task,
}
