//! The registry of the process: [`Store`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::handles::{Counter, Handle, Histogram, Series};
use super::table::{Kind, Metric, position};
use crate::sync;

/// Every series that was counted, by the position of its metric and the values of its labels.
#[derive(Default)]
pub(super) struct Store(Mutex<BTreeMap<(usize, Vec<String>), Handle>>);

impl Store {
    /// The series of a metric, each with the values of its labels.
    pub(super) fn of(&self, metric: &'static Metric) -> Vec<(Vec<String>, Handle)> {
        let all = sync::lock(&self.0);
        let of_metric = all.range((position(metric), Vec::new())..(position(metric) + 1, Vec::new()));
        of_metric.map(|((_, values), handle)| (values.clone(), handle.clone())).collect()
    }
}

impl Series for Store {
    fn series(&self, metric: &'static Metric, values: &[&str]) -> Handle {
        let key = (position(metric), values.iter().map(|value| (*value).to_owned()).collect());
        let new = || match metric.kind {
            Kind::Histogram => Handle::Histogram(Histogram::Own(Arc::default())),
            Kind::Counter | Kind::Gauge => Handle::Counter(Counter::Own(Arc::default())),
        };
        sync::lock(&self.0).entry(key).or_insert_with(new).clone()
    }
}
