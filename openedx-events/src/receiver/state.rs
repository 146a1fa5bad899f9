//! The state that an application provides at start-up and receivers take with `#[state]`.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::ops::Deref;
use std::panic::Location;
use std::sync::{Arc, OnceLock, RwLock};

use super::similar_state::{ShortName, SimilarState};
use crate::chain::debug_like_display;
use crate::sync;

/// Where a value was provided, and of which type it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) type_name: &'static str,
    pub(crate) location: &'static Location<'static>,
}

impl Origin {
    pub(crate) fn new<T>(location: &'static Location<'static>) -> Self {
        Self { type_name: type_name::<T>(), location }
    }
}

type Provided = HashMap<TypeId, (&'static (dyn Any + Send + Sync), Origin)>;

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
        Entry::Occupied(before) => Err(ProvideError { before: before.get().1 }),
        Entry::Vacant(slot) => {
            slot.insert((Box::leak(Box::new(value)), Origin::new::<T>(here)));
            Ok(())
        }
    }
}

/// The provided value of a type.
pub(crate) fn get(type_id: TypeId) -> Option<&'static (dyn Any + Send + Sync)> {
    sync::read(provided()).get(&type_id).map(|(value, _)| *value)
}

/// What was provided.
pub(crate) fn origins() -> Vec<Origin> {
    sync::read(provided()).values().map(|(_, origin)| *origin).collect()
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
        value.map(StateRef::Program).ok_or_else(|| MissingState::new(type_name::<T>(), &origins(), &[]))
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
    type_name: &'static str,
    similar: Option<SimilarState>,
}

impl MissingState {
    /// The error for a state that is not among what is provided `here`. What is provided `outside` of the test scope is not
    /// seen here.
    #[cold]
    pub(crate) fn new(type_name: &'static str, here: &[Origin], outside: &[Origin]) -> Self {
        Self { type_name, similar: SimilarState::find(type_name, here, outside) }
    }
}

impl fmt::Display for MissingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no state of type `{}`", ShortName(self.type_name))?;
        match &self.similar {
            Some(similar) => write!(f, "; {similar}"),
            None => f.write_str(
                ": call `openedx_events::provide(…)` at start-up, and inside a test scope within the \
                 scope",
            ),
        }
    }
}

debug_like_display!(MissingState);

impl std::error::Error for MissingState {}

/// A state of this type was provided before.
#[derive(Clone, PartialEq, Eq)]
pub struct ProvideError {
    pub(crate) before: Origin,
}

impl fmt::Display for ProvideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a state of type `{}` is already provided, at {}; wrap one of the two in a type of its own",
            self.before.type_name, self.before.location
        )
    }
}

debug_like_display!(ProvideError);

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
