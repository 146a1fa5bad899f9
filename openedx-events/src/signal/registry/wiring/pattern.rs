//! Event types with a wildcard at the end, such as `org.openedx.learning.*`.

/// What stands for all types that begin so.
const ALL: &str = "*";

/// Whether a pattern covers an event type.
pub(super) fn matches(pattern: &str, event_type: &str) -> bool {
    match prefix(pattern) {
        Some(prefix) => event_type.starts_with(prefix),
        None => pattern == event_type,
    }
}

/// What all types begin with that a pattern covers: with the dot, so that `org.example.shop.*` does not cover
/// `org.example.shopping.…`. `None` for a single type.
pub(super) fn prefix(pattern: &str) -> Option<&str> {
    let prefix = pattern.strip_suffix(ALL)?;
    (prefix.is_empty() || prefix.ends_with('.')).then_some(prefix)
}

/// Whether a wildcard stands where it has no meaning.
pub(super) fn is_misplaced(pattern: &str) -> bool {
    prefix(pattern).unwrap_or(pattern).contains(ALL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_whole_parts() {
        assert!(matches("org.example.shop.*", "org.example.shop.order.placed.v1"));
        assert!(!matches("org.example.shop.*", "org.example.shopping.order.placed.v1"));
        assert!(matches("*", "org.example.shop.order.placed.v1"));
        assert!(
            matches("org.example.a.v1", "org.example.a.v1")
                && !matches("org.example.a.v1", "org.example.a.v11")
        );
        for pattern in ["org.example.sh*", "org.*.v1", "*.v1", "org.example.**", "org.*.*"] {
            assert!(is_misplaced(pattern), "{pattern}");
        }
        for pattern in ["*", "org.*", "org.example.a.v1"] {
            assert!(!is_misplaced(pattern), "{pattern}");
        }
    }
}
