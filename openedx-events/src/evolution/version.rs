//! A version of an event.

use super::definition::Definition;
use crate::avro::Fingerprint;

/// A version of an event: its schema, minor version and note.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// The minor version; `None` if the source does not contain it, as with `.avsc` files.
    pub minor_version: Option<u32>,
    /// The schema.
    pub definition: Definition,
    /// The fingerprint of the schema.
    pub fingerprint: Fingerprint,
    /// A note for people, such as the releases with this version.
    pub note: Option<String>,
}

impl Version {
    /// Creates a version with this schema.
    pub fn new(minor_version: Option<u32>, definition: Definition) -> Self {
        Self { minor_version, fingerprint: definition.fingerprint(), definition, note: None }
    }

    /// Whether both are equal except for the note.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        !self.has_other_minor_version(other) && self.definition == other.definition
    }

    /// Whether both minor versions are known and differ.
    pub(super) fn has_other_minor_version(&self, other: &Self) -> bool {
        matches!((self.minor_version, other.minor_version), (Some(one), Some(other)) if one != other)
    }

    /// Whether the schema changed visibly for readers, but the minor version was not raised.
    pub(super) fn is_not_raised_since(&self, before: &Self) -> bool {
        self.fingerprint != before.fingerprint
            && matches!((before.minor_version, self.minor_version), (Some(before), Some(now)) if now <= before)
    }
}
