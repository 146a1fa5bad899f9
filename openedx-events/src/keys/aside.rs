//! Keys of asides, which contain another usage key.

use std::borrow::Cow;
use std::sync::Arc;

use super::error::{Problem, Refusal};
use super::escape::{Depth, escape_v1, unescape_v1};
use super::usage::{PlainUsage, UsageKey};

pub(super) const V1: &str = "aside-usage-v1:";
const V2: &str = "aside-usage-v2";
const V1_EXPECTED: &str = "aside-usage-v1:block-v1:org+course+run+type@type+block@id::aside";
const V2_EXPECTED: &str = "aside-usage-v2:block-v1$:org+course+run+type@type+block@id::aside";

/// An aside's key.
///
/// Of an aside of an aside of …, only the canonical text and the innermost key are stored. The levels between are read from
/// the text on demand: the text doubles with each level, so storing all of them would not be linear.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Aside {
    text: Box<str>,
    pub(super) wrap: Wrap,
    /// The innermost key: plain, or an `aside-usage-v1`, which contains a plain one.
    pub(super) inner: UsageKey,
}

/// How an aside's key contains the innermost key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Wrap {
    /// Such a key does not contain another aside's key, which would have a `::`.
    V1,
    /// An `aside-usage-v2` key, nested to this depth.
    V2(Depth),
}

impl Aside {
    /// Reads what follows `aside-usage-v1:`.
    pub(super) fn read_v1(text: &str) -> Result<Self, Refusal> {
        let refused = |problem| Refusal::new(problem, V1_EXPECTED);
        let (key, aside_type) = split_first(text);
        unescape_v1(aside_type).map_err(refused)?;
        let inner = PlainUsage::read_any(&unescape_v1(key).map_err(refused)?)?;
        if inner.as_str().ends_with(':') || inner.as_str().contains("::") {
            return Err(refused(Problem::InnerEnd));
        }
        let text = format!("{V1}{}::{aside_type}", escape_v1(inner.as_str()));
        Ok(Self { text: text.into(), wrap: Wrap::V1, inner: inner.into() })
    }

    /// Reads an `aside-usage-v2` key from the whole text, in which `nest` is not empty.
    pub(super) fn read_v2(text: &str, nest: Nest<'_>) -> Result<Self, Refusal> {
        let source = nest.depth.unescape(nest.inner).map_err(|problem| Refusal::new(problem, V2_EXPECTED))?;
        let inner = UsageKey::read_inner(&source)?;
        let text = if inner.as_str() == source { text.into() } else { nest.around(inner.as_str(), text) };
        Ok(Self { text, wrap: Wrap::V2(nest.depth), inner })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The key of the block that the aside belongs to.
    pub(super) fn usage_key(&self) -> UsageKey {
        match self.wrap {
            Wrap::V2(depth) if depth != Depth::ONCE => UsageKey::from(Self {
                text: unescaped(Depth::ONCE.unescape(self.halves().0), self.halves().0).into(),
                wrap: Wrap::V2(depth.shallower()),
                inner: self.inner.clone(),
            }),
            _ => self.inner.clone(),
        }
    }

    pub(super) fn aside_type(&self) -> Cow<'_, str> {
        let escaped = self.halves().1;
        match self.wrap {
            _ if !escaped.contains('$') => Cow::Borrowed(escaped),
            Wrap::V1 => unescaped(unescape_v1(escaped), escaped),
            Wrap::V2(_) => unescaped(Depth::ONCE.unescape(escaped), escaped),
        }
    }

    /// The two halves of the text after the namespace, still escaped.
    fn halves(&self) -> (&str, &str) {
        match self.wrap {
            Wrap::V1 => split_first(&self.text[V1.len()..]),
            Wrap::V2(_) => {
                let text = &self.text[V2.len() + 1..];
                split_last(text, Depth::NONE).unwrap_or((text, ""))
            }
        }
    }
}

impl From<Aside> for UsageKey {
    fn from(aside: Aside) -> Self {
        Self::of_aside(Arc::new(aside))
    }
}

/// The unescaped text. Cannot fail, because the text was checked when the key was read.
fn unescaped(text: Result<String, Problem>, escaped: &str) -> Cow<'_, str> {
    text.map_or(Cow::Borrowed(escaped), Cow::Owned)
}

/// The position of the innermost key in a text of nested `aside-usage-v2` keys.
#[derive(Clone, Copy)]
pub(super) struct Nest<'a> {
    /// Still escaped, `depth` times.
    inner: &'a str,
    start: usize,
    depth: Depth,
}

impl<'a> Nest<'a> {
    /// Finds the innermost key in linear time: each level reads only its own namespace and aside type.
    pub(super) fn of(text: &'a str) -> Result<Self, Refusal> {
        let mut nest = Self { inner: text, start: 0, depth: Depth::NONE };
        while let Some(halves) = nest.after_namespace() {
            nest = nest.inwards(halves).map_err(|problem| Refusal::new(problem, V2_EXPECTED))?;
        }
        Ok(nest)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.depth == Depth::NONE
    }

    fn after_namespace(&self) -> Option<&'a str> {
        let text = self.inner.strip_prefix(V2)?;
        strip_dollars(text, self.depth.before_colon())?.strip_prefix(':')
    }

    fn inwards(self, halves: &'a str) -> Result<Self, Problem> {
        let (inner, aside_type) = split_last(halves, self.depth)?;
        let depth = self.depth.deeper();
        depth.check(aside_type)?;
        Ok(Self { inner, start: self.start + self.inner.len() - halves.len(), depth })
    }

    /// The text with another spelling of the innermost key.
    fn around(&self, inner: &str, text: &str) -> Box<str> {
        let (before, after) = (&text[..self.start], &text[self.start + self.inner.len()..]);
        [before, &self.depth.escape(inner), after].concat().into()
    }
}

fn strip_dollars(text: &str, dollars: usize) -> Option<&str> {
    let (run, rest) = text.split_at_checked(dollars)?;
    run.bytes().all(|byte| byte == b'$').then_some(rest)
}

/// Splits at the first `::`, which may be missing.
fn split_first(text: &str) -> (&str, &str) {
    text.split_once("::").unwrap_or((text, ""))
}

/// Splits at the last `::` of a text that is escaped `depth` times. `$` before the first colon that belong to the key stay
/// with it.
fn split_last(text: &str, depth: Depth) -> Result<(&str, &str), Problem> {
    let mut later = None;
    for (at, _) in text.rmatch_indices(':') {
        if let Some(later) = later.replace(at)
            && strip_dollars(&text[at + 1..later], depth.before_colon()) == Some("")
        {
            let key = strip_last_dollars(&text[..at], depth.before_colon()).ok_or(Problem::Escape)?;
            return Ok((key, &text[later + 1..]));
        }
    }
    Err(Problem::AsideType)
}

fn strip_last_dollars(text: &str, dollars: usize) -> Option<&str> {
    let (rest, run) = text.split_at_checked(text.len().checked_sub(dollars)?)?;
    run.bytes().all(|byte| byte == b'$').then_some(rest)
}
