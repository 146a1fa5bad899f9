//! Keys of libraries and of their contents.

use super::conversions::text_conversions;
use super::error::{InvalidKeyError, Problem, Refusal};
use super::part::{Part, Parts};
use super::syntax::Kind;
use super::text::KeyText;
use super::usage::{UsageKey, UsageKeyKind};

/// Reads a key of a type with only one kind.
fn read<const ENDS: usize>(
    kind: Kind,
    key_type: &'static str,
    text: &str,
) -> Result<KeyText<ENDS>, InvalidKeyError> {
    if let Some(key) = KeyText::plain(kind, text) {
        return Ok(key);
    }
    let syntax = kind.syntax();
    let key = match text.strip_prefix(syntax.namespace) {
        Some(rest) => KeyText::read(kind, rest, text),
        None => Err(Refusal::new(Problem::UnknownNamespace, syntax.expected)),
    };
    key.map_err(|refusal| InvalidKeyError::new(key_type, text, refusal))
}

/// Implements what the keys of libraries and of their contents have in common.
macro_rules! of_library {
    ($key:ident, $kind:ident) => {
        text_conversions!($key);

        impl $key {
            #[doc = concat!("Parses a key like `", stringify!($key), ".from_string` of edx-opaque-keys.")]
            ///
            /// Runs in linear time, and never panics.
            ///
            /// # Errors
            ///
            /// Returns an error if the text is not such a key. The message has the reason.
            pub fn parse(text: &str) -> Result<Self, InvalidKeyError> {
                read(Kind::$kind, stringify!($key), text).map(Self)
            }

            /// The text, which equals the parsed text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// The organization: ASCII letters, digits and `_ . -`.
            pub fn org(&self) -> &str {
                self.part(Part::Org)
            }

            /// The slug of the library: letters and numbers of any script, and `_ . -`.
            pub fn slug(&self) -> &str {
                self.part(Part::Course)
            }

            /// Always `false`: these keys have no old style.
            pub fn is_deprecated(&self) -> bool {
                false
            }

            /// A part that every key of this type has.
            fn part(&self, part: Part) -> &str {
                self.0.part(part).unwrap_or_default()
            }
        }
    };
}

/// The key of a library.
///
/// # Examples
///
/// ```
/// use openedx_events::keys::LibraryLocatorV2;
///
/// let key: LibraryLocatorV2 = "lib:edX:Demo".parse()?;
/// assert_eq!((key.org(), key.slug()), ("edX", "Demo"));
/// # Ok::<(), openedx_events::keys::InvalidKeyError>(())
/// ```
///
/// The valid texts are those of edx-opaque-keys 4.0.1; see [the module](super) for the letters. As there, each part may end
/// in a line feed, which belongs to it. Cloning does not allocate.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LibraryLocatorV2(KeyText<1>);

of_library!(LibraryLocatorV2, LibraryV2);

impl LibraryLocatorV2 {
    /// The key of the library with parts of another key.
    fn of(org: &str, slug: &str) -> Self {
        let mut parts = Parts::default();
        parts.set(Part::Org, org);
        parts.set(Part::Course, slug);
        match KeyText::new(Kind::LibraryV2, &parts, "") {
            Ok(key) => Self(key),
            Err(_) => unreachable!("the key is shorter than the one that its parts come from"),
        }
    }
}

/// The key of a collection in a library.
///
/// # Examples
///
/// ```
/// use openedx_events::keys::LibraryCollectionLocator;
///
/// let key: LibraryCollectionLocator = "lib-collection:edX:Demo:week-1".parse()?;
/// assert_eq!(key.collection_id(), "week-1");
/// assert_eq!(key.library_key().as_str(), "lib:edX:Demo");
/// # Ok::<(), openedx_events::keys::InvalidKeyError>(())
/// ```
///
/// The valid texts are those of edx-opaque-keys 4.0.1; see [`LibraryLocatorV2`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LibraryCollectionLocator(KeyText<2>);

of_library!(LibraryCollectionLocator, LibraryCollection);

impl LibraryCollectionLocator {
    /// The key of the library, which upstream calls `lib_key`.
    pub fn library_key(&self) -> LibraryLocatorV2 {
        LibraryLocatorV2::of(self.org(), self.slug())
    }

    /// The id of the collection in the library.
    pub fn collection_id(&self) -> &str {
        self.part(Part::BlockId)
    }
}

/// The key of a container in a library, such as a unit.
///
/// # Examples
///
/// ```
/// use openedx_events::keys::LibraryContainerLocator;
///
/// let key: LibraryContainerLocator = "lct:edX:Demo:unit:u1".parse()?;
/// assert_eq!((key.container_type(), key.container_id()), ("unit", "u1"));
/// assert_eq!(key.library_key().as_str(), "lib:edX:Demo");
/// # Ok::<(), openedx_events::keys::InvalidKeyError>(())
/// ```
///
/// The valid texts are those of edx-opaque-keys 4.0.1; see [`LibraryLocatorV2`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LibraryContainerLocator(KeyText<3>);

of_library!(LibraryContainerLocator, LibraryContainer);

impl LibraryContainerLocator {
    /// The key of the library, which upstream calls `lib_key`.
    pub fn library_key(&self) -> LibraryLocatorV2 {
        LibraryLocatorV2::of(self.org(), self.slug())
    }

    /// The type of the container, such as `unit`.
    pub fn container_type(&self) -> &str {
        self.part(Part::BlockType)
    }

    /// The id of the container in the library.
    pub fn container_id(&self) -> &str {
        self.part(Part::BlockId)
    }
}

/// The key of a block in a library.
///
/// # Examples
///
/// ```
/// use openedx_events::keys::{LibraryUsageLocatorV2, UsageKey};
///
/// let key: LibraryUsageLocatorV2 = "lb:edX:Demo:problem:p1".parse()?;
/// assert_eq!((key.block_type(), key.usage_id()), ("problem", "p1"));
/// assert_eq!(key.library_key().as_str(), "lib:edX:Demo");
/// assert_eq!(UsageKey::from(key).as_str(), "lb:edX:Demo:problem:p1");
/// # Ok::<(), openedx_events::keys::InvalidKeyError>(())
/// ```
///
/// It is a [`UsageKey`] of one kind. The valid texts are those of edx-opaque-keys 4.0.1; see [`LibraryLocatorV2`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LibraryUsageLocatorV2(UsageKey);

text_conversions!(LibraryUsageLocatorV2);

impl LibraryUsageLocatorV2 {
    /// Parses a key like `LibraryUsageLocatorV2.from_string` of edx-opaque-keys.
    ///
    /// Runs in linear time, and never panics.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not such a key. The message has the reason.
    pub fn parse(text: &str) -> Result<Self, InvalidKeyError> {
        read(Kind::LibraryBlockV2, "LibraryUsageLocatorV2", text).map(|key| Self(UsageKey::from(key)))
    }

    /// The text, which equals the parsed text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// This key as a [`UsageKey`].
    pub fn as_usage_key(&self) -> &UsageKey {
        &self.0
    }

    /// The key of the library, which upstream calls `lib_key`.
    pub fn library_key(&self) -> LibraryLocatorV2 {
        LibraryLocatorV2::of(self.org(), self.slug())
    }

    /// The organization: ASCII letters, digits and `_ . -`.
    pub fn org(&self) -> &str {
        self.0.org().unwrap_or_default()
    }

    /// The slug of the library: letters and numbers of any script, and `_ . -`.
    pub fn slug(&self) -> &str {
        self.0.slug().unwrap_or_default()
    }

    /// The type of the block, such as `problem`.
    pub fn block_type(&self) -> &str {
        self.0.block_type().unwrap_or_default()
    }

    /// The id of the block in the library.
    pub fn usage_id(&self) -> &str {
        self.0.block_id()
    }

    /// Always `false`: these keys have no old style.
    pub fn is_deprecated(&self) -> bool {
        false
    }
}

impl From<LibraryUsageLocatorV2> for UsageKey {
    fn from(key: LibraryUsageLocatorV2) -> Self {
        key.0
    }
}

impl TryFrom<UsageKey> for LibraryUsageLocatorV2 {
    /// The unchanged key, if it is of another kind.
    type Error = UsageKey;

    fn try_from(key: UsageKey) -> Result<Self, UsageKey> {
        if key.kind() == UsageKeyKind::LibraryUsageLocatorV2 { Ok(Self(key)) } else { Err(key) }
    }
}
