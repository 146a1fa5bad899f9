//! Keys of courses and of libraries in the old style.

use super::conversions::text_conversions;
use super::error::{InvalidKeyError, Problem, Refusal};
use super::part::{Part, Parts};
use super::syntax::Kind;
use super::text::KeyText;

/// The key of a course, of a library in the old style, or of a CCX.
///
/// # Examples
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
/// The valid texts are those of edx-opaque-keys 4.0.1 and edx-ccx-keys 2.1.0; see [the module](super) for the letters.
///
/// Two keys are equal if all their parts are equal. Their texts may be equal although their parts are not: for a course that
/// is identified by its version, upstream reads org, course and branch, but writes only the version. Keys are ordered by
/// their text first.
///
/// Cloning does not allocate.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CourseKey(KeyText<5>);

text_conversions!(CourseKey);

/// The kind of a [`CourseKey`], with the names of upstream's classes.
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
    /// Parses a key like `CourseKey.from_string` of edx-opaque-keys.
    ///
    /// Runs in linear time, and never panics.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not such a key. The message has the reason.
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

    /// Reads the key of a CCX.
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

    /// The canonical text, which is the text that upstream writes.
    ///
    /// It may differ from the parsed text. Upstream may read it as a different key, see [`CourseKey`].
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The kind of the key.
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

    /// The organization. `None` only for keys with a version.
    pub fn org(&self) -> Option<&str> {
        self.0.part(Part::Org)
    }

    /// The course. `None` only for keys with a version, and for libraries, which have a [`library`](Self::library).
    pub fn course(&self) -> Option<&str> {
        self.0.course()
    }

    /// The library. `None` for keys of courses.
    pub fn library(&self) -> Option<&str> {
        self.0.library()
    }

    /// The run of the course. `None` only for keys with a version, and for libraries. May be empty in the old style.
    pub fn run(&self) -> Option<&str> {
        self.0.part(Part::Run)
    }

    /// The branch, such as `draft`.
    pub fn branch(&self) -> Option<&str> {
        self.0.part(Part::Branch)
    }

    /// The version, a MongoDB `ObjectId`: 24 hex digits in lower case.
    pub fn version_guid(&self) -> Option<&str> {
        self.0.part(Part::VersionGuid)
    }

    /// The number of the custom course, as text. It has decimal digits of any script, and `007` is different from `7`.
    pub fn ccx(&self) -> Option<&str> {
        self.0.part(Part::Ccx)
    }
}
