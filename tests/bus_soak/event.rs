//! The event of the soak, and its receivers.

use openedx_events::{EventData, signal};

/// The receivers of every event.
pub(crate) const RECEIVERS: [&str; 3] = ["bill", "mail", "index"];

/// A task of the soak.
#[derive(Clone, Debug, PartialEq, EventData)]
pub(crate) struct Task {
    /// The key of the message, which keeps its order.
    pub(crate) key: String,
    /// Unique, and increasing within a key.
    pub(crate) number: i64,
    /// What happens to it at `receiver`: the name of a [`Fate`].
    pub(crate) fate: String,
    /// The receiver of its fate.
    pub(crate) receiver: String,
}

/// Sent when there is something to do.
#[signal("org.example.soak.task.given.v1", key = task.key)]
#[derive(Clone)]
pub(crate) struct TaskGiven {
    /// What is to be done.
    pub(crate) task: Task,
}

/// What happens to an event at one of its receivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is done.
    Healthy,
    /// It fails at the first attempt in each process.
    Wavers,
    /// It is done after a second.
    Hangs,
    /// It always fails.
    Fails,
    /// It fails with an error that no retry helps.
    FailsForGood,
    /// It kills the process.
    Kills,
}

impl Fate {
    const ALL: [(Self, &str); 6] = [
        (Self::Healthy, "healthy"),
        (Self::Wavers, "wavers"),
        (Self::Hangs, "hangs"),
        (Self::Fails, "fails"),
        (Self::FailsForGood, "fails-for-good"),
        (Self::Kills, "kills"),
    ];

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(fate, _)| *fate == self).map_or("", |(_, name)| name)
    }

    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, each)| *each == name).map(|(fate, _)| *fate)
    }
}
