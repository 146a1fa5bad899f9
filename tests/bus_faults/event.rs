//! The event of these tests.

use openedx_events::signal;

/// Sent by the tests. Its fate says what the receiver `shaky` does with it.
#[signal("org.example.faults.job.sent.v1", key = key)]
pub(crate) struct JobSent {
    pub(crate) number: i64,
    pub(crate) key: String,
    /// `bad`: fails; `down`: fails while the file `down` exists; `held`: runs while the file `held` exists; `drop`: fails with an
    /// error that panics when it is dropped. Otherwise it succeeds.
    pub(crate) fate: String,
    /// Makes the event large.
    pub(crate) padding: String,
}
