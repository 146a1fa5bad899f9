//! What was allowed to break.

use super::rule::Rule;
use crate::avro::Fingerprint;

/// The permission for one change to break, with the reason why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Waiver {
    /// The event.
    pub event_type: String,
    /// The schema that brought the change: the new one's fingerprint, or that of the last one if the event was removed. A
    /// waiver that was granted for another schema allows nothing.
    pub fingerprint: Fingerprint,
    /// The change's rule.
    pub rule: Rule,
    /// The change's path.
    pub path: String,
    /// Why it may break; not empty.
    pub reason: String,
}

/// A waiver that allows nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unused {
    /// The waiver.
    pub waiver: Waiver,
    /// Why it allows nothing.
    pub why: String,
}
