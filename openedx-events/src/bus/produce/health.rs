//! Whether publishing to a topic works: [`Health`].

use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::sync;

/// Whether publishing to a topic works, and if not, why.
#[derive(Debug, Default)]
pub(super) struct Health(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Why the last attempt has failed.
    error: Option<String>,
    /// When the present attempt began.
    began: Option<Instant>,
}

/// An attempt that takes longer than this counts as failing.
const SLOW: Duration = Duration::from_secs(10);

impl Health {
    fn state(&self) -> MutexGuard<'_, State> {
        sync::lock(&self.0)
    }

    /// An attempt begins.
    pub(super) fn begin(&self) {
        self.state().began = Some(Instant::now());
    }

    /// The attempt has ended.
    pub(super) fn end(&self) {
        self.state().began = None;
    }

    /// The last attempt was successful. Returns whether the one before had failed.
    pub(super) fn succeeded(&self) -> bool {
        self.state().error.take().is_some()
    }

    /// The last attempt has failed.
    pub(super) fn failed(&self, error: String) {
        self.state().error = Some(error);
    }

    pub(super) fn is_failing(&self) -> bool {
        let state = self.state();
        state.error.is_some() || state.began.is_some_and(|began| began.elapsed() > SLOW)
    }

    /// Why publishing does not work; empty if nothing is known.
    pub(super) fn error(&self) -> String {
        let State { error, began } = &*self.state();
        match (error, began) {
            (Some(error), _) => error.clone(),
            (None, Some(began)) => format!("the bus has not answered for {} s", began.elapsed().as_secs()),
            (None, None) => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_that_does_not_end_counts_as_failing() {
        let health = Health::default();
        health.begin();
        assert!(!health.is_failing());
        health.state().began = Instant::now().checked_sub(SLOW + Duration::from_secs(1));
        assert!(health.is_failing());
        assert_eq!(health.error(), "the bus has not answered for 11 s");
        health.end();
        assert!(!health.is_failing());
    }

    #[test]
    fn a_failure_lasts_until_the_next_success() {
        let health = Health::default();
        health.begin();
        health.end();
        health.failed("no".to_owned());
        health.begin();
        assert!(health.is_failing());
        assert_eq!(health.error(), "no");
        health.end();
        assert!(health.succeeded());
        assert_eq!(health.error(), "");
    }
}
