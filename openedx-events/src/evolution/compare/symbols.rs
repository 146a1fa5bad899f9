//! What a text or an Avro enum may be.

use super::place::Place;
use super::records::moved;
use super::{Comparison, Rule};
use crate::evolution::readers::{Breaks, Reader, Readers};

impl Comparison<'_> {
    /// The texts of an enum of Rust. Only Rust minds: to others it is a string.
    pub(super) fn string_symbols(&mut self, old: &[String], new: &[String], place: &Place) {
        for symbol in new.iter().filter(|symbol| !old.contains(symbol)) {
            let breaks = Breaks { forward: Reader::Rust.into(), ..Breaks::NONE };
            self.found(Rule::EnumSymbolAdded, place, breaks, &format!("`{symbol}` was added"));
        }
        for symbol in old.iter().filter(|symbol| !new.contains(symbol)) {
            let breaks = Breaks { backward: Reader::Rust.into(), ..Breaks::NONE };
            self.found(Rule::EnumSymbolRemoved, place, breaks, &format!("`{symbol}` was removed"));
        }
    }

    /// The symbols of an Avro enum, whose bytes are the symbol's place in the list. `defaults` tells whether the old and
    /// the new one have a symbol for what they do not know.
    pub(super) fn symbols(&mut self, old: &[String], new: &[String], defaults: (bool, bool), place: &Place) {
        let by_position = Readers::from(Reader::PythonRedis);
        for symbol in new.iter().filter(|symbol| !old.contains(symbol)) {
            let breaks = Breaks {
                backward: by_position.when(!new.starts_with(old)),
                forward: Readers::RESOLVING.when(!defaults.0).or(by_position),
            };
            self.found(Rule::EnumSymbolAdded, place, breaks, &format!("`{symbol}` was added"));
        }
        for symbol in old.iter().filter(|symbol| !new.contains(symbol)) {
            let breaks = Breaks {
                backward: Readers::RESOLVING.when(!defaults.1).or(by_position),
                forward: by_position.when(!old.starts_with(new)),
            };
            self.found(Rule::EnumSymbolRemoved, place, breaks, &format!("`{symbol}` was removed"));
        }
        let moved = moved(old, new);
        if !moved.is_empty() {
            let detail = format!("`{}` stands elsewhere", moved.join("`, `"));
            self.found(Rule::EnumSymbolsReordered, place, Breaks::both(by_position), &detail);
        }
    }
}
