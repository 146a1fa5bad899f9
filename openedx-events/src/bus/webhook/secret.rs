//! Where a text comes from that must not be in a file of settings: [`Secret`].

use std::fmt;
use std::path::PathBuf;

use crate::bus::settings::text::{control, trimmed};
use crate::text_file;

/// A text that is given as it is, in a variable of the environment or in a file. It is read when the webhooks are made, so that other
/// programs can share the settings without it.
///
/// `Debug` shows where it comes from, and never the text.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Secret {
    /// The text itself.
    Text(String),
    /// A variable of the environment: `env:NAME` in settings.
    Env(String),
    /// A file, such as one that Kubernetes or Docker mounts: `file:PATH` in settings. What is blank at its ends is left out.
    File(PathBuf),
}

impl Secret {
    /// Reads `env:NAME` and `file:PATH`; anything else is the text itself.
    pub fn parse(text: &str) -> Self {
        if let Some(name) = text.strip_prefix("env:") {
            Self::Env(name.trim().to_owned())
        } else if let Some(path) = text.strip_prefix("file:") {
            Self::File(path.trim().into())
        } else {
            Self::Text(text.to_owned())
        }
    }

    /// The text, or what is wrong.
    pub(super) fn resolve(&self) -> Result<String, String> {
        let text = match self {
            Self::Text(text) => text.clone(),
            Self::Env(name) => match std::env::var(name) {
                Ok(text) => text,
                Err(std::env::VarError::NotPresent) => return Err(format!("{self} is not set: set it")),
                Err(std::env::VarError::NotUnicode(_)) => return Err(format!("{self} is not UTF-8")),
            },
            Self::File(path) => {
                text_file::read(path).map_err(|error| format!("cannot read {self}: {error}"))?
            }
        };
        let text = trimmed(&text);
        if text.is_empty() {
            return Err(format!("{self} is empty"));
        }
        match control(text) {
            Some(what) => Err(format!("{self}: {what}")),
            None => Ok(text.to_owned()),
        }
    }
}

/// Where the text comes from.
impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("the text"),
            Self::Env(name) => write!(f, "the variable `{}`", name.escape_debug()),
            Self::File(path) => write!(f, "the file {}", path.display()),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text(***)"),
            Self::Env(name) => f.debug_tuple("Env").field(name).finish(),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}
