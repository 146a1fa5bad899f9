//! The event or filter that a name means: [`Found`].

use super::filters::{self, DescribedFilter};
use crate::suggest::nearest;
use crate::{AnySignal, all_events, get_signal_by_type};

pub(super) enum Found {
    Event(&'static dyn AnySignal),
    Filter(Box<DescribedFilter>),
}

/// The one that has this type, or else the one whose static has this name.
///
/// # Errors
///
/// None has it, and the message suggests similar ones; or several have it.
pub(super) fn find(name: &str) -> Result<Found, String> {
    let mut found = all();
    let is_type = found.iter().any(|each| each.type_name() == name);
    found.retain(|each| if is_type { each.type_name() == name } else { each.name() == name });
    if found.len() > 1 {
        return Err(if is_type { several_of_type(name, &found) } else { several_of_name(name, &found) });
    }
    found.pop().ok_or_else(|| unknown(name))
}

fn all() -> Vec<Found> {
    let events = all_events().iter().map(|signal| Found::Event(*signal));
    events.chain(filters::all().into_iter().map(|filter| Found::Filter(Box::new(filter)))).collect()
}

fn several_of_type(name: &str, found: &[Found]) -> String {
    let places: Vec<_> = found.iter().map(Found::place).collect();
    format!("several {} have the type `{name}`: {}", kinds(found, "and", "s"), places.join(" and "))
}

fn several_of_name(name: &str, found: &[Found]) -> String {
    let types: Vec<_> = found.iter().map(Found::type_name).collect();
    format!(
        "several {} have the name `{name}`: give the type, {}",
        kinds(found, "and", "s"),
        types.join(" or ")
    )
}

fn unknown(name: &str) -> String {
    let (all, shown) = (all(), name.escape_debug());
    let has_filters = all.iter().any(|each| matches!(each, Found::Filter(_)));
    // Every type has dots.
    match (name.contains('.'), has_filters) {
        (true, false) => get_signal_by_type(name).err().map(|error| error.to_string()).unwrap_or_default(),
        (true, true) => {
            let near = nearest(name, all.iter().map(Found::type_name));
            format!("no {} has the type `{shown}`{near}", kinds(&all, "or", ""))
        }
        (false, has_filters) => {
            let what = if has_filters {
                "event or filter has the type or name"
            } else {
                "event has the type or signal"
            };
            format!("no {what} `{shown}`{}", nearest(name, all.iter().map(Found::name)))
        }
    }
}

/// Signals, filters, or both.
fn kinds(found: &[Found], both: &str, plural: &str) -> String {
    let is_event = |each: &Found| matches!(each, Found::Event(_));
    match (found.iter().any(is_event), found.iter().all(is_event)) {
        (_, true) => format!("signal{plural}"),
        (false, _) => format!("filter{plural}"),
        (true, false) => format!("signal{plural} {both} filter{plural}"),
    }
}

impl Found {
    fn type_name(&self) -> &str {
        match self {
            Self::Event(signal) => signal.event_type(),
            Self::Filter(filter) => &filter.filter_type,
        }
    }

    /// The name of its static.
    fn name(&self) -> &str {
        match self {
            Self::Event(signal) => signal.info().signal_name,
            Self::Filter(filter) => &filter.filter,
        }
    }

    fn place(&self) -> String {
        match self {
            Self::Event(signal) => {
                let info = signal.info();
                format!("{}::{} ({})", info.module, info.signal_name, info.location)
            }
            Self::Filter(filter) => format!("{}::{} ({})", filter.module, filter.filter, filter.location),
        }
    }
}
