//! Whether the producers and consumers of this process are ready: [`problems`].

use std::collections::BTreeSet;

use super::{live, probe};

/// Why they are not ready, each reason once. Does not block.
pub(in crate::bus) fn problems() -> Vec<String> {
    let mut problems: Vec<_> = live::all().iter().flat_map(|live| live.not_ready()).collect();
    problems.extend(probe::problems());
    // Several topics may have the same bus.
    let mut seen = BTreeSet::new();
    problems.retain(|problem| seen.insert(problem.clone()));
    problems
}
