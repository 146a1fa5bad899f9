//! Types of filters' data that have no form of their own in Rust.

mod context;
mod form_data;

pub use context::Context;
pub use form_data::{FormData, HiddenFields};
