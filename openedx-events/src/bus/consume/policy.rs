//! How one receiver is delivered to: [`Policy`].

use std::time::Duration;

use super::settings::{ConsumerSettings, RetryPolicy};
use crate::receiver::ReceiverInfo;
use crate::receiver::delivery::DeliveryPolicy;
use crate::suggest::nearest;

/// How one receiver is delivered to, with nothing left open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Policy {
    pub(super) retry: RetryPolicy,
    pub(super) timeout: Option<Duration>,
    pub(super) dedup: bool,
}

impl Policy {
    /// What the settings say of this receiver, over what it says itself, over what they say of all.
    pub(super) fn of(settings: &ConsumerSettings, receiver: &ReceiverInfo) -> Self {
        let mut policy = Self { retry: settings.retry, timeout: settings.timeout, dedup: settings.dedup };
        policy.take(&receiver.delivery);
        if let Some(of_receiver) = settings.receivers.get(&*receiver.path) {
            policy.take(of_receiver);
        }
        policy
    }

    fn take(&mut self, over: &DeliveryPolicy) {
        let retry = &mut self.retry;
        retry.max_attempts = over.max_attempts.unwrap_or(retry.max_attempts);
        if let Some(first) = over.initial_backoff {
            retry.initial_backoff = first;
            // Who asks for a first pause of an hour means an hour, also where others have no pause longer than a minute.
            retry.max_backoff = retry.max_backoff.max(first);
        }
        retry.max_backoff = over.max_backoff.unwrap_or(retry.max_backoff);
        self.timeout = over.timeout.or(self.timeout);
        self.dedup |= over.dedup;
    }
}

/// What is wrong with the settings of receivers, all of it.
pub(super) fn problems(settings: &ConsumerSettings) -> Vec<String> {
    if settings.receivers.is_empty() {
        return Vec::new();
    }
    let paths = paths();
    let mut problems = Vec::new();
    for (path, policy) in &settings.receivers {
        if !paths.contains(path) {
            let near = nearest(path, paths.iter().map(String::as_str));
            problems.push(format!("the program has no receiver `{}`{near}", path.escape_debug()));
        }
        let wrong = wrong(policy).into_iter();
        problems.extend(wrong.map(|what| format!("of the receiver `{}`: {what}", path.escape_debug())));
    }
    problems
}

/// The paths of all receivers, and the names of the closures that are connected.
fn paths() -> Vec<String> {
    let mut paths = Vec::new();
    for signal in crate::all_events() {
        paths.extend(signal.receivers().iter().map(|receiver| receiver.path.to_string()));
        let connected = signal.route().connections.load();
        paths.extend(connected.iter().flat_map(|list| list.iter()).map(|each| each.info.path.to_string()));
    }
    paths.sort_unstable();
    paths.dedup();
    paths
}

fn wrong(policy: &DeliveryPolicy) -> Vec<&'static str> {
    let is_shorter =
        policy.max_backoff.zip(policy.initial_backoff).is_some_and(|(longest, first)| longest < first);
    let wrong = [
        (policy.max_attempts == Some(0), "`max_attempts` begins at 1"),
        (is_shorter, "`max_backoff` is shorter than `initial_backoff`"),
        (policy.timeout.is_some_and(|limit| limit.is_zero()), "`timeout` leaves no time at all"),
    ];
    wrong.into_iter().filter_map(|(is_wrong, what)| is_wrong.then_some(what)).collect()
}
