//! An event as it was at one time.

use super::definition::Definition;
use crate::avro::Fingerprint;

/// An event's schema, with what goes with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// The minor version; `None` if the source does not tell, as `.avsc` files do not.
    pub minor_version: Option<u32>,
    /// The schema.
    pub definition: Definition,
    /// What names the schema.
    pub fingerprint: Fingerprint,
    /// What somebody wrote about it, such as the releases that have it.
    pub note: Option<String>,
}

impl Version {
    /// A version with this schema.
    pub fn new(minor_version: Option<u32>, definition: Definition) -> Self {
        Self { minor_version, fingerprint: definition.fingerprint(), definition, note: None }
    }

    /// Whether nothing but the note differs.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        !self.has_other_minor_version(other) && self.definition == other.definition
    }

    /// Whether both tell their minor version, and not the same.
    pub(super) fn has_other_minor_version(&self, other: &Self) -> bool {
        matches!((self.minor_version, other.minor_version), (Some(one), Some(other)) if one != other)
    }

    /// Whether the schema changed so that readers can tell, and the minor version did not go up with it.
    pub(super) fn is_not_raised_since(&self, before: &Self) -> bool {
        self.fingerprint != before.fingerprint
            && matches!((before.minor_version, self.minor_version), (Some(before), Some(now)) if now <= before)
    }
}
