//! Giving receivers their state: [`provide`].

use std::any::TypeId;
use std::panic::Location;

use super::scope;
use crate::receiver::similar_state::SimilarState;
use crate::receiver::state;
use crate::receiver::state::ProvideError;

/// Provides a value to every receiver with a parameter `#[state] name: &T`, for the rest of the program's life.
///
/// Call it at start-up, before the first event is sent. Inside a [test scope](crate::testing) the value belongs to the
/// scope and is dropped with it.
///
/// # Errors
///
/// A value of this type was provided before. It stays.
///
/// # Examples
///
/// ```
/// use std::sync::Mutex;
///
/// use openedx_events::{provide, receiver, signal};
///
/// /// Sent when a guest arrived.
/// #[signal("org.example.hotel.guest.arrived.v1")]
/// pub struct GuestArrived {
///     pub name: String,
/// }
///
/// struct GuestBook(Mutex<Vec<String>>);
///
/// #[receiver(GUEST_ARRIVED)]
/// fn sign(name: &str, #[state] book: &GuestBook) {
///     book.0.lock().unwrap().push(name.to_owned());
/// }
///
/// provide(GuestBook(Mutex::default()))?;
/// assert!(GUEST_ARRIVED.send_event("Ada".to_owned()).is_ok());
///
/// let error = provide(GuestBook(Mutex::default())).unwrap_err();
/// assert!(error.to_string().contains("is already provided"));
/// # Ok::<(), openedx_events::ProvideError>(())
/// ```
#[doc(alias(
    "state",
    "set_state",
    "provide_state",
    "manage",
    "add_state",
    "register_state",
    "app_data",
    "extension",
    "inject"
))]
#[track_caller]
pub fn provide<T: Send + Sync + 'static>(value: T) -> Result<(), ProvideError> {
    let here = Location::caller();
    match scope::current() {
        Some(scope) => scope.provide(value, here),
        None => state::insert(value, here),
    }
}

/// Whether a state of this type is provided, to the program or to the test scope here.
pub(crate) fn is_provided(type_id: TypeId) -> bool {
    scope::current().map_or_else(|| state::get(type_id).is_some(), |scope| scope.has_state(type_id))
}

/// A provided value that may be meant by a type that is not provided, by the name of that type.
pub(crate) fn similar_to(type_name: &'static str) -> Option<SimilarState> {
    match scope::current() {
        Some(scope) => SimilarState::find(type_name, &scope.origins(), &state::origins()),
        None => SimilarState::find(type_name, &state::origins(), &[]),
    }
}
