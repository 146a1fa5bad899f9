//! Types of filters' data that have no form of their own in Rust.

mod context;
mod form_data;
mod http_response;

pub use context::Context;
pub use form_data::{FormData, HiddenFields};
pub use http_response::HttpResponse;
