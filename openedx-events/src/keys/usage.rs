//! Keys of blocks and of their asides.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use super::aside::{Aside, Nest, V1, Wrap};
use super::conversions::text_conversions;
use super::course::CourseKey;
use super::error::{InvalidKeyError, Problem, Refusal};
use super::part::Part;
use super::syntax::Kind;
use super::text::KeyText;

/// The key of a block in a course or library, or of an aside of a block.
///
/// # Examples
///
/// ```
/// use openedx_events::keys::{UsageKey, UsageKeyKind};
///
/// let key: UsageKey = "block-v1:edX+DemoX+R1+type@problem+block@p1".parse()?;
/// assert_eq!(key.kind(), UsageKeyKind::BlockUsageLocator);
/// assert_eq!((key.block_type(), key.block_id()), (Some("problem"), "p1"));
/// assert_eq!(key.course_key(), Some("course-v1:edX+DemoX+R1".parse()?));
///
/// let aside: UsageKey = "aside-usage-v2:lb$:edX$:Lib$:problem$:p1::tags".parse()?;
/// assert_eq!(aside.usage_key(), Some("lb:edX:Lib:problem:p1".parse()?));
/// assert_eq!(aside.aside_type().as_deref(), Some("tags"));
/// # Ok::<(), openedx_events::keys::InvalidKeyError>(())
/// ```
///
/// The valid texts are those of edx-opaque-keys 4.0.1 and edx-ccx-keys 2.1.0; see [the module](super) for the letters.
///
/// Two keys are equal if all their parts are equal. Their texts may be equal although their parts are not: upstream writes a
/// missing block type as `None`, and omits the course if there is a version but no run. Keys are ordered by their text
/// first.
///
/// The parts of an aside's key are those of the innermost key. Cloning does not allocate.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UsageKey(Repr);

text_conversions!(UsageKey);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Repr {
    Plain(PlainUsage),
    Aside(Arc<Aside>),
}

/// A usage key that is not an aside's.
pub(super) type PlainUsage = KeyText<7>;

/// The kind of a [`UsageKey`], with the names of upstream's classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum UsageKeyKind {
    /// A block in a course: `block-v1:` or `i4x://`
    BlockUsageLocator,
    /// A block in a library of the old style: `lib-block-v1:`
    LibraryUsageLocator,
    /// A block in a library: `lb:`
    LibraryUsageLocatorV2,
    /// A block in a custom course (CCX): `ccx-block-v1:`
    CCXBlockUsageLocator,
    /// A block in a course: `location:`
    DeprecatedLocation,
    /// An aside of a block: `aside-usage-v1:`
    AsideUsageKeyV1,
    /// An aside of a block: `aside-usage-v2:`
    AsideUsageKeyV2,
}

impl UsageKeyKind {
    /// The name of upstream's class.
    pub fn class_name(self) -> &'static str {
        match self {
            Self::BlockUsageLocator => "BlockUsageLocator",
            Self::LibraryUsageLocator => "LibraryUsageLocator",
            Self::LibraryUsageLocatorV2 => "LibraryUsageLocatorV2",
            Self::CCXBlockUsageLocator => "CCXBlockUsageLocator",
            Self::DeprecatedLocation => "DeprecatedLocation",
            Self::AsideUsageKeyV1 => "AsideUsageKeyV1",
            Self::AsideUsageKeyV2 => "AsideUsageKeyV2",
        }
    }
}

impl UsageKey {
    /// Parses a key like `UsageKey.from_string` of edx-opaque-keys.
    ///
    /// Runs in linear time, also for asides of asides, and never panics.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not such a key. The message has the reason.
    pub fn parse(text: &str) -> Result<Self, InvalidKeyError> {
        match PlainUsage::plain(Kind::Block, text) {
            Some(key) => Ok(Self(Repr::Plain(key))),
            None => Self::read(text).map_err(|refusal| InvalidKeyError::new("UsageKey", text, refusal)),
        }
    }

    fn read(text: &str) -> Result<Self, Refusal> {
        let nest = Nest::of(text)?;
        if nest.is_empty() { Self::read_inner(text) } else { Aside::read_v2(text, nest).map(Self::from) }
    }

    /// Reads a key that can be the innermost one of an `aside-usage-v2`.
    pub(super) fn read_inner(text: &str) -> Result<Self, Refusal> {
        match text.strip_prefix(V1) {
            Some(rest) => Aside::read_v1(rest).map(Self::from),
            None => PlainUsage::read_any(text).map(Self::from),
        }
    }

    pub(super) fn of_aside(aside: Arc<Aside>) -> Self {
        Self(Repr::Aside(aside))
    }

    /// The canonical text, which is the text that upstream writes.
    ///
    /// It may differ from the parsed text. Upstream may read it as a different key, see [`UsageKey`].
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Plain(key) => key.as_str(),
            Repr::Aside(aside) => aside.as_str(),
        }
    }

    /// The kind of the key.
    pub fn kind(&self) -> UsageKeyKind {
        match &self.0 {
            Repr::Plain(key) => plain_kind(key.kind()),
            Repr::Aside(aside) => match aside.wrap {
                Wrap::V1 => UsageKeyKind::AsideUsageKeyV1,
                Wrap::V2(_) => UsageKeyKind::AsideUsageKeyV2,
            },
        }
    }

    /// Whether the key is in the old style, `i4x://`. As upstream, `false` for an aside of such a key.
    pub fn is_deprecated(&self) -> bool {
        matches!(&self.0, Repr::Plain(key) if key.kind() == Kind::OldBlock)
    }

    /// The key of the course, CCX or library in the old style that the block is in.
    ///
    /// `None` for a block in a library ([`LibraryUsageLocatorV2`](UsageKeyKind::LibraryUsageLocatorV2)), which is not a
    /// course, and in the old style, where the key has no run and upstream cannot write a course key.
    pub fn course_key(&self) -> Option<CourseKey> {
        let key = self.innermost();
        CourseKey::from_parts(key.kind().of_course()?, &key.parts())
    }

    /// The key of the block that the aside belongs to. `None` unless this is the key of an aside.
    pub fn usage_key(&self) -> Option<Self> {
        self.aside().map(Aside::usage_key)
    }

    /// The type of the aside, which may be any text, including an empty one. `None` unless this is the key of an aside.
    pub fn aside_type(&self) -> Option<Cow<'_, str>> {
        self.aside().map(Aside::aside_type)
    }

    /// The organization. `None` only for keys with a version.
    pub fn org(&self) -> Option<&str> {
        self.innermost().part(Part::Org)
    }

    /// The course. `None` only for keys with a version, and for blocks in libraries.
    pub fn course(&self) -> Option<&str> {
        self.innermost().course()
    }

    /// The library, for blocks in libraries of the old style.
    pub fn library(&self) -> Option<&str> {
        self.innermost().library()
    }

    /// The slug of the library, for blocks in libraries ([`LibraryUsageLocatorV2`](UsageKeyKind::LibraryUsageLocatorV2)).
    pub fn slug(&self) -> Option<&str> {
        self.innermost().slug()
    }

    /// The run of the course. `None` for blocks in libraries; in courses, only for keys with a version and in the old style.
    pub fn run(&self) -> Option<&str> {
        self.innermost().part(Part::Run)
    }

    /// The branch, such as `draft`. In the old style it is called the revision.
    pub fn branch(&self) -> Option<&str> {
        self.innermost().part(Part::Branch)
    }

    /// The version, a MongoDB `ObjectId`: 24 hex digits in lower case.
    pub fn version_guid(&self) -> Option<&str> {
        self.innermost().part(Part::VersionGuid)
    }

    /// The number of the custom course, as text. It has decimal digits of any script, and `007` is different from `7`.
    pub fn ccx(&self) -> Option<&str> {
        self.innermost().part(Part::Ccx)
    }

    /// The type of the block, such as `problem`. It may be missing after `block-v1:` and `ccx-block-v1:`.
    pub fn block_type(&self) -> Option<&str> {
        self.innermost().part(Part::BlockType)
    }

    /// The id of the block. Upstream calls it `usage_id`, too, for blocks in libraries
    /// ([`LibraryUsageLocatorV2`](UsageKeyKind::LibraryUsageLocatorV2)).
    pub fn block_id(&self) -> &str {
        self.innermost().part(Part::BlockId).unwrap_or_default()
    }

    fn aside(&self) -> Option<&Aside> {
        match &self.0 {
            Repr::Plain(_) => None,
            Repr::Aside(aside) => Some(aside),
        }
    }

    /// Recurses at most twice: an aside stores the innermost key, or an `aside-usage-v1` that stores it.
    fn innermost(&self) -> &PlainUsage {
        match &self.0 {
            Repr::Plain(key) => key,
            Repr::Aside(aside) => aside.inner.innermost(),
        }
    }
}

fn plain_kind(kind: Kind) -> UsageKeyKind {
    match kind {
        Kind::LibraryBlock => UsageKeyKind::LibraryUsageLocator,
        Kind::LibraryBlockV2 => UsageKeyKind::LibraryUsageLocatorV2,
        Kind::CcxBlock => UsageKeyKind::CCXBlockUsageLocator,
        Kind::Location => UsageKeyKind::DeprecatedLocation,
        _ => UsageKeyKind::BlockUsageLocator,
    }
}

impl PlainUsage {
    /// Reads a key of any kind except an aside's.
    pub(super) fn read_any(text: &str) -> Result<Self, Refusal> {
        let (kind, rest) = match text.split_once(':') {
            Some(("block-v1", rest)) => (Kind::Block, rest),
            Some(("lib-block-v1", rest)) => (Kind::LibraryBlock, rest),
            Some(("lb", rest)) => (Kind::LibraryBlockV2, rest),
            Some(("ccx-block-v1", rest)) => (Kind::CcxBlock, rest),
            Some(("location", rest)) => (Kind::Location, rest),
            Some(("i4x", rest)) if rest.starts_with("//") => (Kind::OldBlock, &rest["//".len()..]),
            _ => return Err(Refusal::new(Problem::UnknownNamespace, Kind::Block.syntax().expected)),
        };
        Self::plain(kind, text).map_or_else(|| Self::read(kind, rest, text), Ok)
    }
}

impl From<PlainUsage> for UsageKey {
    fn from(key: PlainUsage) -> Self {
        Self(Repr::Plain(key))
    }
}

/// By the canonical text, then by the parts that it does not show.
impl Ord for UsageKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for UsageKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
