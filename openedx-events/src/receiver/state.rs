//! What the application provides at start-up and receivers take with `#[state]`.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::ops::Deref;
use std::panic::Location;
use std::sync::{Arc, OnceLock, RwLock};

use crate::signal::context::Context;
use crate::sync;

type Provided = HashMap<TypeId, (&'static (dyn Any + Send + Sync), &'static Location<'static>)>;

static PROVIDED: OnceLock<RwLock<Provided>> = OnceLock::new();

/// Gives every receiver that asks for `#[state] name: &T` this value, for the rest of the program's life.
///
/// Inside a [test scope](crate::testing) the value is the scope's own and goes with it.
///
/// # Errors
///
/// A value of this type was provided before; it stays.
///
/// # Examples
///
/// ```
/// struct Greeting(&'static str);
///
/// openedx_events::provide(Greeting("Hello"))?;
///
/// let again = openedx_events::provide(Greeting("Goodbye")).unwrap_err();
/// assert!(again.to_string().contains("provided already"));
/// # Ok::<(), openedx_events::StateProvided>(())
/// ```
#[track_caller]
pub fn provide<T: Send + Sync + 'static>(value: T) -> Result<(), StateProvided> {
    let here = Location::caller();
    if let Some(scope) = crate::signal::scope::current() {
        return scope.provide(value, here);
    }
    let mut provided = sync::write(provided());
    match provided.entry(TypeId::of::<T>()) {
        Entry::Occupied(before) => Err(StateProvided { type_name: type_name::<T>(), before: before.get().1 }),
        Entry::Vacant(slot) => {
            slot.insert((Box::leak(Box::new(value)), here));
            Ok(())
        }
    }
}

fn provided() -> &'static RwLock<Provided> {
    PROVIDED.get_or_init(RwLock::default)
}

fn get(type_id: TypeId) -> Option<&'static (dyn Any + Send + Sync)> {
    sync::read(provided()).get(&type_id).map(|(value, _)| *value)
}

/// What can be a state. Generated code calls it by its name alone, so that rustc tells once of a type that is none.
#[doc(hidden)]
pub trait State: Send + Sync + Sized + 'static {
    /// For [`check`](crate::check).
    const NEED: StateNeed = StateNeed { type_id: TypeId::of::<Self>, type_name: type_name::<Self> };

    /// The value for a receiver.
    ///
    /// # Errors
    ///
    /// None was provided.
    fn find(context: &Context<'_>, slot: &StateSlot) -> Result<StateRef<Self>, MissingState> {
        context.state(slot)
    }
}

impl<T: Send + Sync + 'static> State for T {}

/// The state that one receiver takes: the value is looked up at the first use and kept here.
///
/// Without the state's type: a static of it would be one more place where a wrong type is told of.
#[doc(hidden)]
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
    pub(crate) fn get<T: State>(&self) -> Result<StateRef<T>, MissingState> {
        let value = match self.value.get() {
            Some(value) => Some(*value),
            None => get(TypeId::of::<T>()).map(|value| *self.value.get_or_init(|| value)),
        };
        let value = value.and_then(|value| value.downcast_ref());
        value.map(StateRef::Program).ok_or(MissingState { type_name: type_name::<T>() })
    }
}

/// A state in a receiver's hands.
#[doc(hidden)]
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

/// A type that a receiver takes as `#[state]`, for [`check`](crate::check).
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct StateNeed {
    type_id: fn() -> TypeId,
    type_name: fn() -> &'static str,
}

impl StateNeed {
    pub(crate) fn type_name(&self) -> &'static str {
        (self.type_name)()
    }

    pub(crate) fn is_met(&self) -> bool {
        let type_id = (self.type_id)();
        crate::signal::scope::current()
            .map_or_else(|| get(type_id).is_some(), |scope| scope.has_state(type_id))
    }
}

/// A receiver takes a state that nobody provided.
#[derive(Clone, Debug, PartialEq, Eq)]
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

impl std::error::Error for MissingState {}

/// A state of this type was provided before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateProvided {
    pub(crate) type_name: &'static str,
    pub(crate) before: &'static Location<'static>,
}

impl fmt::Display for StateProvided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a state of type `{}` is provided already, at {}; wrap one of the two in a type of its own",
            self.type_name, self.before
        )
    }
}

impl std::error::Error for StateProvided {}
