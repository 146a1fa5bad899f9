//! Errors of reading and writing CloudEvents: [`CloudEventError`].

use std::borrow::Cow;
use std::fmt;

use crate::chain::debug_like_display;
use crate::data::JsonError;

/// A text is not a valid CloudEvent, or an event cannot be written as one.
///
/// The message names the member at fault, and never contains personal data. `Debug` prints the same text as `Display`.
///
/// # Examples
///
/// ```
/// use openedx_events::cloudevents;
///
/// let error = cloudevents::from_json(r#"{"specversion": "0.3"}"#).unwrap_err();
/// assert_eq!(error.path(), "specversion");
/// assert_eq!(error.to_string(), "`specversion`: CloudEvents version `0.3` is not supported, only `1.0`");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct CloudEventError {
    path: String,
    reason: Cow<'static, str>,
}

impl CloudEventError {
    /// The path of the member at fault, such as `id` or `data.enrollment.user.id`; `.` for the event as a whole.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong with the member, without its path.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    pub(crate) fn at(path: impl Into<String>, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { path: path.into(), reason: reason.into() }
    }

    pub(super) fn whole(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::at(".", reason)
    }

    /// The error of reading the data.
    pub(super) fn data(error: &JsonError) -> Self {
        let path = match error.path() {
            "." => "data".to_owned(),
            path => format!("data.{path}"),
        };
        Self::at(path, error.reason().to_owned())
    }
}

impl fmt::Display for CloudEventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "." => f.write_str(&self.reason),
            path => write!(f, "`{path}`: {}", self.reason),
        }
    }
}

debug_like_display!(CloudEventError);

impl std::error::Error for CloudEventError {}
