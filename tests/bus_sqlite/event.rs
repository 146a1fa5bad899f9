//! The event that tests publish for other processes.

use openedx_events::signal;

/// Sent when there is something to do.
#[signal("org.example.house.chore.given.v1")]
#[derive(Clone)]
pub(crate) struct ChoreGiven {
    /// Unique in a test.
    pub(crate) number: i64,
}

/// Sent when a part of a house needs something. Not received in other processes.
#[signal("org.example.house.part.broken.v1", key = part)]
#[derive(Clone)]
pub(crate) struct PartBroken {
    /// The part.
    pub(crate) part: String,
    /// Increasing within a part.
    pub(crate) number: i64,
}
