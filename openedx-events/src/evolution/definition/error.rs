//! What is wrong with a schema.

use std::fmt;

/// A text that is not the Avro schema of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefinitionError {
    /// The way to the mistake, such as `fields[2].type`; empty for the whole.
    path: String,
    message: String,
}

impl DefinitionError {
    pub(super) fn new(path: &str, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), message: message.into() }
    }

    #[expect(clippy::needless_pass_by_value, reason = "it serves `map_err`")]
    pub(super) fn no_json(error: serde_json::Error) -> Self {
        Self::new("", format!("not JSON: {error}"))
    }

    /// The way to the mistake in the JSON.
    pub(in crate::evolution) fn path(&self) -> &str {
        &self.path
    }

    pub(in crate::evolution) fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for DefinitionError {}
