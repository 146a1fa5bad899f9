//! What each kind of change is called.

use std::fmt;
use std::str::FromStr;

macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)*) => {
        /// The kind of a change. Its text, such as `FIELD_REMOVED_WITHOUT_DEFAULT`, is what reports and waivers name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[doc = $doc])+ $variant,)*
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its text.
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
    /// The event is gone, or can no longer go on the event bus.
    EventRemoved = "EVENT_REMOVED",
    /// A new field that the data of before cannot fill.
    FieldAddedWithoutDefault = "FIELD_ADDED_WITHOUT_DEFAULT",
    /// A new field that has a default.
    FieldAddedWithDefault = "FIELD_ADDED_WITH_DEFAULT",
    /// A field is gone that the readers of before cannot do without.
    FieldRemovedWithoutDefault = "FIELD_REMOVED_WITHOUT_DEFAULT",
    /// A field is gone that had a default.
    FieldRemovedWithDefault = "FIELD_REMOVED_WITH_DEFAULT",
    /// A field stands in another place among the others.
    FieldReordered = "FIELD_REORDERED",
    /// A type became another one, neither of which reads the other.
    TypeChanged = "TYPE_CHANGED",
    /// A type became one that reads the former: `int` to `long`, one of a set of texts to any text.
    TypePromoted = "TYPE_PROMOTED",
    /// A type became one that the former reads: `long` to `int`, any text to one of a set.
    TypeNarrowed = "TYPE_NARROWED",
    /// A value may be null that could not be.
    NullableAdded = "NULLABLE_ADDED",
    /// A value may no longer be null.
    NullableRemoved = "NULLABLE_REMOVED",
    /// The branches of a union changed, in another way than by null.
    UnionChanged = "UNION_CHANGED",
    /// A record or an enum has another name. Avro goes by the name, positions do not.
    RecordRenamed = "RECORD_RENAMED",
    /// A text or an Avro enum may be one thing more.
    EnumSymbolAdded = "ENUM_SYMBOL_ADDED",
    /// A text or an Avro enum may be one thing less.
    EnumSymbolRemoved = "ENUM_SYMBOL_REMOVED",
    /// The symbols of an Avro enum stand in another order.
    EnumSymbolsReordered = "ENUM_SYMBOLS_REORDERED",
    /// A field has a default that had none.
    DefaultAdded = "DEFAULT_ADDED",
    /// A field's default is another one.
    DefaultChanged = "DEFAULT_CHANGED",
    /// A field has no default any more. Data from before the field was added become unreadable, which a transitive mode
    /// tells of.
    DefaultRemoved = "DEFAULT_REMOVED",
    /// The schema changed, and the event's minor version did not go up.
    MinorVersionNotRaised = "MINOR_VERSION_NOT_RAISED",
    /// The minor version changed, and the schema did not.
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

/// A text that names no [`Rule`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidRule {
    text: String,
}

impl fmt::Display for InvalidRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let near = crate::suggest::nearest(&self.text, Rule::ALL.iter().map(|rule| rule.name()));
        write!(f, "there is no rule `{}`{near}", self.text.escape_debug())
    }
}

impl std::error::Error for InvalidRule {}
