//! What an inspection has found: [`Finding`].

use std::fmt;

/// One thing that was inspected, and whether it is as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Whether something has to be done.
    pub level: FindingLevel,
    /// What was inspected, in a word or two: `persistence`.
    pub subject: String,
    /// What was found.
    pub detail: String,
    /// What to do about it: a command or a setting. `None` if nothing has to be done.
    pub remedy: Option<String>,
}

impl Finding {
    /// Something that is as it should be.
    pub fn ok(subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { level: FindingLevel::Ok, subject: subject.into(), detail: detail.into(), remedy: None }
    }

    /// Something that may lose or delay events under circumstances.
    pub fn warn(subject: impl Into<String>, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        let remedy = Some(remedy.into());
        Self { level: FindingLevel::Warn, subject: subject.into(), detail: detail.into(), remedy }
    }

    /// Something that does not work, or that loses events.
    pub fn bad(subject: impl Into<String>, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { level: FindingLevel::Bad, ..Self::warn(subject, detail, remedy) }
    }
}

/// How serious a [`Finding`] is. Later ones are more serious.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingLevel {
    /// It is as it should be.
    Ok,
    /// It may lose or delay events under circumstances.
    Warn,
    /// It does not work, or loses events.
    Bad,
}

impl FindingLevel {
    /// `ok`, `warn` or `bad`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

impl fmt::Display for FindingLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
