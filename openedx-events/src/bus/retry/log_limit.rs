//! How many lines of one kind are logged: [`LogLimit`].

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::sync;

/// Between two lines.
const INTERVAL: Duration = Duration::from_secs(1);

/// Limits lines of the log that come with every attempt to one a second. Each says how many were left out before it.
#[derive(Debug, Default)]
pub(crate) struct LogLimit {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: Option<Instant>,
    omitted: u64,
}

impl LogLimit {
    /// The number of lines that were left out since the last one, if another may be logged now.
    pub(crate) fn admit(&self) -> Option<u64> {
        self.admit_at(Instant::now())
    }

    fn admit_at(&self, now: Instant) -> Option<u64> {
        let mut state = sync::lock(&self.state);
        if state.next.is_some_and(|next| now < next) {
            state.omitted += 1;
            return None;
        }
        state.next = Some(now + INTERVAL);
        Some(std::mem::take(&mut state.omitted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_a_second_is_admitted_with_the_number_of_those_left_out() {
        let (limit, start) = (LogLimit::default(), Instant::now());
        let admitted = (0..30).map(|tenth| limit.admit_at(start + Duration::from_millis(100 * tenth)));
        let lines: Vec<_> =
            admitted.enumerate().filter_map(|(tenth, omitted)| Some((tenth, omitted?))).collect();
        assert_eq!(lines, [(0, 0), (10, 9), (20, 9)]);
    }
}
