//! How the events differ from a lock file: [`Locked`].

use std::collections::BTreeMap;
use std::path::Path;

use crate::evolution::{self, EvolutionError, Finding, Lock, Outcome, Rule, Snapshot};

/// The comparison with a lock file.
pub(super) struct Locked {
    /// As it was given.
    pub(super) path: String,
    /// By event type, for the events that the lock file covers and that have a schema.
    states: BTreeMap<String, State>,
    /// The events that the lock file has, and the program no longer.
    pub(super) removed: Vec<String>,
}

/// How an event differs.
pub(super) enum State {
    Same,
    New,
    Changed(Vec<Change>),
}

/// One difference.
pub(super) struct Change {
    pub(super) rule: Rule,
    /// Empty for the event itself.
    pub(super) path: String,
    pub(super) detail: String,
    /// Whether it breaks a reader that counts, and no waiver allows it.
    pub(super) is_breaking: bool,
}

impl Locked {
    pub(super) fn read(path: &Path) -> Result<Self, EvolutionError> {
        let lock = Lock::read(path)?;
        let now = Snapshot::of_program(lock.crates())?;
        let report = evolution::check(&lock, &now, lock.policy());
        let mut locked =
            Self { path: path.display().to_string(), states: BTreeMap::new(), removed: Vec::new() };
        locked.states.extend(now.event_types().map(|event_type| (event_type.to_owned(), State::Same)));
        for finding in report.findings {
            locked.add(finding);
        }
        Ok(locked)
    }

    fn add(&mut self, finding: Finding) {
        // A removal stays in the history of the lock file.
        if !finding.is_pending {
            return;
        }
        let Finding { event_type, change, outcome, .. } = finding;
        if change.rule == Rule::EventRemoved {
            return self.removed.push(event_type);
        }
        let Some(state) = self.states.get_mut(&event_type) else { return };
        if change.rule == Rule::EventAdded {
            *state = State::New;
            return;
        }
        let is_breaking = outcome == Outcome::Breaking;
        let change = Change { rule: change.rule, path: change.path, detail: change.detail, is_breaking };
        match state {
            State::Changed(changes) => changes.push(change),
            State::Same => *state = State::Changed(vec![change]),
            // Everything in it is new.
            State::New => {}
        }
    }

    pub(super) fn state(&self, event_type: &str) -> Option<&State> {
        self.states.get(event_type)
    }
}
