//! Comparison of the fields of two records.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::place::{Place, by_position};
use super::{Comparison, Rule};
use crate::avro::RecordField;
use crate::evolution::readers::{Breaks, Reader, Readers};
use crate::evolution::resolve::fills;

impl<'a> Comparison<'a> {
    pub(super) fn records(&mut self, old: &'a [RecordField], new: &'a [RecordField], place: &Place) {
        let by_position = Positions::of(old, new, place);
        let former: HashMap<_, _> = old.iter().map(|field| (field.name.as_str(), field)).collect();
        let names_now = names(new);
        let after: HashSet<_> = names_now.iter().copied().collect();
        let moved: HashSet<_> = moved(&names(old), &names_now).into_iter().collect();
        for (index, field) in new.iter().enumerate() {
            let is_last = index + 1 == new.len() && old.last().is_some_and(|last| last.name == field.name);
            let place = place.field(&field.name, is_last);
            let Some(former) = former.get(field.name.as_str()) else {
                let next = new.get(index + 1);
                let is_inserted = next.is_some_and(|next| former.contains_key(next.name.as_str()));
                self.added(field, next, is_inserted, &place, by_position.added);
                continue;
            };
            if moved.contains(field.name.as_str()) {
                let breaks = Breaks::both(Readers::from(Reader::PythonRedis));
                self.found(Rule::FieldReordered, &place, breaks, &where_it_is(new, index));
            }
            self.types(&former.field_type, &field.field_type, &place);
            self.defaults(former.default.as_ref(), field.default.as_ref(), &place);
        }
        for field in old.iter().filter(|field| !after.contains(field.name.as_str())) {
            self.removed(field, &place.field(&field.name, false), by_position.removed);
        }
    }

    fn added(
        &mut self,
        field: &RecordField,
        next: Option<&RecordField>,
        is_inserted: bool,
        place: &Place,
        by_position: Breaks,
    ) {
        let unfilled = Readers::RESOLVING.iter().filter(|reader| !fills(*reader, field)).collect();
        let breaks = Breaks { backward: unfilled, ..Breaks::NONE }.or(by_position);
        let (rule, default) = match &field.default {
            None => (Rule::FieldAddedWithoutDefault, "no default".to_owned()),
            Some(default) => (Rule::FieldAddedWithDefault, format!("default {default}")),
        };
        let field_type = &field.field_type;
        let position = match next {
            Some(next) if is_inserted => format!("inserted before `{}`", next.name),
            Some(next) => format!("before `{}`", next.name),
            None => "at the end of the record".to_owned(),
        };
        self.found(rule, place, breaks, &format!("{field_type}, {default}, {position}"));
    }

    fn removed(&mut self, field: &RecordField, place: &Place, by_position: Breaks) {
        let unfilled = Readers::RESOLVING.iter().filter(|reader| !fills(*reader, field)).collect();
        let breaks = Breaks { forward: unfilled, ..Breaks::NONE }.or(by_position);
        let (rule, default) = match &field.default {
            None => (Rule::FieldRemovedWithoutDefault, "had no default".to_owned()),
            Some(default) => (Rule::FieldRemovedWithDefault, format!("had the default {default}")),
        };
        let field_type = &field.field_type;
        self.found(rule, place, breaks, &format!("was {field_type}, {default}"));
    }

    fn defaults(&mut self, old: Option<&Value>, new: Option<&Value>, place: &Place) {
        let (rule, detail) = match (old, new) {
            (Some(old), Some(new)) if old != new => (Rule::DefaultChanged, format!("{old} became {new}")),
            (None, Some(new)) => (Rule::DefaultAdded, format!("is {new}")),
            (Some(old), None) => (Rule::DefaultRemoved, format!("was {old}")),
            _ => return,
        };
        self.found(rule, place, Breaks::NONE, &detail);
    }
}

/// What added and removed fields break for readers by position.
struct Positions {
    added: Breaks,
    removed: Breaks,
}

impl Positions {
    fn of(old: &[RecordField], new: &[RecordField], place: &Place) -> Self {
        let both = by_position();
        let common = old.iter().zip(new).take_while(|(old, new)| old.name == new.name).count();
        // Fields after the end of the other's bytes are ignored; fields missing there cannot be read.
        let (mut added, mut removed) = (both, both);
        if place.is_last && common == old.len() {
            added.forward = Readers::NONE;
        }
        if place.is_last && common == new.len() {
            removed.backward = Readers::NONE;
        }
        Self { added, removed }
    }
}

fn names(fields: &[RecordField]) -> Vec<&str> {
    fields.iter().map(|field| field.name.as_str()).collect()
}

fn where_it_is(fields: &[RecordField], index: usize) -> String {
    match index.checked_sub(1).and_then(|before| fields.get(before)) {
        Some(before) => format!("now after `{}`", before.name),
        None => "now first".to_owned(),
    }
}

/// Returns the smallest set of common items that must have moved to turn one order into the other.
pub(super) fn moved<'a, T: AsRef<str>>(old: &[T], new: &'a [T]) -> Vec<&'a str> {
    let places: HashMap<&str, usize> =
        old.iter().enumerate().map(|(place, name)| (name.as_ref(), place)).collect();
    let common: Vec<(&str, usize)> =
        new.iter().filter_map(|name| Some((name.as_ref(), *places.get(name.as_ref())?))).collect();
    // The longest increasing subsequence of positions: for each length the item that ends one in the lowest position, and for
    // each item the one before it.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(common.len());
    for (index, (_, place)) in common.iter().enumerate() {
        let len = ends.partition_point(|&end| common[end].1 < *place);
        before.push(len.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(len) {
            Some(end) => *end = index,
            None => ends.push(index),
        }
    }
    let mut stayed = vec![false; common.len()];
    let mut next = ends.last().copied();
    while let Some(index) = next {
        stayed[index] = true;
        next = before[index];
    }
    common.iter().zip(stayed).filter(|(_, stayed)| !stayed).map(|((name, _), _)| *name).collect()
}
