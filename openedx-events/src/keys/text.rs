//! The representation of all keys except those of asides: [`KeyText`].

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::error::{Problem, Refusal};
use super::part::{Part, Parts};
use super::plain;
use super::syntax::{Kind, Slot};

/// The canonical text of a key, and the positions of its parts.
///
/// Upstream reads some parts that it does not write, but that distinguish keys. They are stored after the canonical text in
/// the same allocation. `ENDS` is one less than the maximum number of parts of the type, because the last part ends with the
/// text.
///
/// The text is reference-counted, because events are passed to many receivers: cloning does not allocate.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct KeyText<const ENDS: usize> {
    text: Arc<str>,
    /// The end of each part, in the order of the form's slots. A part that is absent ends where it begins.
    ends: [u32; ENDS],
    form: Form,
}

/// How the parts of one key are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Form {
    pub(super) kind: Kind,
    /// The version alone identifies the course; the other locating parts are stored but not written.
    by_version: bool,
    /// There is no block type; upstream writes `type@None`.
    untyped: bool,
}

impl Form {
    /// The form of a key in the usual spelling.
    pub(super) fn plain(kind: Kind) -> Self {
        Self { kind, by_version: false, untyped: false }
    }

    pub(super) fn of(kind: Kind, parts: &Parts<'_>) -> Self {
        Self {
            kind,
            by_version: parts.has(Part::VersionGuid) && !parts.has(kind.locating_part()),
            untyped: matches!(kind, Kind::Block | Kind::CcxBlock) && !parts.has(Part::BlockType),
        }
    }

    /// The written slots with `true`, then the unwritten ones with `false`.
    fn slots(self) -> impl Iterator<Item = (&'static Slot, bool)> {
        let (unwritten, written) = self.kind.syntax().slots.split_at(self.unwritten());
        written.iter().map(|slot| (slot, true)).chain(unwritten.iter().map(|slot| (slot, false)))
    }

    /// The number of slots that are not written, which are the first ones of the syntax.
    fn unwritten(self) -> usize {
        if self.by_version { self.kind.syntax().locating_slots() } else { 0 }
    }

    /// The text before a part that is present.
    fn before(self, slot: &'static Slot, is_written: bool, at: usize) -> &'static str {
        let is_first = at == self.kind.syntax().namespace.len();
        match slot.before {
            _ if !is_written => "",
            before if is_first => before.strip_prefix('+').unwrap_or(before),
            before => before,
        }
    }

    fn part<'a>(self, parts: &Parts<'a>, part: Part) -> Option<&'a str> {
        if self.untyped && part == Part::BlockType { Some("None") } else { parts.get(part) }
    }

    /// The text in pieces: for each slot, the text before the part, and the part.
    fn pieces<'a>(self, parts: &Parts<'a>) -> impl Iterator<Item = Option<(&'static str, &'a str)>> {
        let mut at = self.kind.syntax().namespace.len();
        self.slots().map(move |(slot, is_written)| {
            let part = self.part(parts, slot.part)?;
            let before = self.before(slot, is_written, at);
            at += before.len() + part.len();
            Some((before, part))
        })
    }

    /// Whether the text is exactly what would be written.
    fn is_text(self, parts: &Parts<'_>, text: &str) -> bool {
        let Some(rest) = text.strip_prefix(self.kind.syntax().namespace) else { return false };
        let rest = self
            .pieces(parts)
            .flatten()
            .try_fold(rest, |rest, (before, part)| rest.strip_prefix(before)?.strip_prefix(part));
        rest == Some("")
    }

    fn write(self, parts: &Parts<'_>, length: usize) -> Arc<str> {
        let mut text = String::with_capacity(length);
        text.push_str(self.kind.syntax().namespace);
        for (before, part) in self.pieces(parts).flatten() {
            text.push_str(before);
            text.push_str(part);
        }
        text.into()
    }
}

fn has_upper_case_version(parts: &Parts<'_>) -> bool {
    parts.get(Part::VersionGuid).is_some_and(|version| version.bytes().any(|byte| byte.is_ascii_uppercase()))
}

impl<const ENDS: usize> KeyText<ENDS> {
    /// Reads a key of this kind from a text in the usual spelling. Returns `None` for any other text.
    #[inline]
    pub(super) fn plain(kind: Kind, text: &str) -> Option<Self> {
        let ends = plain::ends(kind, text)?;
        Some(Self { text: text.into(), ends, form: Form::plain(kind) })
    }

    /// Reads the key of this kind from what follows the namespace; `source` is the text with it.
    pub(super) fn read(kind: Kind, text: &str, source: &str) -> Result<Self, Refusal> {
        kind.read(text)
            .and_then(|parts| Self::new(kind, &parts, source))
            .map_err(|problem| Refusal::new(problem, kind.syntax().expected))
    }

    /// The key with these parts, which must be valid. If `source` is the canonical text, it is copied.
    pub(super) fn new(kind: Kind, parts: &Parts<'_>, source: &str) -> Result<Self, Problem> {
        if has_upper_case_version(parts) {
            let version = parts.get(Part::VersionGuid).unwrap_or_default().to_ascii_lowercase();
            let mut parts = *parts;
            parts.set(Part::VersionGuid, &version);
            return Self::new(kind, &parts, source);
        }
        let form = Form::of(kind, parts);
        let (ends, length) = ends(form, parts)?;
        let text = if form.is_text(parts, source) { source.into() } else { form.write(parts, length) };
        Ok(Self { text, ends, form })
    }

    pub(super) fn kind(&self) -> Kind {
        self.form.kind
    }

    /// The canonical text.
    pub(super) fn as_str(&self) -> &str {
        match self.form.unwritten() {
            0 => &self.text,
            unwritten => &self.text[..self.end(self.form.kind.syntax().slots.len() - unwritten - 1)],
        }
    }

    pub(super) fn part(&self, part: Part) -> Option<&str> {
        if self.form.untyped && part == Part::BlockType {
            return None;
        }
        let mut start = self.form.kind.syntax().namespace.len();
        for (index, (slot, is_written)) in self.form.slots().enumerate() {
            let end = self.end(index);
            if slot.part == part {
                let before = self.form.before(slot, is_written, start);
                return (end > start).then(|| &self.text[start + before.len()..end]);
            }
            start = end;
        }
        None
    }

    pub(super) fn course(&self) -> Option<&str> {
        if self.kind().is_of_library() { None } else { self.part(Part::Course) }
    }

    pub(super) fn library(&self) -> Option<&str> {
        match self.kind() {
            Kind::Library | Kind::LibraryBlock => self.part(Part::Course),
            _ => None,
        }
    }

    pub(super) fn slug(&self) -> Option<&str> {
        if self.kind() == Kind::LibraryBlockV2 { self.part(Part::Course) } else { None }
    }

    /// All parts.
    pub(super) fn parts(&self) -> Parts<'_> {
        let mut parts = Parts::default();
        for slot in self.form.kind.syntax().slots {
            if let Some(text) = self.part(slot.part) {
                parts.set(slot.part, text);
            }
        }
        parts
    }

    fn end(&self, index: usize) -> usize {
        self.ends.get(index).map_or(self.text.len(), |&end| end as usize)
    }
}

/// The ends of the parts, and the length of the text with the unwritten parts.
fn ends<const ENDS: usize>(form: Form, parts: &Parts<'_>) -> Result<([u32; ENDS], usize), Problem> {
    let mut ends = [0; ENDS];
    let mut length = form.kind.syntax().namespace.len();
    for (index, piece) in form.pieces(parts).enumerate() {
        length += piece.map_or(0, |(before, part)| before.len() + part.len());
        let end = u32::try_from(length).map_err(|_| Problem::TooLong)?;
        if let Some(place) = ends.get_mut(index) {
            *place = end;
        }
    }
    Ok((ends, length))
}

/// Hashes the text only, because equal keys have equal canonical texts.
impl<const ENDS: usize> Hash for KeyText<ENDS> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

/// By the canonical text, then by the parts that it does not show.
impl<const ENDS: usize> Ord for KeyText<ENDS> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str()
            .cmp(other.as_str())
            .then_with(|| (self.form, &self.text, self.ends).cmp(&(other.form, &other.text, other.ends)))
    }
}

impl<const ENDS: usize> PartialOrd for KeyText<ENDS> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
