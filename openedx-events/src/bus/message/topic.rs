//! The name of a topic: [`Topic`].

use std::fmt;
use std::sync::Arc;

use crate::chain::debug_like_display;

/// The full name of a topic: `<prefix>-<name>` if there is a prefix, joined as upstream does.
///
/// | a name | |
/// |---|---|
/// | length | 1 to 200 bytes of UTF-8, with the prefix |
/// | not allowed | braces, which backends use in derived names, whitespace and control characters |
///
/// Cloning is cheap: the name is shared.
///
/// ```
/// use openedx_events::bus::Topic;
///
/// let topic = Topic::with_prefix("prod", "learning")?;
/// assert_eq!(topic.as_str(), "prod-learning");
/// assert_eq!(topic.dead_letters().as_str(), "{prod-learning}.dlq");
///
/// let error = Topic::new("two words").unwrap_err();
/// assert_eq!(error.to_string(), "`two words` is not a valid topic name: it has a brace, a space or a control character");
/// # Ok::<(), openedx_events::bus::InvalidTopic>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic(Arc<str>);

impl Topic {
    /// The topic with this name.
    ///
    /// # Errors
    ///
    /// The name is empty, longer than 200 bytes, or has a brace, whitespace or a control character.
    pub fn new(name: &str) -> Result<Self, InvalidTopic> {
        let is_refused = |character: char| {
            matches!(character, '{' | '}') || character.is_whitespace() || character.is_control()
        };
        let reason = if name.is_empty() {
            "is empty"
        } else if name.len() > MAX_LENGTH {
            "is longer than 200 bytes"
        } else if name.contains(is_refused) {
            "has a brace, a space or a control character"
        } else {
            return Ok(Self(name.into()));
        };
        Err(InvalidTopic { name: name.to_owned(), reason })
    }

    /// The topic `<prefix>-<name>`, or `<name>` if the prefix is empty.
    ///
    /// # Errors
    ///
    /// Those of [`new`](Self::new), for the whole name.
    pub fn with_prefix(prefix: &str, name: &str) -> Result<Self, InvalidTopic> {
        if prefix.is_empty() { Self::new(name) } else { Self::new(&format!("{prefix}-{name}")) }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The topic with the dead letters of this one: `{<topic>}.dlq`. The braces keep both in the same slot of a Redis
    /// cluster.
    #[must_use]
    pub fn dead_letters(&self) -> Self {
        Self(format!("{{{}}}.dlq", self.0).into())
    }

    /// The topic whose entries, or dead letters, are stored under this name; `None` if it is not the name of a topic.
    pub(in crate::bus) fn of_stored(name: &str) -> Option<Self> {
        let of_dead_letters = name.strip_prefix('{').and_then(|name| name.strip_suffix("}.dlq"));
        Self::new(of_dead_letters.unwrap_or(name)).ok()
    }
}

/// In bytes. Leaves room for derived names.
const MAX_LENGTH: usize = 200;

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

/// The text is not a valid topic name.
#[derive(Clone, PartialEq, Eq)]
pub struct InvalidTopic {
    name: String,
    reason: &'static str,
}

impl fmt::Display for InvalidTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a valid topic name: it {}", self.name.escape_debug(), self.reason)
    }
}

debug_like_display!(InvalidTopic);

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

    #[test]
    fn a_stored_name_leads_to_its_topic() {
        let stored = |name| Topic::of_stored(name).map(|topic| topic.to_string());
        assert_eq!(stored("prod-learning").as_deref(), Some("prod-learning"));
        assert_eq!(stored("{prod-learning}.dlq").as_deref(), Some("prod-learning"));
        for name in ["", "{a}", "{a}.other", "{}.dlq", "two words"] {
            assert_eq!(stored(name), None, "{name}");
        }
    }
}
