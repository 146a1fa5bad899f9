//! A histogram of times: [`Buckets`].

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::sharded::Sharded;

/// The upper bounds that OpenTelemetry recommends for messaging, in seconds as text and in nanoseconds.
pub(super) const BOUNDS: [(&str, u64); 14] = [
    ("0.005", 5_000_000),
    ("0.01", 10_000_000),
    ("0.025", 25_000_000),
    ("0.05", 50_000_000),
    ("0.075", 75_000_000),
    ("0.1", 100_000_000),
    ("0.25", 250_000_000),
    ("0.5", 500_000_000),
    ("0.75", 750_000_000),
    ("1", 1_000_000_000),
    ("2.5", 2_500_000_000),
    ("5", 5_000_000_000),
    ("7.5", 7_500_000_000),
    ("10", 10_000_000_000),
];

/// How many times fall between two bounds each, and their sum.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    counts: [AtomicU64; BOUNDS.len() + 1],
    /// In nanoseconds. Enough for 584 years of work.
    sum: AtomicU64,
}

impl Buckets {
    pub(super) fn record(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        // Nearly all are below the first bound.
        let bucket = BOUNDS.iter().position(|(_, bound)| nanos <= *bound).unwrap_or(BOUNDS.len());
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(nanos, Ordering::Relaxed);
    }

    /// Adds these times to others.
    fn add_to(&self, total: &mut Total) {
        for (total, count) in total.counts.iter_mut().zip(&self.counts) {
            *total += count.load(Ordering::Relaxed);
        }
        total.nanos += self.sum.load(Ordering::Relaxed);
    }
}

/// The times of all threads.
#[derive(Default)]
pub(super) struct Total {
    counts: [u64; BOUNDS.len() + 1],
    nanos: u64,
}

impl Total {
    pub(super) fn of(buckets: &Sharded<Buckets>) -> Self {
        let mut total = Self::default();
        buckets.all().for_each(|buckets| buckets.add_to(&mut total));
        total
    }

    /// The number of times up to each bound, then that of all.
    pub(super) fn cumulative(&self) -> [u64; BOUNDS.len() + 1] {
        let mut sum = 0;
        self.counts.map(|count| {
            sum += count;
            sum
        })
    }

    pub(super) fn sum(&self) -> Duration {
        Duration::from_nanos(self.nanos)
    }
}
