//! The grammar of keys whose parts have fixed positions and one separator.

use super::error::Problem;
use super::part::{Part, Parts};
use super::rule::Rule;

/// All parts, in the order of the text.
pub(super) struct Separated {
    separator: char,
    parts: &'static [(Part, Rule)],
}

/// `org/course/run`
pub(super) const OLD_COURSE: Separated = Separated {
    separator: '/',
    parts: &[(Part::Org, Rule::OldStyle), (Part::Course, Rule::OldStyle), (Part::Run, Rule::OldStyleOrEmpty)],
};

/// `org/course/category/name`
const OLD_BLOCK: Separated = Separated {
    separator: '/',
    parts: &[
        (Part::Org, Rule::OldStyle),
        (Part::Course, Rule::OldStyle),
        (Part::BlockType, Rule::Anything),
        (Part::BlockId, Rule::IdOrPercent),
    ],
};

/// `org+course+run+type+id`
pub(super) const LOCATION: Separated = Separated {
    separator: '+',
    parts: &[
        (Part::Org, Rule::Id),
        (Part::Course, Rule::Id),
        (Part::Run, Rule::Id),
        (Part::BlockType, Rule::Id),
        (Part::BlockId, Rule::Id),
    ],
};

/// `org:slug`
pub(super) const LIBRARY_V2: Separated =
    Separated { separator: ':', parts: &[(Part::Org, Rule::AsciiSlug), (Part::Course, Rule::Slug)] };

/// `org:slug:id`
pub(super) const LIBRARY_COLLECTION: Separated = Separated {
    separator: ':',
    parts: &[(Part::Org, Rule::AsciiSlug), (Part::Course, Rule::Slug), (Part::BlockId, Rule::Slug)],
};

/// `org:slug:type:id`, of a block and of a container
pub(super) const LIBRARY_BLOCK_V2: Separated = Separated {
    separator: ':',
    parts: &[
        (Part::Org, Rule::AsciiSlug),
        (Part::Course, Rule::Slug),
        (Part::BlockType, Rule::AsciiSlug),
        (Part::BlockId, Rule::Slug),
    ],
};

impl Separated {
    pub(super) fn read<'a>(&self, text: &'a str) -> Result<Parts<'a>, Problem> {
        let mut parts = Parts::default();
        let mut pieces = text.split(self.separator);
        for &(part, rule) in self.parts {
            let piece = pieces.next().ok_or(Problem::Missing(part))?;
            rule.check(part, piece)?;
            parts.set(part, piece);
        }
        pieces.next().map_or(Ok(parts), |extra| Err(Problem::unexpected(extra)))
    }
}

/// Reads `org/course/category/name[@revision]`. Upstream uses the revision as the branch.
pub(super) fn read_old_block(text: &str) -> Result<Parts<'_>, Problem> {
    let (text, revision) = split_revision(text);
    let mut parts = OLD_BLOCK.read(text)?;
    if let Some(revision) = revision {
        Rule::IdOrPercent.check(Part::Branch, revision)?;
        parts.set(Part::Branch, revision);
    }
    Ok(parts)
}

/// Splits at the first `@` after the last slash, because a category may contain one.
fn split_revision(text: &str) -> (&str, Option<&str>) {
    let name = text.rfind('/').map_or(0, |slash| slash + 1);
    match text[name..].find('@') {
        Some(at) => (&text[..name + at], Some(&text[name + at + 1..])),
        None => (text, None),
    }
}
