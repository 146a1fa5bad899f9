//! How many signals and receivers the program has: [`RegistrySummary`].

use std::collections::BTreeMap;
use std::fmt;

use super::registration::OtherHooks;
use super::{Registry, prepared};

/// The number of signals and receivers in the program, by crate. Its text is logged at start-up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegistrySummary {
    /// The number of signals.
    pub events: usize,
    /// The number of registrations; a receiver of two signals counts twice.
    pub receivers: usize,
    /// The number of registrations of async receivers. Without the feature `tokio`, `send_event` cannot run them.
    pub async_receivers: usize,
    /// The number of registrations that are [off](crate::Wiring): nothing reaches them.
    pub off: usize,
    /// The number of filters; 0 without the feature `filters`.
    pub filters: usize,
    /// The number of registered steps of filters.
    pub steps: usize,
    /// The crates that declare signals, receivers, filters or steps, by name.
    pub crates: BTreeMap<String, CrateSummary>,
}

/// The number of signals and receivers in one crate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CrateSummary {
    /// The number of signals.
    pub events: usize,
    /// The number of registrations.
    pub receivers: usize,
    /// The number of filters; 0 without the feature `filters`.
    pub filters: usize,
    /// The number of registered steps of filters.
    pub steps: usize,
}

impl RegistrySummary {
    pub(crate) fn of(registry: &Registry) -> Self {
        let mut crates: BTreeMap<String, CrateSummary> = BTreeMap::new();
        for signal in &registry.signals {
            crates.entry(signal.info().crate_name().to_owned()).or_default().events += 1;
        }
        for registration in &registry.receivers {
            crates.entry(registration.info.crate_name().to_owned()).or_default().receivers += 1;
        }
        for hooks in inventory::iter::<OtherHooks> {
            let (filters, steps) = (hooks.crates)();
            for name in filters {
                crates.entry(name.to_owned()).or_default().filters += 1;
            }
            for name in steps {
                crates.entry(name.to_owned()).or_default().steps += 1;
            }
        }
        let (filters, steps) = crates
            .values()
            .fold((0, 0), |(filters, steps), each| (filters + each.filters, steps + each.steps));
        Self {
            filters,
            steps,
            events: registry.signals.len(),
            receivers: registry.receivers.len(),
            async_receivers: registry.receivers.iter().filter(|each| each.info.is_async).count(),
            off: registry.receivers.iter().filter(|each| !prepared::is_on(each)).count(),
            crates,
        }
    }
}

impl fmt::Display for RegistrySummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        let of = Counted(self.events, self.receivers, self.filters, self.steps);
        write!(f, "openedx-events {}: {of}", env!("CARGO_PKG_VERSION"))?;
        for (index, (name, of_crate)) in self.crates.iter().enumerate() {
            let separator = if index == 0 { " (" } else { "; " };
            let of = Counted(of_crate.events, of_crate.receivers, of_crate.filters, of_crate.steps);
            write!(f, "{separator}{name}: {of}")?;
        }
        f.write_str(if self.crates.is_empty() { "" } else { ")" })?;
        if self.off > 0 {
            write!(f, "; {} of the receivers {} off", self.off, if self.off == 1 { "is" } else { "are" })?;
        }
        if !cfg!(feature = "tokio") && self.async_receivers > 0 {
            write!(
                f,
                "; `send_event` does not run {} async receiver{}, as the feature `tokio` of openedx-events is off: enable it, \
                 or use `send_event_async`",
                self.async_receivers,
                plural(self.async_receivers)
            )?;
        }
        Ok(())
    }
}

/// The events, receivers, filters and steps of a program or crate.
struct Counted(usize, usize, usize, usize);

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(events, receivers, filters, steps) = *self;
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        write!(f, "{events} event{}, {receivers} receiver{}", plural(events), plural(receivers))?;
        // Most programs have none.
        if filters + steps > 0 {
            write!(f, ", {filters} filter{}, {steps} step{}", plural(filters), plural(steps))?;
        }
        Ok(())
    }
}

/// Returns the number of signals, receivers, filters and steps in the program, by crate.
pub fn registry_summary() -> RegistrySummary {
    RegistrySummary::of(super::get())
}
