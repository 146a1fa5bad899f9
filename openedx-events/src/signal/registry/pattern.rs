//! Which event types a setting means: [`Pattern`].

use std::error::Error;
use std::fmt;

use super::{UnknownSignal, all_events, get_signal_by_type};
use crate::chain::debug_like_display;
use crate::suggest::nearest;

/// An event type, or the beginning of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// One type.
    Type(String),
    /// All that begin like this, up to a dot; all with an empty text.
    Beginning(String),
}

/// Why a text is no pattern of an event of this program.
pub(crate) enum InvalidPattern {
    /// `*` is not at the end behind a dot.
    Star(String),
    Unknown(UnknownSignal),
    /// No event type begins like this.
    Nothing(String),
}

impl Pattern {
    /// Reads a type, `org.openedx.learning.*` or `*`, which at least one event of this program must fit.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidPattern> {
        let pattern = Self::read(text).ok_or_else(|| InvalidPattern::Star(text.to_owned()))?;
        match &pattern {
            Self::Type(event_type) => {
                get_signal_by_type(event_type).map_err(InvalidPattern::Unknown)?;
            }
            Self::Beginning(_) => {
                if !all_events().iter().any(|signal| pattern.fits(signal.event_type())) {
                    return Err(InvalidPattern::Nothing(text.to_owned()));
                }
            }
        }
        Ok(pattern)
    }

    /// Reads one whether the program has such an event or not. `None` if `*` is not at the end behind a dot.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let pattern = match text.strip_suffix('*') {
            Some(beginning) if beginning.is_empty() || beginning.ends_with('.') => {
                Self::Beginning(beginning.to_owned())
            }
            _ => Self::Type(text.to_owned()),
        };
        let (Self::Beginning(literal) | Self::Type(literal)) = &pattern;
        (!literal.contains('*')).then_some(pattern)
    }

    pub(crate) fn fits(&self, event_type: &str) -> bool {
        match self {
            Self::Type(text) => event_type == text,
            Self::Beginning(text) => event_type.starts_with(text.as_str()),
        }
    }
}

impl InvalidPattern {
    /// Whether another program may know such events.
    #[cfg(feature = "webhook")]
    pub(crate) fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_) | Self::Nothing(_))
    }
}

impl fmt::Display for InvalidPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Star(text) => {
                let text = text.escape_debug();
                write!(
                    f,
                    "`{text}`: `*` may stand for the end of a type behind a dot, as in `org.openedx.learning.*`"
                )
            }
            Self::Unknown(error) => error.fmt(f),
            Self::Nothing(text) => {
                let types: Vec<_> = all_events().iter().map(|signal| signal.event_type()).collect();
                let beginnings = types
                    .iter()
                    .flat_map(|each| each.match_indices('.').map(|(dot, _)| format!("{}.*", &each[..dot])));
                let mut beginnings: Vec<_> = beginnings.collect();
                beginnings.sort_unstable();
                beginnings.dedup();
                let near = nearest(text, beginnings.iter().map(String::as_str));
                write!(f, "no event of the program has a type like `{}`{near}", text.escape_debug())
            }
        }
    }
}

debug_like_display!(InvalidPattern);

impl Error for InvalidPattern {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_whole_parts() {
        let fits =
            |pattern, event_type| Pattern::read(pattern).is_some_and(|pattern| pattern.fits(event_type));
        assert!(fits("org.example.shop.*", "org.example.shop.order.placed.v1"));
        assert!(!fits("org.example.shop.*", "org.example.shopping.order.placed.v1"));
        assert!(fits("*", "org.example.shop.order.placed.v1"));
        assert!(
            fits("org.example.a.v1", "org.example.a.v1") && !fits("org.example.a.v1", "org.example.a.v11")
        );
        for text in ["org.example.sh*", "org.*.v1", "*.v1", "org.example.**", "org.*.*"] {
            assert_eq!(Pattern::read(text), None, "{text}");
        }
    }
}
