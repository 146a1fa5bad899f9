//! The name of a topic: [`Topic`].

use std::fmt;
use std::sync::Arc;

/// The full name of a topic: `<prefix>-<topic>` where a prefix is set, as upstream joins them.
///
/// A clone allocates nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic(Arc<str>);

impl Topic {
    /// The topic of this name.
    ///
    /// # Errors
    ///
    /// An empty name, one of more than 200 bytes, and one with a brace, a space or a control character: braces are for the
    /// names that backends derive from it.
    pub fn new(name: &str) -> Result<Self, InvalidTopic> {
        let is_refused = |character: char| {
            matches!(character, '{' | '}') || character.is_whitespace() || character.is_control()
        };
        let reason = if name.is_empty() {
            "is empty"
        } else if name.len() > LONGEST {
            "is longer than 200 bytes"
        } else if name.contains(is_refused) {
            "has a brace, a space or a control character"
        } else {
            return Ok(Self(name.into()));
        };
        Err(InvalidTopic { name: name.to_owned(), reason })
    }

    /// The topic with a prefix; without one if it is empty.
    ///
    /// # Errors
    ///
    /// Those of [`new`](Self::new).
    pub fn with_prefix(prefix: &str, name: &str) -> Result<Self, InvalidTopic> {
        if prefix.is_empty() { Self::new(name) } else { Self::new(&format!("{prefix}-{name}")) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the topic of the dead letters of this one: `{<topic>}.dlq`, where the braces keep both in one slot of
    /// a Redis cluster.
    #[must_use]
    pub fn dead_letters(&self) -> Self {
        Self(format!("{{{}}}.dlq", self.0).into())
    }
}

/// So that derived names have room.
const LONGEST: usize = 200;

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// A text that is not the name of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidTopic {
    name: String,
    reason: &'static str,
}

impl fmt::Display for InvalidTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not the name of a topic: it {}", self.name.escape_debug(), self.reason)
    }
}

impl std::error::Error for InvalidTopic {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_joined_as_upstream_joins_them() {
        let full = |prefix, name| Topic::with_prefix(prefix, name).map(|topic| topic.to_string());
        assert_eq!(full("prod", "learning"), Ok("prod-learning".to_owned()));
        assert_eq!(full("", "learning"), Ok("learning".to_owned()));
        for name in ["", "a b", "{a}", "a\n", &"a".repeat(201)] {
            assert!(full("", name).is_err(), "{name}");
        }
        assert_eq!(Topic::new("a").map(|topic| topic.dead_letters().to_string()), Ok("{a}.dlq".to_owned()));
    }
}
