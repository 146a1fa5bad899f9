//! A named value of a message: [`Header`].

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::chain::debug_like_display;
use crate::receiver::BoxError;

/// A named value of a message. Name and value need not be UTF-8, as programs in other languages write messages too.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    /// The name. [`bus::headers`](crate::bus::headers) has those with a meaning.
    pub name: Cow<'static, [u8]>,
    /// The value, usually text.
    pub value: Cow<'static, [u8]>,
}

impl Header {
    /// A header whose name and value are text.
    pub fn new(name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        let value = match value.into() {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        Self { name: Cow::Borrowed(name.as_bytes()), value }
    }
}

/// Without the value, which can be personal data, as keys are.
impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} bytes", self.name.escape_ascii(), self.value.len())
    }
}

/// A header is missing or has a value that cannot be read.
#[derive(Clone)]
pub struct HeaderError {
    name: &'static str,
    /// Why the value cannot be read; `None` if the header is missing.
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl HeaderError {
    pub(super) fn missing(name: &'static str) -> Self {
        Self { name, source: None }
    }

    pub(super) fn invalid(name: &'static str, source: impl Into<BoxError>) -> Self {
        Self { name, source: Some(source.into().into()) }
    }

    /// The name of the header.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

/// Causes are compared by their text.
impl PartialEq for HeaderError {
    fn eq(&self, other: &Self) -> bool {
        let cause = |error: &Self| error.source.as_ref().map(ToString::to_string);
        self.name == other.name && cause(self) == cause(other)
    }
}

impl Eq for HeaderError {}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(f, "the header `{}` is invalid: {source}", self.name),
            None => write!(f, "the header `{}` is missing", self.name),
        }
    }
}

debug_like_display!(HeaderError);

impl Error for HeaderError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
