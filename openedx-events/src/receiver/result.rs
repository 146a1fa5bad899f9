//! What a receiver returns.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;

/// An error of a receiver: any error that can be sent to another thread.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// The result of a receiver.
pub type ReceiverResult = Result<(), BoxError>;

/// The future of an async receiver.
pub(crate) type ReceiverFuture<'a> = Pin<Box<dyn Future<Output = ReceiverResult> + Send + 'a>>;

/// What a receiver function may return: `()`, or `Result<(), E>` with any `E` that converts to a [`BoxError`].
#[diagnostic::on_unimplemented(
    message = "a receiver cannot return `{Self}`",
    label = "not `()` or `Result<(), E>`",
    note = "return `()`, or `Result<(), E>` where `E` is an error type such as `anyhow::Error`, or one of your own that \
            implements `std::error::Error` and is `Send` and `Sync`"
)]
pub trait ReceiverOutput {
    /// Converts the returned value to the receiver's result.
    ///
    /// # Errors
    ///
    /// The receiver's own.
    fn into_result(self) -> ReceiverResult;
}

impl ReceiverOutput for () {
    #[inline]
    fn into_result(self) -> ReceiverResult {
        Ok(())
    }
}

impl<E: Failure> ReceiverOutput for Result<(), E> {
    #[inline]
    fn into_result(self) -> ReceiverResult {
        self.map_err(Failure::into_error)
    }
}

/// An error that a receiver can return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `std::error::Error + Send + Sync`, so it cannot be the error of a receiver",
    label = "not an error that can be sent to another thread",
    note = "implement `std::error::Error` for the type, or derive it with thiserror; what it holds has to be `Send` and \
            `Sync`",
    note = "`String`, `anyhow::Error` and `Box<dyn std::error::Error + Send + Sync>` are errors that a receiver can return"
)]
pub trait Failure {
    /// The error, boxed.
    fn into_error(self) -> BoxError;
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> Failure for E {
    #[inline]
    fn into_error(self) -> BoxError {
        self.into()
    }
}
