//! Which event types a webhook wants: [`Pattern`].

use std::error::Error;
use std::fmt;

use crate::chain::debug_like_display;
use crate::suggest::nearest;
use crate::{UnknownSignal, all_events, get_signal_by_type};

/// An event type, or the beginning of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// One type.
    Type(String),
    /// All that begin like this, up to a dot; all with an empty text.
    Beginning(String),
}

/// Why a text is no pattern of an event of this program.
pub(super) enum InvalidPattern {
    /// `*` is not at the end behind a dot.
    Star(String),
    Unknown(UnknownSignal),
    /// No event type begins like this.
    Nothing(String),
}

impl Pattern {
    /// Reads a type, `org.openedx.learning.*` or `*`, which at least one event of this program must fit.
    pub(super) fn parse(text: &str) -> Result<Self, InvalidPattern> {
        let Some(beginning) = text.strip_suffix('*') else {
            if text.contains('*') {
                return Err(InvalidPattern::Star(text.to_owned()));
            }
            get_signal_by_type(text).map_err(InvalidPattern::Unknown)?;
            return Ok(Self::Type(text.to_owned()));
        };
        if beginning.contains('*') || !(beginning.is_empty() || beginning.ends_with('.')) {
            return Err(InvalidPattern::Star(text.to_owned()));
        }
        let pattern = Self::Beginning(beginning.to_owned());
        if all_events().iter().any(|signal| pattern.fits(signal.event_type())) {
            Ok(pattern)
        } else {
            Err(InvalidPattern::Nothing(text.to_owned()))
        }
    }

    pub(super) fn fits(&self, event_type: &str) -> bool {
        match self {
            Self::Type(text) => event_type == text,
            Self::Beginning(text) => event_type.starts_with(text.as_str()),
        }
    }
}

impl InvalidPattern {
    /// Whether another program may know such events.
    pub(super) fn is_unknown(&self) -> bool {
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
                write!(f, "no event of this program is of a type `{}`{near}", text.escape_debug())
            }
        }
    }
}

debug_like_display!(InvalidPattern);

impl Error for InvalidPattern {}
