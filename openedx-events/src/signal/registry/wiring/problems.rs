//! Whether the program has what a wiring names.

use std::collections::BTreeSet;

use super::error::WiringProblem;
use super::setting::Setting;
use super::{EVENT_RECEIVERS, Wiring, pattern};
use crate::signal::registry;
use crate::signal::registry::registration::{Registration, Target};
use crate::suggest::nearest;

impl Wiring {
    /// Everything that the program does not have, or that has no effect.
    pub(crate) fn problems(&self) -> Vec<WiringProblem> {
        self.settings.iter().flat_map(|(path, setting)| of_receiver(path, setting)).collect()
    }
}

fn of_receiver(path: &str, setting: &Setting) -> Vec<WiringProblem> {
    let place = format!("{}: {EVENT_RECEIVERS}.{path:?}", setting.place);
    let all = registry::get().receivers();
    let registrations: Vec<_> = all.iter().filter(|each| *each.info.path == *path).copied().collect();
    if registrations.is_empty() {
        let near =
            nearest(path, all.iter().map(|each| &*each.info.path).collect::<BTreeSet<_>>().into_iter());
        let mut what = format!("the program has no receiver `{}`{near}", path.escape_debug());
        if all.is_empty() {
            what += "; it has none at all: name the crates that contain them with `openedx_events::link!`";
        }
        return vec![WiringProblem::at(place, what)];
    }
    let place = format!("{place}.events");
    match setting.events.as_deref() {
        None => Vec::new(),
        Some([]) => {
            let what = "an empty list receives nothing; to turn the receiver off, write `enabled = false`";
            vec![WiringProblem::at(place, what)]
        }
        Some(events) => {
            let wrong = events.iter().filter_map(|pattern| of_pattern(pattern, &registrations));
            wrong.map(|what| WiringProblem::at(&place, what)).collect()
        }
    }
}

/// What is wrong with a type or pattern of a receiver.
fn of_pattern(pattern: &str, receiver: &[&'static Registration]) -> Option<String> {
    let shown = pattern.escape_debug();
    if pattern::is_misplaced(pattern) {
        return Some(format!(
            "`{shown}`: `*` stands only at the end, after a dot, for all types that begin so, such as `org.openedx.learning.*`"
        ));
    }
    let types: Vec<_> = registry::all_events().iter().map(|signal| signal.event_type()).collect();
    let covered: Vec<_> = types.iter().filter(|event_type| pattern::matches(pattern, event_type)).collect();
    if covered.is_empty() {
        let what = if pattern::prefix(pattern).is_some() {
            format!(
                "no event type of the program begins like `{shown}`{}",
                nearest_namespace(pattern, &types)
            )
        } else {
            format!("no signal has the type `{shown}`{}", nearest(pattern, types.iter().copied()))
        };
        return Some(what);
    }
    let is_taken = |event_type: &str| {
        receiver.iter().any(|each| match &each.target {
            Target::One { signal, .. } => signal.event_type() == event_type,
            Target::Any(_) => true,
        })
    };
    if covered.iter().any(|event_type| is_taken(event_type)) {
        return None;
    }
    let own: BTreeSet<_> = receiver.iter().filter_map(|each| each.event_type()).collect();
    let own = own.iter().map(|event_type| format!("`{event_type}`")).collect::<Vec<_>>().join(", ");
    Some(format!(
        "`{shown}` is not what the receiver takes, which is {own}; to receive others, change its `#[receiver(…)]`"
    ))
}

/// The patterns of the program's namespaces that are similar to an unknown one.
fn nearest_namespace(pattern: &str, types: &[&str]) -> String {
    let namespaces: BTreeSet<String> = types
        .iter()
        .flat_map(|event_type| {
            event_type.match_indices('.').map(|(end, _)| format!("{}.*", &event_type[..end]))
        })
        .collect();
    nearest(pattern, namespaces.iter().map(String::as_str))
}
