//! What changed from one schema of an event to another, and what that breaks.

mod place;
mod records;
mod symbols;
mod types;

use std::collections::HashSet;

use super::change::Change;
use super::definition::Definition;
use super::readers::Breaks;
use super::rule::Rule;
use place::Place;

/// More changes than anybody reads: a record may stand in more places than there is time to tell.
const MOST: usize = 10_000;

/// What changed from one schema to another, in the order of the new one's fields.
///
/// A record that stands in several places is told of in each. The list ends after some ten thousand changes.
pub fn compare(old: &Definition, new: &Definition) -> Vec<Change> {
    let mut comparison = Comparison {
        old,
        new,
        open: Vec::new(),
        recursive: HashSet::new(),
        same: HashSet::new(),
        changes: Vec::new(),
    };
    comparison.types(old.root(), new.root(), &Place::outermost());
    comparison.changes
}

struct Comparison<'a> {
    old: &'a Definition,
    new: &'a Definition,
    /// The pairs of records around the place that is being compared: a record may hold a list of its own kind.
    open: Vec<(&'a str, &'a str)>,
    /// Those of them that were come to again inside themselves.
    recursive: HashSet<(&'a str, &'a str)>,
    /// Pairs of records that were found to be the same.
    same: HashSet<(&'a str, &'a str)>,
    changes: Vec<Change>,
}

impl Comparison<'_> {
    fn is_enough(&self) -> bool {
        self.changes.len() >= MOST
    }

    fn found(&mut self, rule: Rule, place: &Place, breaks: Breaks, detail: &str) {
        let (path, detail) = (visible(&place.path), visible(detail));
        self.changes.push(Change { rule, path, breaks, detail });
    }
}

/// A text of a schema on one line: a symbol may hold line breaks.
fn visible(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    line
}
