//! How events are delivered to one receiver: [`Policy`].

use std::time::Duration;

use super::recipient::Recipient;
use super::settings::{ConsumerSettings, RetryPolicy};
use crate::receiver::ReceiverInfo;
use crate::receiver::delivery::DeliveryPolicy;
use crate::signal::registry;
use crate::suggest::nearest;

/// How events are delivered to one receiver, with every setting resolved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Policy {
    pub(super) retry: RetryPolicy,
    pub(super) timeout: Option<Duration>,
    pub(super) outage_limit: Duration,
    pub(super) dedup: bool,
}

impl Policy {
    /// The settings for this receiver override what it declares, which overrides the settings of all.
    pub(super) fn of(settings: &ConsumerSettings, receiver: &ReceiverInfo) -> Self {
        let mut policy = Self {
            retry: settings.retry,
            timeout: settings.timeout,
            outage_limit: settings.outage_limit,
            dedup: settings.dedup,
        };
        policy.override_with(&receiver.delivery);
        if let Some(of_receiver) = settings.receivers.get(&*receiver.path) {
            policy.override_with(of_receiver);
        }
        policy
    }

    fn override_with(&mut self, over: &DeliveryPolicy) {
        let retry = &mut self.retry;
        retry.max_attempts = over.max_attempts.unwrap_or(retry.max_attempts);
        if let Some(first) = over.initial_backoff {
            retry.initial_backoff = first;
            // A first backoff of an hour means an hour, also where the others back off for a minute at most.
            retry.max_backoff = retry.max_backoff.max(first);
        }
        retry.max_backoff = over.max_backoff.unwrap_or(retry.max_backoff);
        self.timeout = over.timeout.or(self.timeout);
        self.outage_limit = over.outage_limit.unwrap_or(self.outage_limit);
        self.dedup |= over.dedup;
    }
}

/// All that is wrong with the policies of single receivers.
pub(super) fn problems(settings: &ConsumerSettings, recipient: Option<&Recipient>) -> Vec<String> {
    if settings.receivers.is_empty() {
        return Vec::new();
    }
    let paths = paths(recipient);
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

/// Calls `see` for each receiver, and for each closure that is connected; with a recipient for that alone.
pub(super) fn each_receiver(recipient: Option<&Recipient>, mut see: impl FnMut(&ReceiverInfo)) {
    if let Some(recipient) = recipient {
        return see(recipient.info());
    }
    for signal in crate::all_events() {
        signal.receivers().iter().for_each(|receiver| see(receiver));
        let connected = signal.route().connected();
        connected.iter().flat_map(|list| list.iter()).for_each(|each| see(&each.info));
    }
}

/// The paths of all receivers, on or off, and the names of the closures that are connected, or that of the recipient.
fn paths(recipient: Option<&Recipient>) -> Vec<String> {
    let mut paths = Vec::new();
    if recipient.is_none() {
        paths.extend(registry::get().receivers().iter().map(|each| each.info.path.to_string()));
    }
    each_receiver(recipient, |receiver| paths.push(receiver.path.to_string()));
    paths.sort_unstable();
    paths.dedup();
    paths
}

fn wrong(policy: &DeliveryPolicy) -> Vec<&'static str> {
    let is_shorter =
        policy.max_backoff.zip(policy.initial_backoff).is_some_and(|(longest, first)| longest < first);
    let wrong = [
        (policy.max_attempts == Some(0), "`max_attempts` must be at least 1"),
        (is_shorter, "`max_backoff` is shorter than `initial_backoff`"),
        (policy.timeout.is_some_and(|limit| limit.is_zero()), "`timeout` must not be zero"),
    ];
    wrong.into_iter().filter_map(|(is_wrong, what)| is_wrong.then_some(what)).collect()
}
