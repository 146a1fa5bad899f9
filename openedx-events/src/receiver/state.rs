//! The state that an application provides at start-up and receivers take with `#[state]`.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::ops::Deref;
use std::panic::Location;
use std::sync::{Arc, OnceLock, RwLock};

use crate::sync;

type Provided = HashMap<TypeId, (&'static (dyn Any + Send + Sync), &'static Location<'static>)>;

static PROVIDED: OnceLock<RwLock<Provided>> = OnceLock::new();

fn provided() -> &'static RwLock<Provided> {
    PROVIDED.get_or_init(RwLock::default)
}

/// Provides a value for the rest of the program's life.
pub(crate) fn insert<T: Send + Sync + 'static>(
    value: T,
    here: &'static Location<'static>,
) -> Result<(), ProvideError> {
    match sync::write(provided()).entry(TypeId::of::<T>()) {
        Entry::Occupied(before) => Err(ProvideError { type_name: type_name::<T>(), before: before.get().1 }),
        Entry::Vacant(slot) => {
            slot.insert((Box::leak(Box::new(value)), here));
            Ok(())
        }
    }
}

/// The provided value of a type.
pub(crate) fn get(type_id: TypeId) -> Option<&'static (dyn Any + Send + Sync)> {
    sync::read(provided()).get(&type_id).map(|(value, _)| *value)
}

/// The state that one receiver takes: the value is looked up at the first use and kept here.
///
/// It does not name the state's type: rustc would report a wrong type at the static a second time.
#[derive(Debug)]
pub struct StateSlot {
    value: OnceLock<&'static (dyn Any + Send + Sync)>,
}

impl StateSlot {
    #[doc(hidden)]
    pub const fn new() -> Self {
        Self { value: OnceLock::new() }
    }

    #[inline]
    pub(crate) fn get<T: Send + Sync + 'static>(&self) -> Result<StateRef<T>, MissingState> {
        let value = match self.value.get() {
            Some(value) => Some(*value),
            None => get(TypeId::of::<T>()).map(|value| *self.value.get_or_init(|| value)),
        };
        let value = value.and_then(|value| value.downcast_ref());
        value.map(StateRef::Program).ok_or(MissingState { type_name: type_name::<T>() })
    }
}

/// A state on loan to a receiver.
#[derive(Debug)]
pub enum StateRef<T: ?Sized + 'static> {
    /// Provided for the whole program.
    Program(&'static T),
    /// Provided inside a test scope, which may end before an async receiver does.
    Scope(Arc<T>),
}

impl<T: ?Sized> Deref for StateRef<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        match self {
            Self::Program(value) => value,
            Self::Scope(value) => value,
        }
    }
}

/// A receiver takes a state that was never provided.
#[derive(Clone, PartialEq, Eq)]
pub struct MissingState {
    pub(crate) type_name: &'static str,
}

impl fmt::Display for MissingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no state of type `{}`: call `openedx_events::provide(…)` before the first event is sent, and inside a \
             test scope within the scope",
            self.type_name
        )
    }
}

/// Reads like `Display`: `unwrap` and `fn main() -> Result<…>` print this one.
impl fmt::Debug for MissingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for MissingState {}

/// A state of this type was provided before.
#[derive(Clone, PartialEq, Eq)]
pub struct ProvideError {
    pub(crate) type_name: &'static str,
    pub(crate) before: &'static Location<'static>,
}

impl fmt::Display for ProvideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a state of type `{}` is already provided, at {}; wrap one of the two in a type of its own",
            self.type_name, self.before
        )
    }
}

/// Reads like `Display`: `unwrap` and `fn main() -> Result<…>` print this one.
impl fmt::Debug for ProvideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ProvideError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_reads_like_display() {
        struct Answer;

        insert(Answer, Location::caller()).unwrap();
        let error = insert(Answer, Location::caller()).unwrap_err();
        assert_eq!(format!("{error:?}"), error.to_string());
        assert!(error.to_string().contains("is already provided, at "), "{error}");

        let error = StateSlot::new().get::<u8>().unwrap_err();
        assert_eq!(format!("{error:?}"), error.to_string());
    }
}
