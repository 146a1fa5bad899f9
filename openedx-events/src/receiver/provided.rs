//! The values that were provided, by their types: [`Provided`].

use std::any::{TypeId, type_name};
use std::collections::HashMap;
use std::collections::hash_map::{Entry, VacantEntry};
use std::fmt;
use std::panic::Location;

use super::state::{MissingState, ProvideError};

/// The provided values, one of each type.
#[derive(Debug)]
pub(crate) struct Provided<V>(HashMap<TypeId, Origin<V>>);

#[derive(Debug)]
struct Origin<V> {
    kept: V,
    type_name: &'static str,
    location: &'static Location<'static>,
}

impl<V> Default for Provided<V> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<V> Provided<V> {
    /// The place for the value of a type, if there is none yet. The value itself is not taken before: one that is refused is
    /// dropped by the caller, without the lock, and its drop may do anything.
    pub(crate) fn slot<T: 'static>(&mut self) -> Result<Slot<'_, V>, ProvideError> {
        let type_name = type_name::<T>();
        match self.0.entry(TypeId::of::<T>()) {
            Entry::Occupied(before) => Err(ProvideError { type_name, before: before.get().location }),
            Entry::Vacant(entry) => Ok(Slot { entry, type_name }),
        }
    }

    /// The value of a type.
    pub(crate) fn find<T: 'static>(&self) -> Result<&V, MissingState> {
        let value = self.0.get(&TypeId::of::<T>()).map(|origin| &origin.kept);
        value.ok_or_else(|| self.missing_of(type_name::<T>()))
    }

    /// Why there is no value of the type with this id and name; `None` if there is one.
    pub(crate) fn missing(&self, type_id: TypeId, type_name: &'static str) -> Option<MissingState> {
        (!self.0.contains_key(&type_id)).then(|| self.missing_of(type_name))
    }

    fn missing_of(&self, type_name: &'static str) -> MissingState {
        let similar =
            self.0.values().filter_map(|value| Some((likeness(type_name, value.type_name)?, value)));
        // Of several that are as like the one with the shortest name, so that the choice does not depend on the order of a map.
        let similar =
            similar.min_by_key(|(likeness, value)| (*likeness, value.type_name.len(), value.type_name));
        let similar = similar.map(|(_, value)| Similar {
            wanted: type_name,
            type_name: value.type_name,
            location: value.location,
        });
        MissingState { type_name, similar }
    }
}

/// The place for the value of one type.
pub(crate) struct Slot<'p, V> {
    entry: VacantEntry<'p, TypeId, Origin<V>>,
    type_name: &'static str,
}

impl<V> Slot<'_, V> {
    /// Keeps the value, which was provided here.
    pub(crate) fn fill(self, value: V, location: &'static Location<'static>) {
        self.entry.insert(Origin { kept: value, type_name: self.type_name, location });
    }
}

/// A provided value of another type that was probably meant: one wraps the other, such as an `Arc`, or they have the same
/// name in different modules.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Similar {
    wanted: &'static str,
    type_name: &'static str,
    location: &'static Location<'static>,
}

impl fmt::Display for Similar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (wanted, provided) = (short(self.wanted), short(self.type_name));
        let (wanted, provided) =
            if wanted == provided { (self.wanted, self.type_name) } else { (&*wanted, &*provided) };
        write!(
            f,
            "a `{provided}` was provided instead, at {}: take `#[state] …: &{provided}`, or provide a `{wanted}`",
            self.location
        )
    }
}

/// How like another type is, the likeliest slip first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    Wrapper,
    Wrapped,
    Namesake,
}

fn likeness(wanted: &str, provided: &str) -> Option<Likeness> {
    let (wanted, provided) = (short(wanted), short(provided));
    if wraps(&provided, &wanted) {
        Some(Likeness::Wrapper)
    } else if wraps(&wanted, &provided) {
        Some(Likeness::Wrapped)
    } else {
        (wanted == provided).then_some(Likeness::Namesake)
    }
}

/// Whether a type is another one in a wrapper or several, such as `Arc<Mutex<Inner>>`.
fn wraps(outer: &str, inner: &str) -> bool {
    let held = |wrapper: &&str| outer.strip_prefix(*wrapper)?.strip_prefix('<')?.strip_suffix('>');
    WRAPPERS.iter().find_map(held).is_some_and(|held| held == inner || wraps(held, inner))
}

const WRAPPERS: [&str; 7] = ["Arc", "Box", "Cow", "LazyLock", "Mutex", "Option", "RwLock"];

/// The name of a type without the paths in it: `Arc<Db>` for `alloc::sync::Arc<app::Db>`.
fn short(type_name: &str) -> String {
    let mut short = String::with_capacity(type_name.len());
    for part in type_name.split_inclusive(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
        short.push_str(part.rsplit("::").next().unwrap_or(part));
    }
    short
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    struct Db;

    mod other {
        pub(super) struct Db;
    }

    fn missing<Wanted: 'static, Given: 'static>() -> String {
        let mut provided = Provided::default();
        provided.slot::<Given>().unwrap().fill((), Location::caller());
        provided.find::<Wanted>().unwrap_err().to_string()
    }

    #[test]
    fn a_wrapper_around_what_is_wanted_is_named() {
        let text = missing::<Db, Arc<Db>>();
        assert!(text.contains("a `Arc<Db>` was provided instead, at "), "{text}");
        assert!(text.ends_with("take `#[state] …: &Arc<Db>`, or provide a `Db`"), "{text}");
        assert!(missing::<Db, Arc<Mutex<Db>>>().contains("&Arc<Mutex<Db>>"));
        assert!(missing::<Vec<Db>, Arc<Vec<Db>>>().contains("&Arc<Vec<Db>>"));
    }

    #[test]
    fn what_is_wanted_in_a_wrapper_is_named() {
        let text = missing::<Arc<Db>, Db>();
        assert!(text.ends_with("take `#[state] …: &Db`, or provide a `Arc<Db>`"), "{text}");
    }

    #[test]
    fn a_type_of_the_same_name_is_named_with_its_module() {
        let text = missing::<Db, other::Db>();
        assert!(text.contains("::tests::other::Db` was provided instead"), "{text}");
    }

    #[test]
    fn other_types_are_not() {
        for text in [missing::<Db, Vec<Db>>(), missing::<Db, String>(), missing::<Db, Arc<String>>()] {
            assert!(text.contains("call `openedx_events::provide(…)`"), "{text}");
        }
    }
}
