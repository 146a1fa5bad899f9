//! The model of the reference, which each format renders: [`Catalog`].

use std::collections::{BTreeMap, BTreeSet};

use super::locked::Locked;
use super::merge::{Listed, ListedFilter, Program};
use crate::cli::filters::{self, DescribedFilter};
use crate::cli::produced::Produced;
use crate::{AnySignal, all_events};

/// The events and filters of this program, with what is known of other programs.
pub(super) struct Catalog {
    pub(super) title: String,
    /// Sorted by type.
    pub(super) events: Vec<Event>,
    /// Sorted by type. As the settings are that were applied before.
    pub(super) filters: Vec<DescribedFilter>,
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
            filters: filters::all(),
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

    /// The filters by the module that declares them.
    pub(super) fn filter_modules(&self) -> BTreeMap<&str, Vec<&DescribedFilter>> {
        let mut modules: BTreeMap<&str, Vec<&DescribedFilter>> = BTreeMap::new();
        for filter in &self.filters {
            modules.entry(&filter.module).or_default().push(filter);
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

    /// What the other programs say of a filter.
    pub(super) fn filter_sightings<'a>(
        &'a self,
        filter_type: &'a str,
    ) -> impl Iterator<Item = (&'a Program, &'a ListedFilter)> {
        self.others.iter().filter_map(move |program| Some((program, program.filters.get(filter_type)?)))
    }

    /// The types of the filters that only other programs have.
    pub(super) fn foreign_filters(&self) -> BTreeSet<&str> {
        let own: BTreeSet<&str> = self.filters.iter().map(|filter| filter.filter_type.as_str()).collect();
        let others = self.others.iter().flat_map(|program| program.filters.keys().map(String::as_str));
        others.filter(|filter_type| !own.contains(filter_type)).collect()
    }

    /// The topics that this program publishes an event to.
    pub(super) fn topics(&self, event_type: &str) -> &[String] {
        self.produced.topics(event_type).unwrap_or_default()
    }
}
