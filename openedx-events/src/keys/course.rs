//! Keys of courses and of old libraries.

use super::conversions::text_conversions;
use super::error::{InvalidKeyError, Problem, Refusal};
use super::part::{Part, Parts};
use super::syntax::Kind;
use super::text::KeyText;

/// The key of a course, of a library in the old style, or of a CCX.
///
/// ```
/// use openedx_events::keys::{CourseKey, CourseKeyKind};
///
/// let key: CourseKey = "course-v1:edX+DemoX+R1+branch@draft".parse()?;
/// assert_eq!(key.kind(), CourseKeyKind::CourseLocator);
/// assert_eq!((key.org(), key.course(), key.run()), (Some("edX"), Some("DemoX"), Some("R1")));
/// assert_eq!(key.branch(), Some("draft"));
///
/// let old: CourseKey = "edX/DemoX/R1".parse()?;
/// assert!(old.is_deprecated());
/// assert_eq!(old.to_string(), "edX/DemoX/R1");
/// # Ok::<(), openedx_events::keys::InvalidKeyError>(())
/// ```
///
/// What edx-opaque-keys 4.0.1 and edx-ccx-keys 2.1.0 take and refuse, this type takes and refuses; see
/// [the module](super) for the letters.
///
/// Keys are equal when all their parts are. That is more than their texts say: of a course that is named by its
/// version, upstream reads org, course and branch but writes the version alone. Order is by text first.
///
/// A clone allocates nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CourseKey(KeyText<5>);

text_conversions!(CourseKey);

/// What a [`CourseKey`] is the key of, by upstream's class names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CourseKeyKind {
    /// A course: `course-v1:` or `org/course/run`
    CourseLocator,
    /// A library in the old style: `library-v1:`
    LibraryLocator,
    /// A custom course (CCX): `ccx-v1:`
    CCXLocator,
}

impl CourseKeyKind {
    /// The name of upstream's class.
    pub fn class_name(self) -> &'static str {
        match self {
            Self::CourseLocator => "CourseLocator",
            Self::LibraryLocator => "LibraryLocator",
            Self::CCXLocator => "CCXLocator",
        }
    }
}

impl CourseKey {
    /// Reads a key as `CourseKey.from_string` of edx-opaque-keys does.
    ///
    /// An error says what the text lacks. There is no panic, and the time is proportional to the text's length.
    pub fn parse(text: &str) -> Result<Self, InvalidKeyError> {
        match KeyText::plain(Kind::Course, text) {
            Some(key) => Ok(Self(key)),
            None => Self::read(text).map_err(|refusal| InvalidKeyError::new("CourseKey", text, refusal)),
        }
    }

    fn read(text: &str) -> Result<Self, Refusal> {
        let (kind, rest) = match text.split_once(':') {
            Some(("course-v1" | "slashes", rest)) => (Kind::Course, rest),
            Some(("library-v1", rest)) => (Kind::Library, rest),
            Some(("ccx-v1", rest)) => (Kind::Ccx, rest),
            None if text.contains('/') => (Kind::OldCourse, text),
            _ => return Err(Refusal::new(Problem::UnknownNamespace, Kind::Course.syntax().expected)),
        };
        KeyText::read(kind, rest, text).map(Self)
    }

    /// Reads a key that can only be a CCX's.
    pub(super) fn read_ccx(text: &str) -> Result<Self, Refusal> {
        if let Some(key) = KeyText::plain(Kind::Ccx, text) {
            return Ok(Self(key));
        }
        match text.strip_prefix("ccx-v1:") {
            Some(rest) => KeyText::read(Kind::Ccx, rest, text).map(Self),
            None => Err(Refusal::new(Problem::UnknownNamespace, Kind::Ccx.syntax().expected)),
        }
    }

    /// The key of a course or library with parts that were read from another key.
    pub(super) fn from_parts(kind: Kind, parts: &Parts<'_>) -> Option<Self> {
        KeyText::new(kind, parts, "").ok().map(Self)
    }

    /// The canonical text, which is what upstream writes.
    ///
    /// It need not be the text that was parsed, and upstream does not always read it as an equal key.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// What this is the key of.
    pub fn kind(&self) -> CourseKeyKind {
        match self.0.kind() {
            Kind::Library => CourseKeyKind::LibraryLocator,
            Kind::Ccx => CourseKeyKind::CCXLocator,
            _ => CourseKeyKind::CourseLocator,
        }
    }

    /// Whether the key is in the old style, `org/course/run`.
    pub fn is_deprecated(&self) -> bool {
        self.0.kind() == Kind::OldCourse
    }

    /// The organization. Only a key with a version can lack it.
    pub fn org(&self) -> Option<&str> {
        self.0.part(Part::Org)
    }

    /// The course. Only a key with a version can lack it, and a library, which has a [`library`](Self::library).
    pub fn course(&self) -> Option<&str> {
        self.0.course()
    }

    /// The library. Only a library's key has one.
    pub fn library(&self) -> Option<&str> {
        self.0.library()
    }

    /// The run of the course. Only a key with a version can lack it, and a library. In the old style it may be
    /// empty.
    pub fn run(&self) -> Option<&str> {
        self.0.part(Part::Run)
    }

    /// The branch, such as `draft`.
    pub fn branch(&self) -> Option<&str> {
        self.0.part(Part::Branch)
    }

    /// The version: 24 hex digits in lower case, a MongoDB `ObjectId`.
    pub fn version_guid(&self) -> Option<&str> {
        self.0.part(Part::VersionGuid)
    }

    /// The number of the custom course, as text: decimal digits of any script, and `007` is not `7`.
    pub fn ccx(&self) -> Option<&str> {
        self.0.part(Part::Ccx)
    }
}
