//! The grammar that `course-v1`, `library-v1`, `block-v1`, `lib-block-v1`, `ccx-v1` and `ccx-block-v1` share:
//! `[org+course[+run]] [branch@id] [version@hex] [ccx@digits] [type@id] [block@id]`, joined by `+`.

use std::iter::Peekable;
use std::str::Split;

use super::error::Problem;
use super::part::{Part, Parts};
use super::rule::Rule;
use super::word::same_but_for_case;

/// The variant of the grammar.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// edx-opaque-keys: names and hex digits in lower case, no `ccx@`.
    Edx,
    /// edx-ccx-keys: in any case, with `ccx@`.
    Ccx,
}

/// A part that is written with its name, as in `branch@draft`.
struct Named {
    name: &'static str,
    part: Part,
    rule: Rule,
}

const EDX_NAMED: [Named; 4] = [
    Named { name: "branch", part: Part::Branch, rule: Rule::Id },
    Named { name: "version", part: Part::VersionGuid, rule: Rule::LowerHex },
    Named { name: "type", part: Part::BlockType, rule: Rule::Id },
    Named { name: "block", part: Part::BlockId, rule: Rule::IdOrPercent },
];

const CCX_NAMED: [Named; 5] = [
    Named { name: "branch", part: Part::Branch, rule: Rule::Id },
    Named { name: "version", part: Part::VersionGuid, rule: Rule::Hex },
    Named { name: "ccx", part: Part::Ccx, rule: Rule::Digits },
    Named { name: "type", part: Part::BlockType, rule: Rule::Id },
    Named { name: "block", part: Part::BlockId, rule: Rule::Id },
];

type Pieces<'a> = Peekable<Split<'a, char>>;

impl Dialect {
    /// Reads the parts after the namespace in one pass. The kind of key decides which of them are required.
    pub(super) fn read(self, text: &str) -> Result<Parts<'_>, Problem> {
        let mut parts = Parts::default();
        if !text.is_empty() {
            let mut pieces = text.split('+').peekable();
            read_place(&mut pieces, &mut parts)?;
            self.read_named(pieces, &mut parts)?;
        }
        Ok(parts)
    }

    fn read_named<'a>(self, pieces: Pieces<'a>, parts: &mut Parts<'a>) -> Result<(), Problem> {
        // Continuing after the last name enforces the order and refuses repeated names.
        let mut expected = self.named().iter();
        for piece in pieces {
            let (name, text) = piece.split_once('@').ok_or_else(|| Problem::unexpected(piece))?;
            let named = expected
                .find(|named| self.is_name(named.name, name))
                .ok_or_else(|| Problem::unexpected(piece))?;
            named.rule.check(named.part, text)?;
            parts.set(named.part, text);
        }
        Ok(())
    }

    fn named(self) -> &'static [Named] {
        match self {
            Self::Edx => &EDX_NAMED,
            Self::Ccx => &CCX_NAMED,
        }
    }

    fn is_name(self, name: &str, text: &str) -> bool {
        match self {
            Self::Edx => name == text,
            Self::Ccx => same_but_for_case(name, text),
        }
    }
}

/// Reads org, course and run, which have no names.
fn read_place<'a>(pieces: &mut Pieces<'a>, parts: &mut Parts<'a>) -> Result<(), Problem> {
    for part in [Part::Org, Part::Course, Part::Run] {
        let Some(text) = pieces.next_if(|piece| !piece.contains('@')) else { break };
        Rule::Id.check(part, text)?;
        parts.set(part, text);
    }
    if parts.has(Part::Org) && !parts.has(Part::Course) {
        return Err(Problem::Missing(Part::Course));
    }
    Ok(())
}
