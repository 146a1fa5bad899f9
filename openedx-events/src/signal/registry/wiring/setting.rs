//! What the configuration says of one receiver: [`Setting`].

use crate::signal::registry::pattern::Pattern;

/// What the configuration says of one receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    /// The layers that it comes from, for messages.
    pub(super) place: String,
    pub(super) enabled: Option<bool>,
    /// Types and patterns; `None` for all that the receiver takes.
    pub(super) events: Option<Vec<String>>,
}

impl Setting {
    /// Says nothing yet.
    pub(super) fn at(place: impl Into<String>) -> Self {
        Self { place: place.into(), enabled: None, events: None }
    }

    /// Whether an event of this type reaches the receiver, which may be off in the code.
    pub(super) fn is_on(&self, is_off: bool, event_type: &str) -> bool {
        let fits = |text: &String| Pattern::read(text).is_some_and(|pattern| pattern.fits(event_type));
        self.is_enabled(is_off) && self.events.as_ref().is_none_or(|events| events.iter().any(fits))
    }

    /// Whether the receiver, which may be off in the code, is on.
    pub(super) fn is_enabled(&self, is_off: bool) -> bool {
        self.enabled.unwrap_or(self.events.is_some() || !is_off)
    }
}
