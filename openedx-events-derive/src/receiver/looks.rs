//! What the name of a parameter's type says of what is meant: [`Looks`].

use syn::Type;
use syn::ext::IdentExt as _;

use super::args::Targets;
use crate::event_type::snake_case;
use crate::function::spelling::{Spelling, name_of};
use crate::record::peel;

/// What the name of the type says. A record of the user can have the same name: this chooses the message, and the type
/// system decides whether it applies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Looks {
    Other,
    Metadata,
    Event,
    Signal,
    Context,
    /// Any other trait object.
    Dyn,
}

impl Looks {
    pub(super) fn of(spelling: &Spelling<'_>, targets: &Targets) -> Self {
        let ty = peel(spelling.value);
        let Some(name) = name_of(ty) else { return Looks::Other };
        match name.unraw().to_string().as_str() {
            "EventsMetadata" => Looks::Metadata,
            "Context" => Looks::Context,
            "Signal" | "AnySignal" => Looks::Signal,
            "AnyEvent" => Looks::Event,
            name if targets.is_event(name) => Looks::Event,
            _ if matches!(ty, Type::TraitObject(_)) => Looks::Dyn,
            _ => Looks::Other,
        }
    }
}

impl Targets {
    /// Whether the name is that of an event, as far as its signal has the name that `#[signal]` gives it.
    fn is_event(&self, name: &str) -> bool {
        let Self::Signals(signals) = self else { return false };
        let signal = snake_case(name).to_uppercase();
        signals.iter().filter_map(|path| path.segments.last()).any(|last| last.ident == signal)
    }
}
