//! The kinds of changes.

use std::fmt;
use std::str::FromStr;

use crate::chain::debug_like_display;

macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)*) => {
        /// The kind of a change. Reports and waivers refer to it by its name, such as `FIELD_REMOVED_WITHOUT_DEFAULT`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[doc = $doc])+ $variant,)*
        }

        impl Rule {
            /// All rules.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns the name.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

rules! {
    /// A new event. It breaks nothing.
    EventAdded = "EVENT_ADDED",
    /// The event was removed, or can no longer be sent over the event bus.
    EventRemoved = "EVENT_REMOVED",
    /// A field without a default was added: older data lack it.
    FieldAddedWithoutDefault = "FIELD_ADDED_WITHOUT_DEFAULT",
    /// A field with a default was added.
    FieldAddedWithDefault = "FIELD_ADDED_WITH_DEFAULT",
    /// A field without a default was removed: older readers need it.
    FieldRemovedWithoutDefault = "FIELD_REMOVED_WITHOUT_DEFAULT",
    /// A field with a default was removed.
    FieldRemovedWithDefault = "FIELD_REMOVED_WITH_DEFAULT",
    /// A field moved to another position.
    FieldReordered = "FIELD_REORDERED",
    /// A type changed to another one, and neither can be read as the other.
    TypeChanged = "TYPE_CHANGED",
    /// A type changed to one that can read the former: `int` to `long`, or an enum to any text.
    TypePromoted = "TYPE_PROMOTED",
    /// A type changed to one that the former can read: `long` to `int`, or any text to an enum.
    TypeNarrowed = "TYPE_NARROWED",
    /// A value may now be null.
    NullableAdded = "NULLABLE_ADDED",
    /// A value may no longer be null.
    NullableRemoved = "NULLABLE_REMOVED",
    /// The branches of a union changed, other than by null.
    UnionChanged = "UNION_CHANGED",
    /// A record or an enum was renamed. Avro's resolution matches names; readers by position do not.
    RecordRenamed = "RECORD_RENAMED",
    /// A symbol was added to a Rust or Avro enum.
    EnumSymbolAdded = "ENUM_SYMBOL_ADDED",
    /// A symbol was removed from a Rust or Avro enum.
    EnumSymbolRemoved = "ENUM_SYMBOL_REMOVED",
    /// The symbols of an Avro enum are in another order.
    EnumSymbolsReordered = "ENUM_SYMBOLS_REORDERED",
    /// A default was added to a field.
    DefaultAdded = "DEFAULT_ADDED",
    /// The default of a field changed.
    DefaultChanged = "DEFAULT_CHANGED",
    /// The default of a field was removed. Data from before the field was added become unreadable, which a transitive
    /// mode reports.
    DefaultRemoved = "DEFAULT_REMOVED",
    /// The schema changed, but the event's minor version was not raised.
    MinorVersionNotRaised = "MINOR_VERSION_NOT_RAISED",
    /// The minor version changed, but the schema did not.
    MinorVersionChanged = "MINOR_VERSION_CHANGED",
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Rule {
    type Err = InvalidRule;

    fn from_str(text: &str) -> Result<Self, InvalidRule> {
        Self::ALL
            .iter()
            .copied()
            .find(|rule| rule.name() == text)
            .ok_or_else(|| InvalidRule { text: text.to_owned() })
    }
}

/// The error returned when a text is not the name of a [`Rule`].
#[derive(Clone, PartialEq, Eq)]
pub struct InvalidRule {
    text: String,
}

impl fmt::Display for InvalidRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let near = crate::suggest::nearest(&self.text, Rule::ALL.iter().map(|rule| rule.name()));
        write!(f, "unknown rule `{}`{near}", self.text.escape_debug())
    }
}

debug_like_display!(InvalidRule);

impl std::error::Error for InvalidRule {}
