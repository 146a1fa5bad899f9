//! The parts that keys are made of.

/// One part of a key. The names are those of upstream's fields, except for parts in the same place: the `library` or `slug`
/// of a library is its [`Course`](Part::Course), and the id and type of a collection or container are its
/// [`BlockId`](Part::BlockId) and [`BlockType`](Part::BlockType).
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
    /// Whether the part identifies the course or library. Upstream does not write these parts if the version alone
    /// identifies it.
    pub(super) fn locates(self) -> bool {
        matches!(self, Self::Org | Self::Course | Self::Run | Self::Branch)
    }

    /// The name in messages.
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
