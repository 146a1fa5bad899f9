//! Counts what happens on the bus: [`Recorder`].

use std::sync::Arc;
use std::time::Duration;

use super::cache::{self, Key};
use super::handles::Series;
use super::table::{CONSUMED, OPERATION, PROCESS, RECEIVER_RUNS, SENT, SUPPRESSED, TRIMMED};
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

    fn add<const N: usize>(&self, key: &Key<'_>, values: [&str; N], more: usize) {
        if more > 0 {
            cache::with(&*self.0, key, || values, |series| series.add(more as u64));
        }
    }

    fn record<const N: usize>(&self, key: &Key<'_>, values: [&str; N], time: Duration) {
        cache::with(&*self.0, key, || values, |series| series.record(time));
    }
}

impl<S: Series> Observer for Recorder<S> {
    fn published(&self, to: &ProducedTopic<'_>, batch: &PublishedBatch) {
        let (system, topic) = (to.system, to.topic.as_str());
        let error = batch.error.map_or("", |kind| kind.name());
        let key = |metric, word| Key { metric, place: Some(to.id), text: "", word };
        self.add(&key(&SENT, ""), [system, topic, PUBLISH, ""], batch.stored);
        self.add(&key(&SENT, error), [system, topic, PUBLISH, error], batch.failed);
        self.record(&key(&OPERATION, error), [system, topic, PUBLISH, error], batch.duration);
    }

    fn consumed(&self, from: &ConsumedTopic<'_>, messages: usize) {
        let key = Key { metric: &CONSUMED, place: Some(from.id), text: "", word: "" };
        self.add(&key, [from.system, from.topic.as_str(), from.group, RECEIVE], messages);
    }

    fn trimmed(&self, from: &ConsumedTopic<'_>, entries: usize) {
        let key = Key { metric: &TRIMMED, place: Some(from.id), text: "", word: "" };
        self.add(&key, [from.topic.as_str(), from.group], entries);
    }

    fn receiver_run(&self, _: &ConsumedTopic<'_>, run: &ReceiverRun<'_>) {
        let (path, outcome) = (&*run.receiver.path, run.outcome.name());
        self.add(&Key { metric: &RECEIVER_RUNS, place: None, text: path, word: outcome }, [path, outcome], 1);
    }

    fn processed(&self, from: &ConsumedTopic<'_>, duration: Duration, has_failed: bool) {
        let error = if has_failed { RECEIVER_FAILED } else { "" };
        let key = Key { metric: &PROCESS, place: Some(from.id), text: "", word: error };
        let values = [from.system, from.topic.as_str(), from.group, PROCESSING, error];
        self.record(&key, values, duration);
    }

    fn suppressed(&self, _: &ConsumedTopic<'_>, reason: SuppressedReason) {
        let reason = reason.name();
        self.add(&Key { metric: &SUPPRESSED, place: None, text: "", word: reason }, [reason], 1);
    }
}
