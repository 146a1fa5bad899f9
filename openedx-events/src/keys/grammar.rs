//! Reading the parts of each kind of key.

use super::error::Problem;
use super::locator::Dialect;
use super::part::{Part, Parts};
use super::rule::Rule;
use super::separated::{
    LIBRARY_BLOCK_V2, LIBRARY_COLLECTION, LIBRARY_V2, LOCATION, OLD_COURSE, read_old_block,
};
use super::syntax::Kind;

impl Kind {
    /// The parts of a key of this kind, from the text after its namespace. Parts that the kind does not use are checked and
    /// returned, too.
    pub(super) fn read(self, text: &str) -> Result<Parts<'_>, Problem> {
        match self {
            Self::OldCourse => OLD_COURSE.read(text),
            Self::OldBlock => read_old_block(text),
            Self::Location => LOCATION.read(text),
            Self::LibraryV2 => LIBRARY_V2.read(text),
            Self::LibraryCollection => LIBRARY_COLLECTION.read(text),
            Self::LibraryBlockV2 | Self::LibraryContainer => LIBRARY_BLOCK_V2.read(text),
            Self::Course | Self::Library | Self::Block | Self::LibraryBlock => {
                self.with_all_needed(Dialect::Edx.read(text)?)
            }
            Self::Ccx | Self::CcxBlock => self.with_all_needed(Dialect::Ccx.read(text)?),
        }
    }

    fn with_all_needed(self, parts: Parts<'_>) -> Result<Parts<'_>, Problem> {
        let locating: &[Part] = if parts.has(Part::VersionGuid) { &[] } else { self.locating_parts() };
        match locating.iter().chain(self.needed()).find(|&&part| !parts.has(part)) {
            Some(&missing) => Err(Problem::Missing(missing)),
            None => self.with_strict_block_id(parts),
        }
    }

    /// The shared grammar accepts `%` in a block id, and keys that drop the block id keep accepting it.
    fn with_strict_block_id(self, parts: Parts<'_>) -> Result<Parts<'_>, Problem> {
        if self.needed().contains(&Part::BlockId)
            && let Some(block_id) = parts.get(Part::BlockId)
        {
            Rule::Id.check(Part::BlockId, block_id)?;
        }
        Ok(parts)
    }

    /// The parts that identify the course or library if there is no version.
    fn locating_parts(self) -> &'static [Part] {
        if self.is_of_library() { &[Part::Org, Part::Course] } else { &[Part::Org, Part::Course, Part::Run] }
    }

    fn needed(self) -> &'static [Part] {
        match self {
            Self::Ccx => &[Part::Ccx],
            Self::Block => &[Part::BlockId],
            Self::LibraryBlock => &[Part::BlockType, Part::BlockId],
            Self::CcxBlock => &[Part::Ccx, Part::BlockId],
            _ => &[],
        }
    }
}
