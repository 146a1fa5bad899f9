//! The usual spelling of a key, read in one pass over its bytes.
//!
//! Nearly all keys that services send are ASCII, have exactly the parts of their kind, and are in canonical form. For such a
//! key only the ends of its parts have to be found. All other texts, valid or not, are read by the
//! [grammar](super::grammar), which has the same result for these keys.

use super::part::Part;
use super::syntax::{Kind, Slot};

/// The ends of the parts, in the order of the slots. `None` if the text is not in the usual spelling.
pub(super) fn ends<const ENDS: usize>(kind: Kind, text: &str) -> Option<[u32; ENDS]> {
    let syntax = kind.syntax();
    let (classes, bytes) = (classes(kind)?, text.as_bytes());
    let first = syntax.namespace.len();
    if !text.starts_with(syntax.namespace) || u32::try_from(bytes.len()).is_err() {
        return None;
    }
    let (mut ends, mut at) = ([0; ENDS], first);
    for (index, slot) in syntax.slots.iter().enumerate() {
        match before(slot, &bytes[at..], at == first) {
            Some(before) => at = end(slot, classes, bytes, at + before)?,
            None if !is_optional(slot.part) => return None,
            None => {}
        }
        if let Some(place) = ends.get_mut(index) {
            // Never fails: the length of the text was checked above.
            *place = u32::try_from(at).ok()?;
        }
    }
    (at == bytes.len()).then_some(ends)
}

/// The length of the text before the part. `None` if it is not there.
#[inline]
fn before(slot: &Slot, rest: &[u8], is_first: bool) -> Option<usize> {
    let expected = slot.before.as_bytes();
    match expected {
        _ if is_first && expected.is_empty() => Some(0),
        // The first part does not belong to the first slot, so a part is missing.
        _ if is_first => None,
        [separator] => (rest.first() == Some(separator)).then_some(1),
        // Most other names differ in the first letter.
        [_, letter, ..] => {
            (rest.get(1) == Some(letter) && rest.starts_with(expected)).then_some(expected.len())
        }
        [] => None,
    }
}

/// The end of the part that starts at `start`. Upstream requires at least one character.
#[inline]
fn end(slot: &Slot, classes: Classes, bytes: &[u8], start: usize) -> Option<usize> {
    match slot.part {
        Part::VersionGuid => (scan(bytes, start, HEX) == start + 24).then_some(start + 24),
        Part::Ccx => Some(scan(bytes, start, DIGIT)).filter(|end| *end > start),
        _ => Some(scan(bytes, start, classes)).filter(|end| *end > start),
    }
}

/// The end of the run of bytes of the class.
#[inline]
fn scan(bytes: &[u8], start: usize, class: Classes) -> usize {
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        if CLASSES[usize::from(byte)] & class == 0 {
            break;
        }
        at += 1;
    }
    at
}

/// Whether the part may be missing. A key without another part may be valid, but is not in the usual spelling.
fn is_optional(part: Part) -> bool {
    matches!(part, Part::Branch | Part::VersionGuid)
}

/// The characters of parts that are not numbers. `None` for kinds in the old style.
fn classes(kind: Kind) -> Option<Classes> {
    match kind {
        Kind::OldCourse | Kind::OldBlock => None,
        Kind::LibraryV2 | Kind::LibraryBlockV2 | Kind::LibraryCollection | Kind::LibraryContainer => {
            Some(SLUG)
        }
        _ => Some(ID),
    }
}

/// Sets of ASCII characters, one bit per set.
type Classes = u8;

/// The characters of [`Rule::Id`](super::rule::Rule::Id).
const ID: Classes = 1;
/// The characters of [`Rule::AsciiSlug`](super::rule::Rule::AsciiSlug), without the line feed.
const SLUG: Classes = 2;
/// The characters of [`Rule::LowerHex`](super::rule::Rule::LowerHex).
const HEX: Classes = 4;
/// The ASCII characters of [`Rule::Digits`](super::rule::Rule::Digits).
const DIGIT: Classes = 8;

/// The sets of each byte.
const CLASSES: [Classes; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        classes[byte as usize] = match byte {
            b'0'..=b'9' => ID | SLUG | HEX | DIGIT,
            b'a'..=b'f' => ID | SLUG | HEX,
            b'g'..=b'z' | b'A'..=b'Z' | b'_' | b'-' | b'.' => ID | SLUG,
            b'~' | b':' => ID,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

#[cfg(test)]
mod tests {
    use super::super::text::KeyText;
    use super::*;

    const KINDS: [Kind; 11] = [
        Kind::Course,
        Kind::Library,
        Kind::Ccx,
        Kind::Block,
        Kind::LibraryBlock,
        Kind::CcxBlock,
        Kind::Location,
        Kind::LibraryV2,
        Kind::LibraryBlockV2,
        Kind::LibraryCollection,
        Kind::LibraryContainer,
    ];

    const PIECES: [&str; 13] = [
        "a",
        "+b",
        ":c",
        "+branch@d",
        "+version@519665f6223ebd6980884f2b",
        "+version@519665F6223EBD6980884F2B",
        "+ccx@1",
        "+type@t",
        "+block@p1",
        "+block@p%",
        "@",
        "\u{e9}",
        "\n",
    ];

    /// The grammar reads the same keys.
    #[test]
    fn the_grammar_says_the_same() {
        let mut read = 0;
        for kind in KINDS {
            let mut texts = vec![kind.syntax().namespace.to_owned()];
            for _ in 0..5 {
                // Texts with an invalid beginning are dropped, or there would be too many.
                let longer = texts.iter().flat_map(|text| PIECES.map(|piece| text.clone() + piece));
                texts = longer.filter(|text| has_a_beginning(kind, text)).collect();
                read += texts.iter().filter(|text| is_same(kind, text)).count();
            }
        }
        assert!(read > 200, "{read} keys of the usual spelling");
    }

    fn has_a_beginning(kind: Kind, text: &str) -> bool {
        let rest = &text[kind.syntax().namespace.len()..];
        rest.starts_with('a') && !rest.contains("@@") && rest.matches('\n').count() < 2
    }

    fn is_same(kind: Kind, text: &str) -> bool {
        let rest = &text[kind.syntax().namespace.len()..];
        let plain = KeyText::<7>::plain(kind, text);
        assert!(plain.is_none() || plain == KeyText::<7>::read(kind, rest, text).ok(), "{text}");
        plain.is_some()
    }
}
