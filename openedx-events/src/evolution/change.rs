//! One change.

use super::readers::Breaks;
use super::rule::Rule;

/// A difference between two schemas of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The kind of change.
    pub rule: Rule,
    /// The path: the names of fields, with `[]` for the items of a list and `{}` for the values of a map, such as
    /// `enrollment.user.pii.username`. Empty for the event itself.
    pub path: String,
    /// What it breaks.
    pub breaks: Breaks,
    /// A description for people: the old and the new state, and the position.
    pub detail: String,
}
