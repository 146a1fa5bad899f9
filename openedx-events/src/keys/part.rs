//! The parts that keys are made of.

/// One part of a key. The names are upstream's field names, but that a library's `library` or `slug` is its
/// [`Course`](Part::Course), and a collection's id and a container's type and id are its [`BlockId`](Part::BlockId) and
/// [`BlockType`](Part::BlockType): they stand in the same places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Org,
    Course,
    Run,
    Branch,
    VersionGuid,
    Ccx,
    BlockType,
    BlockId,
}

impl Part {
    /// Whether the part tells which course or library is meant. Upstream leaves these parts unwritten where the
    /// version alone says it.
    pub(super) fn locates(self) -> bool {
        matches!(self, Self::Org | Self::Course | Self::Run | Self::Branch)
    }

    /// What messages call the part.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Org => "org",
            Self::Course => "course or library",
            Self::Run => "run",
            Self::Branch => "branch",
            Self::VersionGuid => "version",
            Self::Ccx => "ccx number",
            Self::BlockType => "type",
            Self::BlockId => "id",
        }
    }
}

/// The parts read from one text, each a slice of it.
#[derive(Clone, Copy, Default)]
pub(super) struct Parts<'a>([Option<&'a str>; 8]);

impl<'a> Parts<'a> {
    pub(super) fn get(&self, part: Part) -> Option<&'a str> {
        self.0[part as usize]
    }

    pub(super) fn set(&mut self, part: Part, text: &'a str) {
        self.0[part as usize] = Some(text);
    }

    pub(super) fn has(&self, part: Part) -> bool {
        self.get(part).is_some()
    }
}
