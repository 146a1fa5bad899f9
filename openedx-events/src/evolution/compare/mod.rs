//! Comparison of two schemas of an event: the changes and what they break.

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

/// Maximum number of changes. A record may be used in so many places that listing all of them takes too long.
const MOST: usize = 10_000;

/// Returns the changes from one schema to another, in the order of the new schema's fields.
///
/// If a record is used in several places, its changes are listed for each of them. The list is cut off after some ten
/// thousand changes.
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
    /// The pairs of records that contain the present place: a record may contain a list of its own type.
    open: Vec<(&'a str, &'a str)>,
    /// Those of them that were reached again inside themselves.
    recursive: HashSet<(&'a str, &'a str)>,
    /// Pairs of records that are known to be equal.
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

/// Escapes a text of a schema to fit on one line: a symbol may contain line breaks.
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
