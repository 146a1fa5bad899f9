//! The model of the reference, which each format renders: [`Catalog`].

use std::collections::{BTreeMap, BTreeSet};

use super::locked::Locked;
use super::merge::{Listed, Program};
use crate::cli::produced::Produced;
use crate::{AnySignal, all_events};

/// The events of this program, with what is known of other programs.
pub(super) struct Catalog {
    pub(super) title: String,
    /// Sorted by type.
    pub(super) events: Vec<Event>,
    pub(super) others: Vec<Program>,
    pub(super) locked: Option<Locked>,
    /// The topics that this program publishes to.
    pub(super) produced: Produced,
}

/// An event of this program.
#[derive(Clone, Copy)]
pub(super) struct Event {
    pub(super) signal: &'static dyn AnySignal,
}

/// A program that has an event which this program does not have, and what it says of it.
pub(super) type Sighting<'a> = (&'a Program, &'a Listed);

impl Catalog {
    pub(super) fn new(title: &str) -> Self {
        let events = all_events().iter().map(|signal| Event { signal: *signal }).collect();
        Self {
            title: title.to_owned(),
            events,
            others: Vec::new(),
            locked: None,
            produced: Produced::default(),
        }
    }

    /// The events by the module that declares them.
    pub(super) fn modules(&self) -> BTreeMap<&'static str, Vec<Event>> {
        let mut modules: BTreeMap<&str, Vec<Event>> = BTreeMap::new();
        for event in &self.events {
            modules.entry(event.signal.info().module).or_default().push(*event);
        }
        modules
    }

    /// What the other programs say of an event.
    pub(super) fn sightings<'a>(&'a self, event_type: &'a str) -> impl Iterator<Item = Sighting<'a>> {
        self.others.iter().filter_map(move |program| Some((program, program.events.get(event_type)?)))
    }

    /// The types of the events that only other programs have.
    pub(super) fn foreign(&self) -> BTreeSet<&str> {
        let own: BTreeSet<&str> = self.events.iter().map(|event| event.signal.event_type()).collect();
        let others = self.others.iter().flat_map(|program| program.events.keys().map(String::as_str));
        others.filter(|event_type| !own.contains(event_type)).collect()
    }

    /// The topics that this program publishes an event to.
    pub(super) fn topics(&self, event_type: &str) -> &[String] {
        self.produced.topics(event_type).unwrap_or_default()
    }
}
