//! Panics of the users' code, where they must not go on to whoever calls.

use std::any::Any;
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls code of a user.
///
/// # Errors
///
/// It panicked with this message.
#[inline]
pub(crate) fn catch<T>(call: impl FnOnce() -> T) -> Result<T, Cow<'static, str>> {
    catch_unwind(AssertUnwindSafe(call)).map_err(message)
}

/// The message of a caught panic.
#[cold]
pub(crate) fn message(panic: Box<dyn Any + Send>) -> Cow<'static, str> {
    let panic = match panic.downcast::<String>() {
        Ok(message) => return Cow::Owned(*message),
        Err(panic) => panic,
    };
    match panic.downcast::<&'static str>() {
        Ok(message) => Cow::Borrowed(*message),
        Err(panic) => {
            // The payload has a type of the user's own: dropping it may panic again, after the first catch.
            if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
                std::mem::forget(again);
            }
            Cow::Borrowed("with a value that is not text")
        }
    }
}
