//! How each kind of key is written.

use super::part::Part;
use super::part::Part::{BlockId, BlockType, Branch, Ccx, Course, Org, Run, VersionGuid};

/// A kind of key, except those of asides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Kind {
    Course,
    OldCourse,
    Library,
    Ccx,
    Block,
    OldBlock,
    LibraryBlock,
    LibraryBlockV2,
    LibraryV2,
    LibraryCollection,
    LibraryContainer,
    CcxBlock,
    Location,
}

/// The written form of one kind.
pub(super) struct Syntax {
    /// The start of the text, including the colon.
    pub(super) namespace: &'static str,
    /// The parts in the order of the text. Other parts of a text are dropped. If a version can replace the parts that
    /// identify the course, these come first.
    pub(super) slots: &'static [Slot],
    /// An example, for messages.
    pub(super) expected: &'static str,
}

impl Syntax {
    /// The number of leading slots that identify the course.
    pub(super) fn locating_slots(&self) -> usize {
        self.slots.iter().take_while(|slot| slot.part.locates()).count()
    }
}

/// A place in the text.
pub(super) struct Slot {
    /// The text before the part. A `+` at the start of the key is omitted.
    pub(super) before: &'static str,
    pub(super) part: Part,
}

const fn slot(before: &'static str, part: Part) -> Slot {
    Slot { before, part }
}

impl Kind {
    pub(super) fn syntax(self) -> &'static Syntax {
        match self {
            Self::Course => &COURSE,
            Self::OldCourse => &OLD_COURSE,
            Self::Library => &LIBRARY,
            Self::Ccx => &CCX,
            Self::Block => &BLOCK,
            Self::OldBlock => &OLD_BLOCK,
            Self::LibraryBlock => &LIBRARY_BLOCK,
            Self::LibraryBlockV2 => &LIBRARY_BLOCK_V2,
            Self::LibraryV2 => &LIBRARY_V2,
            Self::LibraryCollection => &LIBRARY_COLLECTION,
            Self::LibraryContainer => &LIBRARY_CONTAINER,
            Self::CcxBlock => &CCX_BLOCK,
            Self::Location => &LOCATION,
        }
    }

    /// The kind of the course or library that a block of this kind belongs to.
    pub(super) fn of_course(self) -> Option<Self> {
        match self {
            Self::Block | Self::Location => Some(Self::Course),
            Self::LibraryBlock => Some(Self::Library),
            Self::CcxBlock => Some(Self::Ccx),
            _ => None,
        }
    }

    /// Whether the key belongs to a library, where upstream has `library` instead of `course`.
    pub(super) fn is_of_library(self) -> bool {
        matches!(self, Self::Library | Self::LibraryBlock | Self::LibraryBlockV2)
    }

    /// The last of the parts that a key must have unless it has a version.
    pub(super) fn locating_part(self) -> Part {
        if self.is_of_library() { Course } else { Run }
    }
}

const COURSE: Syntax = Syntax {
    namespace: "course-v1:",
    slots: &[
        slot("", Org),
        slot("+", Course),
        slot("+", Run),
        slot("+branch@", Branch),
        slot("+version@", VersionGuid),
    ],
    expected: "course-v1:org+course+run",
};

const OLD_COURSE: Syntax = Syntax {
    namespace: "",
    slots: &[slot("", Org), slot("/", Course), slot("/", Run)],
    expected: "org/course/run",
};

const LIBRARY: Syntax = Syntax {
    namespace: "library-v1:",
    slots: &[slot("", Org), slot("+", Course), slot("+branch@", Branch), slot("+version@", VersionGuid)],
    expected: "library-v1:org+library",
};

const CCX: Syntax = Syntax {
    namespace: "ccx-v1:",
    slots: &[
        slot("", Org),
        slot("+", Course),
        slot("+", Run),
        slot("+branch@", Branch),
        slot("+version@", VersionGuid),
        slot("+ccx@", Ccx),
    ],
    expected: "ccx-v1:org+course+run+ccx@1",
};

const BLOCK: Syntax = Syntax {
    namespace: "block-v1:",
    slots: &[
        slot("", Org),
        slot("+", Course),
        slot("+", Run),
        slot("+branch@", Branch),
        slot("+version@", VersionGuid),
        slot("+type@", BlockType),
        slot("+block@", BlockId),
    ],
    expected: "block-v1:org+course+run+type@type+block@id",
};

const OLD_BLOCK: Syntax = Syntax {
    namespace: "i4x://",
    slots: &[slot("", Org), slot("/", Course), slot("/", BlockType), slot("/", BlockId), slot("@", Branch)],
    expected: "i4x://org/course/category/name",
};

const LIBRARY_BLOCK: Syntax = Syntax {
    namespace: "lib-block-v1:",
    slots: &[
        slot("", Org),
        slot("+", Course),
        slot("+branch@", Branch),
        slot("+version@", VersionGuid),
        slot("+type@", BlockType),
        slot("+block@", BlockId),
    ],
    expected: "lib-block-v1:org+library+type@type+block@id",
};

const LIBRARY_BLOCK_V2: Syntax = Syntax {
    namespace: "lb:",
    slots: &[slot("", Org), slot(":", Course), slot(":", BlockType), slot(":", BlockId)],
    expected: "lb:org:slug:type:id",
};

const LIBRARY_V2: Syntax =
    Syntax { namespace: "lib:", slots: &[slot("", Org), slot(":", Course)], expected: "lib:org:slug" };

// The id of a collection or container has the place of a block id.
const LIBRARY_COLLECTION: Syntax = Syntax {
    namespace: "lib-collection:",
    slots: &[slot("", Org), slot(":", Course), slot(":", BlockId)],
    expected: "lib-collection:org:slug:id",
};

const LIBRARY_CONTAINER: Syntax = Syntax {
    namespace: "lct:",
    slots: &[slot("", Org), slot(":", Course), slot(":", BlockType), slot(":", BlockId)],
    expected: "lct:org:slug:type:id",
};

const CCX_BLOCK: Syntax = Syntax {
    namespace: "ccx-block-v1:",
    slots: &[
        slot("", Org),
        slot("+", Course),
        slot("+", Run),
        slot("+branch@", Branch),
        slot("+version@", VersionGuid),
        slot("+ccx@", Ccx),
        slot("+type@", BlockType),
        slot("+block@", BlockId),
    ],
    expected: "ccx-block-v1:org+course+run+ccx@1+type@type+block@id",
};

const LOCATION: Syntax = Syntax {
    namespace: "location:",
    slots: &[slot("", Org), slot("+", Course), slot("+", Run), slot("+", BlockType), slot("+", BlockId)],
    expected: "location:org+course+run+type+id",
};
