//! The state that an application provides at start-up and receivers take with `#[state]`.

use std::any::{Any, TypeId, type_name};
use std::fmt;
use std::ops::Deref;
use std::panic::Location;
use std::sync::{Arc, OnceLock, RwLock};

use super::provided::{Provided, Similar};
use crate::sync;

type ForProgram = Provided<&'static (dyn Any + Send + Sync)>;

static PROVIDED: OnceLock<RwLock<ForProgram>> = OnceLock::new();

fn provided() -> &'static RwLock<ForProgram> {
    PROVIDED.get_or_init(RwLock::default)
}

/// Provides a value for the rest of the program's life.
pub(crate) fn insert<T: Send + Sync + 'static>(
    value: T,
    here: &'static Location<'static>,
) -> Result<(), ProvideError> {
    let mut provided = sync::write(provided());
    provided.slot::<T>()?.fill(Box::leak(Box::new(value)), here);
    Ok(())
}

/// Why there is no state of the type with this id and name; `None` if there is one.
pub(crate) fn missing(type_id: TypeId, type_name: &'static str) -> Option<MissingState> {
    sync::read(provided()).missing(type_id, type_name)
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
        let value = if let Some(value) = self.value.get() {
            *value
        } else {
            let value = *sync::read(provided()).find::<T>()?;
            *self.value.get_or_init(|| value)
        };
        value.downcast_ref().map(StateRef::Program).ok_or_else(MissingState::of::<T>)
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
    /// What was provided and was probably meant.
    pub(crate) similar: Option<Similar>,
}

impl MissingState {
    /// The name of the type.
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// Nothing was provided that is similar.
    pub(crate) fn of<T>() -> Self {
        Self { type_name: type_name::<T>(), similar: None }
    }
}

impl fmt::Display for MissingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { type_name, similar } = self;
        match similar {
            Some(similar) => write!(f, "no state of type `{type_name}`: {similar}"),
            None => write!(
                f,
                "no state of type `{type_name}`: call `openedx_events::provide(…)` before the first event is sent, and \
                 inside a test scope within the scope"
            ),
        }
    }
}

debug_as_display!(MissingState);

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

debug_as_display!(ProvideError);

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
