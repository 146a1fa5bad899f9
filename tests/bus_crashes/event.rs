//! The events that the crashing consumer receives.

use openedx_events::{EventData, signal};

/// A task of a test.
#[derive(Clone, Debug, PartialEq, EventData)]
pub(crate) struct Task {
    /// What its order goes by.
    pub(crate) key: String,
    /// The tasks of a key have rising numbers, and each task has one of its own.
    pub(crate) number: i64,
    /// What becomes of it: see the program.
    pub(crate) fate: String,
}

/// Sent when there is something to do.
#[signal("org.example.crashing.task.given.v1", key = task.key)]
#[derive(Clone)]
pub(crate) struct TaskGiven {
    /// What is to be done.
    pub(crate) task: Task,
}

/// The same of a second producer: producers connect to signals of the whole program.
#[signal("org.example.crashing.task.added.v1", key = task.key)]
#[derive(Clone)]
pub(crate) struct TaskAdded {
    /// What is to be done.
    pub(crate) task: Task,
}
