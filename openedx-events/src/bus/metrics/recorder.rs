//! Counts what an observer is told: [`Recorder`].

use std::sync::Arc;
use std::time::Duration;

use super::cache;
use super::handles::Series;
use super::table::{CONSUMED, Metric, OPERATION, PROCESS, RECEIVER_RUNS, SENT, SUPPRESSED};
use crate::bus::consume::ReceiverRun;
use crate::bus::observe::{ConsumedTopic, Observer, ProducedTopic, PublishedBatch, SuppressedReason};

/// The values of `messaging_operation_name`.
const PUBLISH: &str = "publish";
const RECEIVE: &str = "receive";
const PROCESSING: &str = "process";
/// The value of `error_type` of an event whose receivers have failed.
const RECEIVER_FAILED: &str = "receiver_failed";

/// Counts in series.
pub(super) struct Recorder<S>(Arc<S>);

impl<S: Series> Recorder<S> {
    pub(super) fn new(series: Arc<S>) -> Self {
        Self(series)
    }

    fn add(&self, metric: &'static Metric, values: &[&str], more: usize) {
        if more > 0 {
            cache::with(&*self.0, metric, values, |series| series.add(more as u64));
        }
    }

    fn record(&self, metric: &'static Metric, values: &[&str], time: Duration) {
        cache::with(&*self.0, metric, values, |series| series.record(time));
    }
}

impl<S: Series> Observer for Recorder<S> {
    fn published(&self, to: &ProducedTopic<'_>, batch: &PublishedBatch) {
        let (system, topic) = (to.system, to.topic.as_str());
        let error = batch.error.map_or("", |kind| kind.name());
        self.add(&SENT, &[system, topic, PUBLISH, ""], batch.stored);
        self.add(&SENT, &[system, topic, PUBLISH, error], batch.failed);
        self.record(&OPERATION, &[system, topic, PUBLISH, error], batch.duration);
    }

    fn consumed(&self, from: &ConsumedTopic<'_>, messages: usize) {
        self.add(&CONSUMED, &[from.system, from.topic.as_str(), from.group, RECEIVE], messages);
    }

    fn receiver_run(&self, _: &ConsumedTopic<'_>, run: &ReceiverRun<'_>) {
        self.add(&RECEIVER_RUNS, &[&run.receiver.path, run.outcome.name()], 1);
    }

    fn processed(&self, from: &ConsumedTopic<'_>, duration: Duration, has_failed: bool) {
        let error = if has_failed { RECEIVER_FAILED } else { "" };
        let values = [from.system, from.topic.as_str(), from.group, PROCESSING, error];
        self.record(&PROCESS, &values, duration);
    }

    fn suppressed(&self, _: &ConsumedTopic<'_>, reason: SuppressedReason) {
        self.add(&SUPPRESSED, &[reason.name()], 1);
    }
}
