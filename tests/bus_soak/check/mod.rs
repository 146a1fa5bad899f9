//! Checks what the log of a soak says. Needs nothing but the log.

mod dead_letters;
mod exits;
mod loss;
mod order;
mod repeats;
mod spans;
mod standstill;
mod summary;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::history::History;

/// What the checker has to know besides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    pub(crate) order: Order,
}

/// How far the order of a key goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// In the group. The bus is a file then, and a process that is frozen may have its lock.
    Group,
    /// In each consumer.
    Consumer,
}

/// As in `peer/consumer.rs`.
const OUTAGE_LIMIT: Duration = Duration::from_secs(20);
const MAX_ATTEMPTS: usize = 4;
/// The default.
const MAX_CRASHES: usize = 3;
/// While fewer than five events fail, they end after their attempts without evidence: see docs/event-bus.md.
const FEW: usize = 4;
/// This many successes since an event first failed are evidence, if no other one fails.
const EVIDENCE: usize = 10;
/// Nobody stands still for longer.
const STANDSTILL: Duration = Duration::from_secs(10);

/// What was found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) problems: Vec<String>,
    pub(crate) summary: String,
}

pub(crate) fn check(history: &History, setup: Setup) -> Found {
    let mut problems = Vec::new();
    exits::check(history, &mut problems);
    loss::check(history, &mut problems);
    order::check(history, setup.order, &mut problems);
    repeats::check(history, setup.order, &mut problems);
    dead_letters::check(history, &mut problems);
    let longest = standstill::check(history, setup.order, &mut problems);
    Found { problems, summary: summary::of(history, &longest) }
}
