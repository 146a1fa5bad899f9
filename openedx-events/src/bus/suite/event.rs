//! The event of the suite.

use crate::EventData;
use crate::signal;

/// What the suite sends.
#[derive(Clone, Debug, PartialEq, EventData)]
pub(super) struct SuiteData {
    /// Which behaviour it is for, in which run.
    pub(super) run: String,
    /// What its order goes by.
    pub(super) key: String,
    /// Its number in the run.
    pub(super) number: i64,
    /// What an older release did not have.
    pub(super) note: Option<String>,
}

/// Sent by the tests of a backend of the event bus.
#[signal("org.example.bus.suite.tested.v1", key = suite.key)]
pub(super) struct SuiteTested {
    /// What the suite sends.
    pub(super) suite: SuiteData,
}
