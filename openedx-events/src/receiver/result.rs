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
    note = "return `()`, or `Result<(), E>` where `E` is an error type such as `anyhow::Error` or one of your own that \
            is `Send` and `Sync`"
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

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> ReceiverOutput for Result<(), E> {
    #[inline]
    fn into_result(self) -> ReceiverResult {
        self.map_err(Into::into)
    }
}
