//! Webhooks: events as HTTP requests to other services.
//!
//! [`settings`] names an [`endpoint`], which writes events in a [`form`], signs them ([`signature`]) and posts them to an [`address`]
//! that it may connect to. Its [`answer`] says what becomes of an event. [`webhooks`] makes a consumer for each endpoint; all the
//! rest, such as retries and dead letters, is that of consumers.

mod address;
mod answer;
mod endpoint;
mod form;
mod retry_after;
mod secret;
mod settings;
mod signature;
mod webhooks;

#[cfg(feature = "cli")]
pub(crate) use answer::Meaning;
#[cfg(feature = "cli")]
pub(crate) use endpoint::{Endpoint, NoAnswer, Request, Response};
pub use form::WebhookForm;
pub use secret::Secret;
pub use settings::WebhookSettings;
pub use webhooks::Webhooks;
