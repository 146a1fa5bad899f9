//! Opaque keys: the identifiers of courses, libraries and blocks.
//!
//! | type | kinds of keys |
//! |---|---|
//! | [`CourseKey`] | courses, libraries in the old style, CCXs; see [`CourseKeyKind`] |
//! | [`UsageKey`] | blocks in all of these and in libraries, and their asides; see [`UsageKeyKind`] |
//! | [`CCXLocator`] | custom courses (CCX) |
//! | [`LibraryLocatorV2`] | libraries |
//! | [`LibraryUsageLocatorV2`], [`LibraryCollectionLocator`], [`LibraryContainerLocator`] | blocks, collections and containers in libraries |
//!
//! A key is created by parsing its text, and has a method for each of its parts. It is serialized as its canonical text,
//! which is the text that upstream writes.
//!
//! The valid texts are those of edx-opaque-keys 4.0.1 and edx-ccx-keys 2.1.0 on CPython 3.12, whose letters and numbers are
//! those of Unicode 15.0. Letters of later Unicode versions are errors, while upstream accepts them on a newer Python.
//!
//! ```
//! use openedx_events::keys::UsageKey;
//!
//! let key: UsageKey = serde_json::from_str(r#""location:edX+DemoX+R1+video+v1""#)?;
//! assert_eq!(key.block_type(), Some("video"));
//! assert_eq!(key.course_key().unwrap().as_str(), "course-v1:edX+DemoX+R1");
//! # Ok::<(), serde_json::Error>(())
//! ```

// From the outside in: the public types (`course`, `usage`, `ccx`, `libraries`), their representation (`text`, `aside`), how
// kinds are written (`syntax`) and read (`plain` for the usual spelling, otherwise `grammar`, which chooses `locator` or
// `separated`), and classes of characters (`rule`, `word`).
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
