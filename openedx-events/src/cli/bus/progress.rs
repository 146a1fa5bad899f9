//! How far a long command has come: [`Progress`].

use std::io::Write;
use std::time::{Duration, Instant};

/// How often it is shown.
const INTERVAL: Duration = Duration::from_millis(500);

/// A line on a terminal that tells how far a command has come.
pub(super) struct Progress {
    /// Whether there is somebody to see it.
    is_shown: bool,
    last: Instant,
    last_count: u64,
    /// Whether the line stands there.
    is_there: bool,
}

impl Progress {
    pub(super) fn new(is_shown: bool) -> Self {
        Self { is_shown, last: Instant::now(), last_count: 0, is_there: false }
    }

    /// Shows the number of events, and how many there were in a second, if it is time to.
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    pub(super) fn show(&mut self, count: u64, stderr: &mut dyn Write) {
        let elapsed = self.last.elapsed();
        if !self.is_shown || elapsed < INTERVAL {
            return;
        }
        let rate = (count - self.last_count) as f64 / elapsed.as_secs_f64();
        // What goes to stderr is not worth failing for.
        let _ = write!(stderr, "\r{count} events, {rate:.0}/s\x1b[K").and_then(|()| stderr.flush());
        (self.last, self.last_count, self.is_there) = (Instant::now(), count, true);
    }

    /// Makes room for other lines.
    pub(super) fn clear(&mut self, stderr: &mut dyn Write) {
        if self.is_there {
            self.is_there = false;
            let _ = write!(stderr, "\r\x1b[K");
        }
    }
}
