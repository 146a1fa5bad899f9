//! Waivers of breaking changes.

use super::rule::Rule;
use crate::avro::Fingerprint;

/// Allows one breaking change, for a reason.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Waiver {
    /// The event type.
    pub event_type: String,
    /// The fingerprint of the schema that introduced the change, or of the last one if the event was removed. The
    /// waiver only applies to this schema.
    pub fingerprint: Fingerprint,
    /// The change's rule.
    pub rule: Rule,
    /// The change's path.
    pub path: String,
    /// Why the change is allowed; not empty.
    pub reason: String,
}

/// A waiver that does not apply to any change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unused {
    /// The waiver.
    pub waiver: Waiver,
    /// Why it does not apply.
    pub why: String,
}
