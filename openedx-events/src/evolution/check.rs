//! The check of a program's events against a lock and its history.

use super::change::Change;
use super::compare::compare;
use super::lock::{Lock, LockedEvent};
use super::policy::Policy;
use super::readers::{Breaks, Reader};
use super::report::{Finding, Outcome, Report};
use super::rule::Rule;
use super::snapshot::Snapshot;
use super::version::Version;
use super::waiver::{Unused, Waiver};

/// Compares the events of a program or another source with a lock: each event with its locked version, and in a
/// transitive mode with its whole history.
pub fn check(lock: &Lock, now: &Snapshot, policy: Policy) -> Report {
    let mut report = Report::new(policy, now.len());
    let locked = lock.events.keys();
    let mut event_types: Vec<&String> = locked.chain(now.events.keys()).collect();
    event_types.sort_unstable();
    event_types.dedup();
    for event_type in event_types {
        let chain = Chain::of(event_type, lock, now);
        chain.find(policy, &mut report.findings);
        report.unused.extend(chain.unused_waivers());
    }
    let is_known = |event_type| lock.events.contains_key(event_type) || now.events.contains_key(event_type);
    report.unused.extend(
        lock.waivers
            .iter()
            .filter(|waiver| !is_known(&waiver.event_type))
            .map(|waiver| Unused { waiver: waiver.clone(), why: "there is no such event".to_owned() }),
    );
    report
}

/// The versions of an event over time.
struct Chain<'a> {
    event_type: &'a str,
    /// The versions, the earliest first. The last one is the present version, unless the event was removed.
    versions: Vec<&'a Version>,
    /// How the end of the chain differs from the lock.
    pending: Pending,
    /// Why the program no longer has the event, if it was removed.
    gone: Option<String>,
    /// Its minor version is upstream's decision.
    is_upstreams: bool,
    waivers: Vec<&'a Waiver>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pending {
    Nothing,
    /// The event is not in the lock, though its history may be.
    Added,
    /// The last version differs from the one before, which is the locked one.
    Changed,
    Removed,
}

impl<'a> Chain<'a> {
    fn of(event_type: &'a str, lock: &'a Lock, now: &'a Snapshot) -> Self {
        let locked = lock.events.get(event_type);
        let current = locked.and_then(|event| event.current.as_ref());
        let history = locked.map(|LockedEvent { history, .. }| history.iter()).unwrap_or_default();
        let mut versions: Vec<_> = history.chain(current).collect();
        let now_it_is = now.events.get(event_type);
        let pending = match (current, now_it_is) {
            (Some(current), Some(now)) if now.is_same(current) => Pending::Nothing,
            (Some(_), Some(_)) => Pending::Changed,
            (None, Some(_)) => Pending::Added,
            (Some(_), None) => Pending::Removed,
            (None, None) => Pending::Nothing,
        };
        if matches!(pending, Pending::Added | Pending::Changed) {
            versions.extend(now_it_is);
        }
        let gone = now_it_is.is_none().then(|| match now.without.get(event_type) {
            Some(reason) => format!("can no longer go on the event bus: {reason}"),
            None => "the program has no such event: was it removed, or is its crate not linked (see \
                     `openedx_events::link!`)?"
                .to_owned(),
        });
        Self {
            event_type,
            versions,
            pending,
            gone,
            is_upstreams: now.upstreams.contains(event_type),
            waivers: lock.waivers.iter().filter(|waiver| waiver.event_type == event_type).collect(),
        }
    }

    /// The index of the last version.
    fn last(&self) -> usize {
        self.versions.len() - 1
    }

    fn find(&self, policy: Policy, findings: &mut Vec<Finding>) {
        let last = self.last();
        if let Some(gone) = &self.gone {
            let change = Change {
                rule: Rule::EventRemoved,
                path: String::new(),
                breaks: Breaks::ALL,
                detail: gone.clone(),
            };
            let outcome = self.waiver_of_removal().map_or(Outcome::Breaking, Outcome::from);
            findings.push(self.finding(change, outcome, last, self.pending == Pending::Removed));
            return;
        }
        if self.pending == Pending::Added {
            let change = Change {
                rule: Rule::EventAdded,
                path: String::new(),
                breaks: Breaks::NONE,
                detail: if last == 0 { "a new event" } else { "the event was added again" }.to_owned(),
            };
            findings.push(self.finding(change, Outcome::Harmless, last, true));
        }
        let mut own = Vec::new();
        let base = if self.pending == Pending::Nothing { None } else { last.checked_sub(1) };
        for change in base.into_iter().flat_map(|base| self.step(base)) {
            let outcome = self.outcome(&change, last - 1, policy);
            own.push(self.finding(change, outcome, last - 1, true));
        }
        let earlier = if policy.mode.is_transitive() { base.unwrap_or(last) } else { 0 };
        for before in (0..earlier).rev() {
            let misread = self.misread_positions(before);
            for mut change in compare(&self.versions[before].definition, &self.versions[last].definition) {
                change.breaks = change.breaks.without(misread);
                let outcome = self.outcome(&change, before, policy);
                if outcome != Outcome::Harmless {
                    self.finding(change, outcome, before, false).add_to(&mut own);
                }
            }
        }
        findings.extend(own);
    }

    /// What readers by position of a version already misread before the last version. Once a position is off,
    /// everything after it is, so nothing more can break for them.
    fn misread_positions(&self, before: usize) -> Breaks {
        let positional = Breaks::both(Reader::PythonRedis.into());
        let between = &self.versions[before + 1..self.last()];
        let changes =
            between.iter().flat_map(|later| compare(&self.versions[before].definition, &later.definition));
        changes.fold(Breaks::NONE, |lost, change| lost.or(change.breaks)).and(positional)
    }

    /// The changes from one version to the next.
    fn step(&self, base: usize) -> Vec<Change> {
        let (before, after) = (self.versions[base], self.versions[base + 1]);
        let mut changes = compare(&before.definition, &after.definition);
        let minor = |rule, detail| Change { rule, path: String::new(), breaks: Breaks::NONE, detail };
        let number = |version: &Version| version.minor_version.unwrap_or_default();
        if after.is_not_raised_since(before) {
            if !self.is_upstreams {
                changes.push(minor(
                    Rule::MinorVersionNotRaised,
                    format!(
                        "was {}, is {}: raise `minor_version = …` of `#[signal]`",
                        number(before),
                        number(after)
                    ),
                ));
            }
        } else if before.has_other_minor_version(after) && before.definition == after.definition {
            let detail = format!("{} became {}", number(before), number(after));
            changes.push(minor(Rule::MinorVersionChanged, detail));
        }
        changes
    }

    fn outcome(&self, change: &Change, before: usize, policy: Policy) -> Outcome {
        let counts = change.rule == Rule::MinorVersionNotRaised || !policy.counted(change.breaks).is_empty();
        if !counts {
            return Outcome::Harmless;
        }
        self.waiver(change, before).map_or(Outcome::Breaking, Outcome::from)
    }

    /// Finds the waiver for a change from a version to the last one, granted for the last version or one in between.
    fn waiver(&self, change: &Change, before: usize) -> Option<&'a Waiver> {
        self.waivers.iter().copied().find(|waiver| {
            (waiver.rule, &waiver.path) == (change.rule, &change.path)
                && self.versions[before + 1..].iter().any(|version| version.fingerprint == waiver.fingerprint)
        })
    }

    fn waiver_of_removal(&self) -> Option<&'a Waiver> {
        let fingerprint = self.versions[self.last()].fingerprint;
        self.waivers
            .iter()
            .copied()
            .find(|waiver| waiver.rule == Rule::EventRemoved && waiver.fingerprint == fingerprint)
    }

    fn finding(&self, change: Change, outcome: Outcome, before: usize, is_pending: bool) -> Finding {
        let version = self.versions[self.last()];
        Finding {
            event_type: self.event_type.to_owned(),
            change,
            outcome,
            fingerprint: version.fingerprint,
            against: vec![self.versions[before].into()],
            is_pending,
        }
    }

    fn unused_waivers(&self) -> impl Iterator<Item = Unused> {
        self.waivers.iter().filter_map(|waiver| {
            let why = self.is_unused(waiver)?;
            Some(Unused { waiver: (*waiver).clone(), why })
        })
    }

    /// Returns why a waiver does not apply, if it does not, so that waivers do not outlive their change.
    fn is_unused(&self, waiver: &Waiver) -> Option<String> {
        if waiver.rule == Rule::EventRemoved {
            let is_used = self.gone.is_some() && self.waiver_of_removal() == Some(waiver);
            return (!is_used).then(|| "the event exists".to_owned());
        }
        let last = self.last();
        let is_its = |change: &Change| (change.rule, &change.path) == (waiver.rule, &waiver.path);
        let places: Vec<_> =
            (1..=last).filter(|&place| self.versions[place].fingerprint == waiver.fingerprint).collect();
        if places.is_empty() {
            return Some(format!(
                "it was granted for the schema {}, and the event now has {}",
                waiver.fingerprint, self.versions[last].fingerprint
            ));
        }
        let is_used = places.into_iter().any(|place| {
            self.step(place - 1).iter().any(is_its)
                || (0..place).any(|before| {
                    [place, last].iter().any(|&after| {
                        let (before, after) = (self.versions[before], self.versions[after]);
                        compare(&before.definition, &after.definition).iter().any(is_its)
                    })
                })
        });
        (!is_used).then(|| "the schema has no such change".to_owned())
    }
}
