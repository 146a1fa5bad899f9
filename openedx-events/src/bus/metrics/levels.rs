//! The gauges, read now: [`read`].

use std::collections::BTreeMap;

use super::table::{
    DEAD_LETTERS, LAG, Metric, OLDEST, PENDING, QUEUE_MESSAGES, READY, SPILLED_MESSAGES, position,
};
use crate::bus::observe::live::{self, Level};
use crate::bus::observe::readiness;

/// A gauge, and the values of its labels.
pub(super) struct Gauge {
    pub(super) metric: &'static Metric,
    pub(super) labels: Vec<String>,
    pub(super) value: f64,
}

/// Reads all gauges. Asks the bus.
#[expect(clippy::cast_precision_loss, reason = "no bus has 2^53 messages")]
pub(super) fn read() -> Vec<Gauge> {
    let mut gauges = BTreeMap::new();
    for level in live::all().iter().flat_map(|live| live.levels()) {
        let sum = |before: f64, value: f64| before + value;
        let last = |_, value| value;
        let (metric, labels, value, both): (_, _, _, fn(f64, f64) -> f64) = match level {
            // Several producers may have queues of one topic.
            Level::Queued(topic, number) => (&QUEUE_MESSAGES, vec![topic.to_string()], number as f64, sum),
            Level::Spilled(topic, number) => (&SPILLED_MESSAGES, vec![topic.to_string()], number as f64, sum),
            Level::Lag(topic, group, number) => (&LAG, vec![topic.to_string(), group], number as f64, last),
            Level::Pending(topic, group, number) => {
                (&PENDING, vec![topic.to_string(), group], number as f64, last)
            }
            Level::Oldest(topic, group, age) => {
                (&OLDEST, vec![topic.to_string(), group], age.as_secs_f64(), last)
            }
            Level::DeadLetters(topic, number) => {
                (&DEAD_LETTERS, vec![topic.to_string()], number as f64, last)
            }
        };
        gauges
            .entry((position(metric), labels))
            .and_modify(|(_, before)| *before = both(*before, value))
            .or_insert((metric, value));
    }
    let ready = if readiness::problems().is_empty() { 1.0 } else { 0.0 };
    gauges.insert((position(&READY), Vec::new()), (&READY, ready));
    gauges.into_iter().map(|((_, labels), (metric, value))| Gauge { metric, labels, value }).collect()
}
