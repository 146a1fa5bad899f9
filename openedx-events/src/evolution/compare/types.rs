//! Comparison of two types in one place.

use std::mem::discriminant;

use super::place::{Place, by_position};
use super::{Comparison, Rule};
use crate::avro::{Named, Primitive, RecordField, Type, split};
use crate::evolution::readers::{Breaks, Reader, Readers};
use crate::evolution::resolve::Resolver;

impl<'a> Comparison<'a> {
    pub(super) fn types(&mut self, old: &'a Type, new: &'a Type, place: &Place) {
        match (old, new) {
            _ if self.is_enough() => {}
            (Type::Primitive(one), Type::Primitive(other)) if one == other => {}
            (Type::Primitive(one), Type::Primitive(other)) => {
                self.primitives((old, *one), (new, *other), place);
            }
            (Type::StringEnum(one), Type::StringEnum(other)) => self.string_symbols(one, other, place),
            (Type::StringEnum(_), Type::Primitive(Primitive::String)) => {
                let breaks = Breaks { forward: Reader::Rust.into(), ..Breaks::NONE };
                self.replaced(Rule::TypePromoted, old, new, place, breaks);
            }
            (Type::Primitive(Primitive::String), Type::StringEnum(_)) => {
                let breaks = Breaks { backward: Reader::Rust.into(), ..Breaks::NONE };
                self.replaced(Rule::TypeNarrowed, old, new, place, breaks);
            }
            (Type::Array(old), Type::Array(new)) => self.types(old, new, &place.items()),
            (Type::Map(old), Type::Map(new)) => self.types(old, new, &place.values()),
            (Type::Named(one), Type::Named(other)) => self.named((old, one), (new, other), place),
            (Type::Union(_), _) | (_, Type::Union(_)) => self.unions(old, new, place),
            _ => self.others(Rule::TypeChanged, old, new, place),
        }
    }

    fn replaced(&mut self, rule: Rule, old: &Type, new: &Type, place: &Place, breaks: Breaks) {
        let detail = format!("{old} became {new}");
        self.found(rule, place, breaks, &detail);
    }

    fn primitives(&mut self, old: (&'a Type, Primitive), new: (&'a Type, Primitive), place: &Place) {
        let (widens, narrows) = (old.1.promotes_to(new.1), new.1.promotes_to(old.1));
        let rule = match (widens, narrows) {
            (true, _) => Rule::TypePromoted,
            (false, true) => Rule::TypeNarrowed,
            (false, false) => Rule::TypeChanged,
        };
        let misread =
            |readers: Readers| Breaks { backward: readers.when(!widens), forward: readers.when(!narrows) };
        // If the encoding is the same, readers by position read it as well as readers by name.
        let breaks = if is_one_shape(old.1, new.1) {
            misread(Readers::ALL)
        } else {
            misread(Readers::RESOLVING).or(by_position())
        };
        self.replaced(rule, old.0, new.0, place, breaks);
    }

    /// Compares two types of different kinds. Avro's resolution may still read one as the other.
    fn others(&mut self, rule: Rule, old: &'a Type, new: &'a Type, place: &Place) {
        let resolving = |reader: Reader| {
            (
                Resolver::new(self.old, self.new, reader).resolves(old, new),
                Resolver::new(self.new, self.old, reader).resolves(new, old),
            )
        };
        let mut breaks = by_position();
        for reader in Readers::RESOLVING.iter() {
            let (reads_old, reads_new) = resolving(reader);
            breaks = breaks.or(Breaks {
                backward: Readers::from(reader).when(!reads_old),
                forward: Readers::from(reader).when(!reads_new),
            });
        }
        self.replaced(rule, old, new, place, breaks);
    }

    fn named(&mut self, old: (&'a Type, &'a str), new: (&'a Type, &'a str), place: &Place) {
        let pair = (old.1, new.1);
        let (before, after) = (self.old.get(old.1), self.new.get(new.1));
        if discriminant(before) != discriminant(after) {
            return self.others(Rule::TypeChanged, old.0, new.0, place);
        }
        if split(old.1).1 != split(new.1).1 {
            let breaks = Breaks::both(Readers::RESOLVING);
            self.replaced(Rule::RecordRenamed, old.0, new.0, place, breaks);
        }
        match (before, after) {
            (Named::Record(before), Named::Record(after)) => {
                if self.open.contains(&pair) {
                    self.recursive.insert(pair);
                } else if !self.same.contains(&pair) {
                    self.pair(pair, (before, after), place);
                }
            }
            (
                Named::Enum { symbols: before, default: old_default },
                Named::Enum { symbols: after, default: new_default },
            ) => {
                let defaults = (old_default.is_some(), new_default.is_some());
                self.symbols(before, after, defaults, place);
            }
            (Named::Fixed(before), Named::Fixed(after)) if before != after => {
                let detail = format!("{before} bytes became {after}");
                self.found(Rule::TypeChanged, place, Breaks::ALL, &detail);
            }
            _ => {}
        }
    }

    /// Compares two records that are not already being compared.
    fn pair(
        &mut self,
        pair: (&'a str, &'a str),
        fields: (&'a [RecordField], &'a [RecordField]),
        place: &Place,
    ) {
        let found = self.changes.len();
        self.open.push(pair);
        self.records(fields.0, fields.1, place);
        if place.is_last && self.recursive.contains(&pair) && self.changes.len() > found {
            // The record also occurs inside itself, where it is not the last.
            self.changes.truncate(found);
            self.records(fields.0, fields.1, &Place { is_last: false, ..place.clone() });
        }
        self.open.pop();
        if self.changes.len() == found {
            self.same.insert(pair);
        }
    }

    fn unions(&mut self, old: &'a Type, new: &'a Type, place: &Place) {
        match (Nullable::of(old), Nullable::of(new)) {
            (Some(before), Some(after)) if before.is_first == after.is_first => {
                self.types(before.inner, after.inner, place);
            }
            (Some(before), Some(after)) => {
                let breaks = by_position();
                self.replaced(Rule::UnionChanged, old, new, place, breaks);
                self.types(before.inner, after.inner, place);
            }
            (None, Some(after)) if !matches!(*old, Type::Union(_) | Type::NULL) => {
                let breaks = Breaks { forward: Readers::RESOLVING, ..Breaks::NONE }.or(by_position());
                self.replaced(Rule::NullableAdded, old, new, place, breaks);
                self.types(old, after.inner, place);
            }
            (Some(before), None) if !matches!(*new, Type::Union(_) | Type::NULL) => {
                let breaks = Breaks { backward: Readers::RESOLVING, ..Breaks::NONE }.or(by_position());
                self.replaced(Rule::NullableRemoved, old, new, place, breaks);
                self.types(before.inner, new, place);
            }
            _ => match (old, new) {
                (Type::Union(before), Type::Union(after)) if self.are_alike(before, after) => {
                    before.iter().zip(after).for_each(|(old, new)| self.types(old, new, place));
                }
                _ => self.others(Rule::UnionChanged, old, new, place),
            },
        }
    }

    /// Whether two unions have branches of the same kinds in the same order.
    fn are_alike(&self, old: &[Type], new: &[Type]) -> bool {
        old.len() == new.len()
            && old.iter().zip(new).all(|(old, new)| match (old, new) {
                (Type::Array(_), Type::Array(_))
                | (Type::Map(_), Type::Map(_))
                | (Type::StringEnum(_), Type::StringEnum(_)) => true,
                (Type::Named(old), Type::Named(new)) => {
                    split(old).1 == split(new).1
                        && discriminant(self.old.get(old)) == discriminant(self.new.get(new))
                }
                (old, new) => old == new,
            })
    }
}

/// A union of null and one other type.
struct Nullable<'a> {
    inner: &'a Type,
    /// Whether null is the first branch.
    is_first: bool,
}

impl<'a> Nullable<'a> {
    fn of(shown: &'a Type) -> Option<Self> {
        match shown {
            Type::Union(branches) => match branches.as_slice() {
                [Type::NULL, inner] => Some(Self { inner, is_first: true }),
                [inner, Type::NULL] => Some(Self { inner, is_first: false }),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Whether two types have the same encoding: integers of any size, and strings and bytes.
fn is_one_shape(one: Primitive, other: Primitive) -> bool {
    use Primitive::{Bytes, Int, Long, String};
    matches!((one, other), (Int | Long, Int | Long) | (Bytes | String, Bytes | String))
}
