//! Which test scope is current, and what a send has to know of it. The public kit on top is `testing`.

mod frame;
mod handle;
mod instrumented;

pub use frame::EnterGuard;
#[cfg(all(test, feature = "tokio"))]
pub(crate) use frame::has_scopes;
pub(crate) use frame::{any_scope, current, note_dropped};
pub(crate) use handle::ScopeHandle;
pub use instrumented::Instrumented;
pub(crate) use instrumented::instrumented;
