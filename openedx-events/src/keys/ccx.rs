//! Keys of custom courses.

use super::conversions::text_conversions;
use super::course::{CourseKey, CourseKeyKind};
use super::error::InvalidKeyError;

/// The key of a custom course (CCX).
///
/// # Examples
///
/// ```
/// use openedx_events::keys::{CCXLocator, CourseKey};
///
/// let key: CCXLocator = "ccx-v1:edX+DemoX+R1+ccx@7".parse()?;
/// assert_eq!(key.ccx(), "7");
/// assert_eq!(key.run(), Some("R1"));
///
/// let course_key = CourseKey::from(key);
/// assert_eq!(course_key.to_string(), "ccx-v1:edX+DemoX+R1+ccx@7");
/// # Ok::<(), openedx_events::keys::InvalidKeyError>(())
/// ```
///
/// It is a [`CourseKey`] of one kind; see there for valid texts and equality. As in edx-ccx-keys 2.1.0, `branch@`,
/// `version@`, `ccx@`, `type@` and `block@` are case-insensitive, and the canonical text has them in lower case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CCXLocator(CourseKey);

text_conversions!(CCXLocator);

impl CCXLocator {
    /// Parses a key like `CCXLocator.from_string` of edx-ccx-keys.
    ///
    /// Runs in linear time, and never panics.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not such a key. The message has the reason.
    pub fn parse(text: &str) -> Result<Self, InvalidKeyError> {
        CourseKey::read_ccx(text)
            .map(Self)
            .map_err(|refusal| InvalidKeyError::new("CCXLocator", text, refusal))
    }

    /// The canonical text, which is the text that upstream writes.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// This key as a [`CourseKey`].
    pub fn as_course_key(&self) -> &CourseKey {
        &self.0
    }

    /// The organization. `None` only for keys with a version.
    pub fn org(&self) -> Option<&str> {
        self.0.org()
    }

    /// The course. `None` only for keys with a version.
    pub fn course(&self) -> Option<&str> {
        self.0.course()
    }

    /// The run of the course. `None` only for keys with a version.
    pub fn run(&self) -> Option<&str> {
        self.0.run()
    }

    /// The branch, such as `draft`.
    pub fn branch(&self) -> Option<&str> {
        self.0.branch()
    }

    /// The version, a MongoDB `ObjectId`: 24 hex digits in lower case.
    pub fn version_guid(&self) -> Option<&str> {
        self.0.version_guid()
    }

    /// The number of the custom course, as text. It has decimal digits of any script, and `007` is different from `7`.
    pub fn ccx(&self) -> &str {
        self.0.ccx().unwrap_or_default()
    }

    /// Always `false`: CCXs have no keys in an old style.
    pub fn is_deprecated(&self) -> bool {
        self.0.is_deprecated()
    }
}

impl From<CCXLocator> for CourseKey {
    fn from(key: CCXLocator) -> Self {
        key.0
    }
}

impl TryFrom<CourseKey> for CCXLocator {
    /// The unchanged key, if it is of another kind.
    type Error = CourseKey;

    fn try_from(key: CourseKey) -> Result<Self, CourseKey> {
        if key.kind() == CourseKeyKind::CCXLocator { Ok(Self(key)) } else { Err(key) }
    }
}
