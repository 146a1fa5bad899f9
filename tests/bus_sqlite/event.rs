//! The event that tests publish for other processes.

use openedx_events::signal;

/// Sent when there is something to do.
#[signal("org.example.house.chore.given.v1")]
#[derive(Clone)]
pub(crate) struct ChoreGiven {
    /// Unique in a test.
    pub(crate) number: i64,
}
