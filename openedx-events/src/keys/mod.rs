//! Opaque keys: the names of courses, libraries and blocks.
//!
//! [`CourseKey`] and [`UsageKey`] each take several kinds of key, as they do upstream; [`CCXLocator`] and those of
//! libraries take one. A key
//! is made by parsing text and can be asked for its parts. It is serialized as its canonical text, the one upstream
//! writes.
//!
//! The texts that are taken are those that edx-opaque-keys 4.0.1 and edx-ccx-keys 2.1.0 take on CPython 3.12, whose
//! letters and numbers are those of Unicode 15.0. Letters that were added to Unicode later are refused, though
//! upstream on a newer Python takes them.
//!
//! ```
//! use openedx_events::keys::UsageKey;
//!
//! let key: UsageKey = serde_json::from_str(r#""location:edX+DemoX+R1+video+v1""#)?;
//! assert_eq!(key.block_type(), Some("video"));
//! assert_eq!(key.course_key().unwrap().as_str(), "course-v1:edX+DemoX+R1");
//! # Ok::<(), serde_json::Error>(())
//! ```

// For the reader, from the outside in: the types (`course`, `usage`, `ccx`, `libraries`), what they hold (`text`,
// `aside`), how kinds are written (`syntax`) and read (`plain` in the usual case, else `grammar`, which picks `locator`
// or `separated`), and what characters are.
mod aside;
mod ccx;
mod conversions;
mod course;
mod error;
mod escape;
mod grammar;
mod libraries;
mod locator;
mod part;
mod plain;
mod rule;
mod separated;
mod syntax;
mod text;
mod usage;
mod word;

/// Passes the types of keys to a macro, so that every trait is implemented for the same list.
macro_rules! for_each_key {
    ($callback:ident) => {
        $callback! {
            CourseKey UsageKey CCXLocator LibraryLocatorV2 LibraryUsageLocatorV2 LibraryCollectionLocator
            LibraryContainerLocator
        }
    };
}
pub(crate) use for_each_key;

pub use ccx::CCXLocator;
pub use course::{CourseKey, CourseKeyKind};
pub use error::InvalidKeyError;
pub use libraries::{
    LibraryCollectionLocator, LibraryContainerLocator, LibraryLocatorV2, LibraryUsageLocatorV2,
};
pub use usage::{UsageKey, UsageKeyKind};
