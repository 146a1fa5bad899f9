//! What can be wrong with a CloudEvent.

use std::borrow::Cow;
use std::fmt;

use crate::data::JsonError;

/// Why a text is not a CloudEvent that can be read, or an event not one that can be written.
///
/// No value of a field that is personal data is part of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudEventError {
    path: String,
    reason: Cow<'static, str>,
}

impl CloudEventError {
    /// The member at fault, such as `id` or `data.enrollment.user.id`; `.` for the event as a whole.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong there, and what to do about it.
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

impl std::error::Error for CloudEventError {}
