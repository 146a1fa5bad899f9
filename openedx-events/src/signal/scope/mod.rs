//! Which test scope is current, and what dispatch has to know of it.

mod frame;
mod handle;
mod instrumented;

pub use frame::EnterGuard;
pub(crate) use frame::{any_scope, current};
pub(crate) use handle::ScopeHandle;
pub use instrumented::Instrumented;
pub(crate) use instrumented::instrumented;
