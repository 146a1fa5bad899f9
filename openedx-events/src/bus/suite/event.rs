//! The event of the suite.

use crate::EventData;
use crate::signal;

/// The data of the event.
#[derive(Clone, Debug, PartialEq, EventData)]
pub(super) struct SuiteData {
    /// The behaviour and the run that it belongs to.
    pub(super) run: String,
    /// The key of the event.
    pub(super) key: String,
    /// Its number in the run.
    pub(super) number: i64,
    /// A field that older releases do not have.
    pub(super) note: Option<String>,
}

/// Sent by the tests of a backend of the event bus.
#[signal("org.example.bus.suite.tested.v1", key = suite.key)]
pub(super) struct SuiteTested {
    /// The data.
    pub(super) suite: SuiteData,
}
