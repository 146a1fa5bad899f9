//! What a receiver is, apart from the signals it listens to: its name, its result, its errors, its state and what it
//! asks of the event bus.

pub(crate) mod delivery;
pub(crate) mod error;
mod info;
mod result;
pub(crate) mod retry;
pub(crate) mod similar_state;
pub(crate) mod state;

pub use info::ReceiverInfo;
pub(crate) use info::crate_of;
pub(crate) use result::ReceiverFuture;
pub use result::{BoxError, Failure, ReceiverOutput, ReceiverResult};
