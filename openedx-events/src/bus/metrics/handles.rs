//! Where one series is counted: [`Counter`] and [`Histogram`].

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::buckets::Buckets;
use super::sharded::Sharded;
use super::table::Metric;

/// A number that increases.
#[derive(Clone)]
pub(super) enum Counter {
    Own(Arc<Sharded<AtomicU64>>),
    #[cfg(feature = "metrics")]
    Facade(::metrics::Counter),
}

impl Counter {
    pub(super) fn add(&self, more: u64) {
        match self {
            Self::Own(counter) => {
                counter.here().fetch_add(more, Ordering::Relaxed);
            }
            #[cfg(feature = "metrics")]
            Self::Facade(counter) => counter.increment(more),
        }
    }
}

/// Times.
#[derive(Clone)]
pub(super) enum Histogram {
    Own(Arc<Sharded<Buckets>>),
    #[cfg(feature = "metrics")]
    Facade(::metrics::Histogram),
}

impl Histogram {
    pub(super) fn record(&self, time: Duration) {
        match self {
            Self::Own(buckets) => buckets.here().record(time),
            #[cfg(feature = "metrics")]
            Self::Facade(histogram) => histogram.record(time),
        }
    }
}

/// One series of a metric.
#[derive(Clone)]
pub(super) enum Handle {
    Counter(Counter),
    Histogram(Histogram),
}

impl Handle {
    pub(super) fn add(&self, more: u64) {
        if let Self::Counter(counter) = self {
            counter.add(more);
        }
    }

    pub(super) fn record(&self, time: Duration) {
        if let Self::Histogram(histogram) = self {
            histogram.record(time);
        }
    }
}

/// Makes and finds series.
pub(super) trait Series: Send + Sync + 'static {
    /// The series of a metric with these values of its labels.
    fn series(&self, metric: &'static Metric, values: &[&str]) -> Handle;
}
