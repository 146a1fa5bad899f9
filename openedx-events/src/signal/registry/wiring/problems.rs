//! Whether the program has what a wiring names.

use std::collections::BTreeSet;

use super::error::WiringProblem;
use super::setting::Setting;
use super::{EVENT_RECEIVERS, Wiring};
use crate::signal::registry;
use crate::signal::registry::pattern::Pattern;
use crate::signal::registry::registration::Registration;
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
fn of_pattern(text: &str, receiver: &[&'static Registration]) -> Option<String> {
    let pattern = match Pattern::parse(text) {
        Ok(pattern) => pattern,
        Err(error) => return Some(error.to_string()),
    };
    // A receiver of any event takes all that the program has.
    let is_taken = |each: &&Registration| each.event_type().is_none_or(|event_type| pattern.fits(event_type));
    if receiver.iter().any(is_taken) {
        return None;
    }
    let own: BTreeSet<_> = receiver.iter().filter_map(|each| each.event_type()).collect();
    let own = own.iter().map(|event_type| format!("`{event_type}`")).collect::<Vec<_>>().join(", ");
    Some(format!(
        "`{}` is not what the receiver takes, which is {own}; to receive others, change its `#[receiver(…)]`",
        text.escape_debug()
    ))
}
