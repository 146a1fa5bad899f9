//! Telling an outage from events that fail on their own: [`OutageDetector`].

use std::time::{Duration, Instant};

/// This many entries that fail, with no success in between, are an outage.
const FAILING: usize = 5;

/// Tells an outage, in which everything fails, from entries that fail on their own.
///
/// In an outage the entries are not at fault: giving them up one by one would dead-letter the whole backlog. So no entry
/// runs out of attempts, and reading pauses. One more entry is read now and then as a probe: it shows whether everything
/// fails, or only what happens to be in flight. Otherwise a few events that never succeed would hold up all behind them.
#[derive(Debug)]
pub(super) struct OutageDetector {
    /// The number of entries that succeeded.
    successes: u64,
    /// The number of entries that have failed since the last success.
    failing: usize,
    /// When entries were last read.
    last_read: Instant,
    probe_interval: Duration,
}

/// Remembers for one entry when its failure was last counted, so that it counts once however often it fails.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CountedFailure(Option<u64>);

impl OutageDetector {
    pub(super) fn new(probe_interval: Duration, now: Instant) -> Self {
        Self { successes: 0, failing: 0, last_read: now, probe_interval }
    }

    pub(super) fn succeeded(&mut self) {
        self.successes += 1;
        self.failing = 0;
    }

    pub(super) fn failed(&mut self, counted: &mut CountedFailure) {
        if counted.0.replace(self.successes) != Some(self.successes) {
            self.failing += 1;
        }
    }

    /// Entries were read.
    pub(super) fn read(&mut self, now: Instant) {
        self.last_read = now;
    }

    /// Whether everything fails at the moment.
    pub(super) fn is_outage(&self) -> bool {
        self.failing >= FAILING
    }

    /// Whether one more entry may be read in an outage.
    pub(super) fn is_probe_due(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last_read) >= self.probe_interval
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detector() -> OutageDetector {
        OutageDetector::new(Duration::from_secs(30), Instant::now())
    }

    #[test]
    fn five_entries_that_fail_in_a_row_are_an_outage() {
        let mut detector = detector();
        for _ in 0..4 {
            detector.failed(&mut CountedFailure::default());
            assert!(!detector.is_outage());
        }
        detector.failed(&mut CountedFailure::default());
        assert!(detector.is_outage());
        detector.succeeded();
        assert!(!detector.is_outage(), "one success ends it");
    }

    #[test]
    fn an_entry_counts_once_however_often_it_fails() {
        let (mut detector, mut entry) = (detector(), CountedFailure::default());
        for _ in 0..100 {
            detector.failed(&mut entry);
        }
        assert!(!detector.is_outage());
    }

    #[test]
    fn after_a_success_the_same_entries_count_again() {
        let mut detector = detector();
        let mut entries = [CountedFailure::default(); 5];
        for entry in &mut entries {
            detector.failed(entry);
        }
        detector.succeeded();
        for entry in &mut entries[..4] {
            detector.failed(entry);
            detector.failed(entry);
        }
        assert!(!detector.is_outage());
        detector.failed(&mut entries[4]);
        assert!(detector.is_outage());
    }

    #[test]
    fn a_success_in_between_is_no_outage() {
        let mut detector = detector();
        for number in 0..100 {
            detector.failed(&mut CountedFailure::default());
            if number % 4 == 3 {
                detector.succeeded();
            }
            assert!(!detector.is_outage());
        }
    }

    #[test]
    fn a_probe_is_due_an_interval_after_the_last_read() {
        let start = Instant::now();
        let interval = Duration::from_secs(30);
        let mut detector = OutageDetector::new(interval, start);
        assert!(!detector.is_probe_due(start));
        assert!(!detector.is_probe_due(start + interval / 2));
        assert!(detector.is_probe_due(start + interval));
        detector.read(start + interval);
        assert!(!detector.is_probe_due(start + interval));
        assert!(detector.is_probe_due(start + interval * 2));
    }
}
