//! The progress of a long command: [`Progress`].

use std::io::Write;
use std::time::{Duration, Instant};

/// Between two updates.
const INTERVAL: Duration = Duration::from_millis(500);

/// A line on a terminal with the progress of a command.
pub(super) struct Progress {
    is_enabled: bool,
    /// The number of events at the end, if it is known.
    total: Option<u64>,
    last: Instant,
    last_count: u64,
    /// Whether the line is on the terminal now.
    is_visible: bool,
}

impl Progress {
    pub(super) fn new(is_enabled: bool) -> Self {
        Self { is_enabled, total: None, last: Instant::now(), last_count: 0, is_visible: false }
    }

    /// Of a number of events.
    pub(super) fn of(self, total: u64) -> Self {
        Self { total: Some(total), ..self }
    }

    /// Shows the number of events and the rate, unless the last update is too recent.
    #[expect(clippy::cast_precision_loss, reason = "the rate is approximate")]
    pub(super) fn show(&mut self, count: u64, stderr: &mut dyn Write) {
        let elapsed = self.last.elapsed();
        if !self.is_enabled || elapsed < INTERVAL {
            return;
        }
        let rate = (count - self.last_count) as f64 / elapsed.as_secs_f64();
        let of = self.total.map(|total| format!(" of {total}")).unwrap_or_default();
        // A command does not fail because stderr is closed.
        let _ = write!(stderr, "\r{count}{of} events, {rate:.0}/s\x1b[K").and_then(|()| stderr.flush());
        (self.last, self.last_count, self.is_visible) = (Instant::now(), count, true);
    }

    /// Removes the line, before another one is printed.
    pub(super) fn clear(&mut self, stderr: &mut dyn Write) {
        if self.is_visible {
            self.is_visible = false;
            let _ = write!(stderr, "\r\x1b[K");
        }
    }
}
