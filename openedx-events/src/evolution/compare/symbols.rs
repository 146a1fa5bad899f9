//! Comparison of the symbols of strings and Avro enums.

use std::collections::HashSet;

use super::place::Place;
use super::records::moved;
use super::{Comparison, Rule};
use crate::evolution::readers::{Breaks, Reader, Readers};

impl Comparison<'_> {
    /// Compares the texts of a Rust enum. Only Rust readers are affected: for others it is a string.
    pub(super) fn string_symbols(&mut self, old: &[String], new: &[String], place: &Place) {
        let (before, after) = (set(old), set(new));
        for symbol in new.iter().filter(|symbol| !before.contains(symbol)) {
            let breaks = Breaks { forward: Reader::Rust.into(), ..Breaks::NONE };
            self.found(Rule::EnumSymbolAdded, place, breaks, &format!("`{symbol}` was added"));
        }
        for symbol in old.iter().filter(|symbol| !after.contains(symbol)) {
            let breaks = Breaks { backward: Reader::Rust.into(), ..Breaks::NONE };
            self.found(Rule::EnumSymbolRemoved, place, breaks, &format!("`{symbol}` was removed"));
        }
    }

    /// Compares the symbols of an Avro enum, which are encoded as their index. `defaults` says whether the old and the
    /// new enum have a default for unknown symbols.
    pub(super) fn symbols(&mut self, old: &[String], new: &[String], defaults: (bool, bool), place: &Place) {
        let by_position = Readers::from(Reader::PythonRedis);
        let (before, after) = (set(old), set(new));
        let (is_longer, is_shorter) = (new.starts_with(old), old.starts_with(new));
        for symbol in new.iter().filter(|symbol| !before.contains(symbol)) {
            let breaks = Breaks {
                backward: by_position.when(!is_longer),
                forward: Readers::RESOLVING.when(!defaults.0).or(by_position),
            };
            self.found(Rule::EnumSymbolAdded, place, breaks, &format!("`{symbol}` was added"));
        }
        for symbol in old.iter().filter(|symbol| !after.contains(symbol)) {
            let breaks = Breaks {
                backward: Readers::RESOLVING.when(!defaults.1).or(by_position),
                forward: by_position.when(!is_shorter),
            };
            self.found(Rule::EnumSymbolRemoved, place, breaks, &format!("`{symbol}` was removed"));
        }
        let moved = moved(old, new);
        if !moved.is_empty() {
            let detail = format!("`{}` moved", moved.join("`, `"));
            self.found(Rule::EnumSymbolsReordered, place, Breaks::both(by_position), &detail);
        }
    }
}

fn set(symbols: &[String]) -> HashSet<&String> {
    symbols.iter().collect()
}
