//! One change.

use super::readers::Breaks;
use super::rule::Rule;

/// A difference between two schemas of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// What kind it is.
    pub rule: Rule,
    /// Where: the names of fields, with `[]` for the items of a list and `{}` for the values of a map, such as
    /// `enrollment.user.pii.username`. Empty for the event itself.
    pub path: String,
    /// What it breaks.
    pub breaks: Breaks,
    /// What was, what is, and where: for people.
    pub detail: String,
}
