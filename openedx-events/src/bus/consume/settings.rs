//! Settings of consumers: [`ConsumerSettings`].

use std::collections::BTreeMap;
use std::time::Duration;

use crate::bus::contract::StartAt;
use crate::bus::retry::backoff::Backoff;
use crate::receiver::delivery::DeliveryPolicy;

/// Consumer settings. The defaults lose no event.
///
/// Each setting has a method of its name, to be chained. A limit that can be `None` takes a value or `None`.
///
/// ```
/// use std::time::Duration;
///
/// use openedx_events::DeliveryPolicy;
/// use openedx_events::bus::{ConsumerSettings, RetryPolicy};
///
/// let settings = ConsumerSettings::new()
///     .workers(8)
///     .max_in_flight(500)
///     .retry(RetryPolicy::new().max_attempts(8).max_backoff(Duration::from_secs(300)))
///     .timeout(Duration::from_secs(30))
///     .stuck_after(None)
///     .receiver("my_service::certificates::issue", DeliveryPolicy::new().max_attempts(20));
///
/// assert_eq!((settings.workers, settings.batch), (8, 100));
/// assert_eq!(settings.timeout, Some(Duration::from_secs(30)));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ConsumerSettings {
    /// The name of the consumer, which must be unique in its group: see [`EventConsumer::name`](super::EventConsumer::name), which
    /// overrides it. `None` for the name of the host. Default: `None`.
    pub consumer_name: Option<String>,
    /// Where a new group starts; a group that exists keeps its position. Default: [`StartAt::Earliest`].
    pub start: StartAt,
    /// What to do at the start about a topic that does not exist, as its name may be mistyped. Default:
    /// [`MissingTopic::Create`].
    pub missing_topic: MissingTopic,
    /// Whether to move the group behind the last entry at each start, as upstream does. What was sent while no consumer ran
    /// is then lost, and so is what the other consumers of the group have not read. Default: `false`.
    pub skip_to_end_at_start: bool,
    /// Number of threads that run receivers, for each topic; at least 1. Events of one key are never handled at the same
    /// time. Default: 4.
    pub workers: usize,
    /// Maximum number of entries per read; at least 1. Default: 100.
    pub batch: usize,
    /// Maximum number of entries of a topic in flight, those included that back off before a retry; at least 1. Default:
    /// 1,000.
    pub max_in_flight: usize,
    /// Maximum size of the entries of a topic in flight, in bytes; at least 1. It is exceeded by one entry, and by more when
    /// entries are larger than those before. Default: 16 MiB.
    pub max_in_flight_bytes: usize,
    /// How receivers that fail are retried, unless they have a policy of their own. Default: [`RetryPolicy::new`].
    pub retry: RetryPolicy,
    /// What to do with an event that comes without the fingerprint of its schema, from an unknown release of openedx-events.
    /// Default: [`UnknownRelease::Newest`].
    pub unknown_release: UnknownRelease,
    /// How long an event waits for a receiver that does not work, from its first failure; it is then dead-lettered with the
    /// reason `outage`. Zero: no event waits, and each that fails is dead-lettered after its attempts, whatever fails beside
    /// it. Default: 24 hours.
    pub outage_limit: Duration,
    /// Maximum number of events of a topic that this consumer parks: they wait for receivers that do not work, outside of the
    /// topic. When it is reached, nothing more is read until parked events are done. Zero: nothing is parked, and what waits
    /// stays in flight. Default: 100,000.
    pub max_parked: usize,
    /// The same in bytes. Default: 256 MiB.
    pub max_parked_bytes: u64,
    /// Whether new entries are read. Default: [`ReadFrom::Topic`].
    pub read_from: ReadFrom,
    /// When an entry is acknowledged. Default: [`AckPolicy::OnSuccess`].
    pub ack_policy: AckPolicy,
    /// Maximum time of one run of a receiver; `None` for no limit. An async receiver is dropped at its timeout, and has failed.
    /// A sync one cannot be stopped; an error is logged, and it is counted as [`overdue`](super::ConsumerReport::overdue).
    /// Default: `None`.
    pub timeout: Option<Duration>,
    /// A receiver that runs for longer than this, and longer than its timeout, is stuck: the consumer ends with
    /// [`StopError::Stuck`](super::StopError::Stuck). `None` for never. Default: 1 hour.
    pub stuck_after: Option<Duration>,
    /// An entry whose consumer has sent no heartbeat for this time may be claimed by another one. Default: 60 seconds.
    pub claim_after: Duration,
    /// Interval between heartbeats, and between looks for idle entries of other consumers; at most half of `claim_after`.
    /// Default: 15 seconds.
    pub heartbeat: Duration,
    /// Maximum number of times that the process may die while it handles a redelivered entry. The entry is then dead-lettered.
    /// Default: 3.
    pub max_crashes: u32,
    /// The consumer ends with [`StopError::TooManyErrors`](super::StopError::TooManyErrors) when this number of events of a
    /// topic in a row have failed; `None` for never. An event counts once: when its attempts are used up, when it is
    /// dead-lettered, when a circuit opens over it, or as a probe that failed. One that is wholly done resets the number.
    /// Default: `None`.
    pub consecutive_errors_limit: Option<u32>,
    /// An error is logged when the dead letters of a topic reach this number, and again each time the number has doubled;
    /// `None` for never. The dead letters of all groups and processes count, if the backend can tell their number. It is
    /// logged by the consumer that adds a dead letter, so one that starts later logs it with its first one. Default: 10,000.
    pub dead_letters_alarm: Option<u64>,
    /// Whether to record on the bus which events each receiver has processed, so that it processes none of them again after a
    /// crash. A receiver may ask for it by itself. Receivers of an event that share a [path](crate::ReceiverInfo::path) have
    /// no dedup; a warning is logged. Default: `false`.
    pub dedup: bool,
    /// Policies of single receivers by [path](crate::ReceiverInfo::path), or by the name of a closure that is connected before
    /// the start. A policy overrides what the receiver declares, which overrides the settings of all; but a receiver has dedup
    /// if any of the three asks for it. A path that no receiver has is an error at the start. Default: empty.
    pub receivers: BTreeMap<String, DeliveryPolicy>,
    /// Maximum time to wait for a bus that cannot be reached at the start. Default: 30 seconds.
    pub start_timeout: Duration,
    /// Maximum time to reconnect to a bus that is lost; the consumer then ends with
    /// [`StopError::Bus`](super::StopError::Bus). `None` for no limit. Default: `None`.
    pub reconnect_timeout: Option<Duration>,
    /// The consumer ends after this number of entries, of all topics together, are done or dead-lettered, and begins no more
    /// than these; at least 1, `None` for no limit. Default: `None`.
    pub max_entries: Option<u64>,
    /// The address at which this process serves [`/healthz`, `/readyz` and `/metrics`](crate::bus::status), `HOST:PORT`, for all of its
    /// consumers and producers; `None` for none. Default: `None`.
    pub status: Option<String>,
    /// Whether to start a program that has no receivers: every event is then acknowledged unseen. Default: `false`.
    pub allow_no_receivers: bool,
}

impl Default for ConsumerSettings {
    fn default() -> Self {
        Self {
            consumer_name: None,
            start: StartAt::Earliest,
            missing_topic: MissingTopic::default(),
            skip_to_end_at_start: false,
            workers: 4,
            batch: 100,
            max_in_flight: 1000,
            max_in_flight_bytes: 16 * 1024 * 1024,
            retry: RetryPolicy::default(),
            unknown_release: UnknownRelease::default(),
            outage_limit: Duration::from_secs(24 * 3600),
            max_parked: 100_000,
            max_parked_bytes: 256 * 1024 * 1024,
            read_from: ReadFrom::default(),
            ack_policy: AckPolicy::default(),
            timeout: None,
            stuck_after: Some(Duration::from_secs(3600)),
            claim_after: Duration::from_secs(60),
            heartbeat: Duration::from_secs(15),
            max_crashes: 3,
            consecutive_errors_limit: None,
            dead_letters_alarm: Some(10_000),
            dedup: false,
            receivers: BTreeMap::new(),
            start_timeout: Duration::from_secs(30),
            reconnect_timeout: None,
            max_entries: None,
            status: None,
            allow_no_receivers: false,
        }
    }
}

/// A method for each setting, which sets the field of its name.
macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $type:ty;)+) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $name(mut self, $name: $type) -> Self {
                self.$name = $name.into();
                self
            }
        )+
    };
}

impl ConsumerSettings {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets the name of the consumer; `None` for the name of the host.
        consumer_name: impl Into<Option<String>>;
        /// Sets where a new group starts.
        start: StartAt;
        /// Sets what to do about a topic that does not exist.
        missing_topic: MissingTopic;
        /// Sets whether to move the group behind the last entry at each start.
        skip_to_end_at_start: bool;
        /// Sets the number of threads that run receivers, for each topic; at least 1.
        workers: usize;
        /// Sets the maximum number of entries per read; at least 1.
        batch: usize;
        /// Sets the maximum number of entries of a topic in flight; at least 1.
        max_in_flight: usize;
        /// Sets the maximum size of the entries of a topic in flight, in bytes; at least 1.
        max_in_flight_bytes: usize;
        /// Sets how receivers that fail are retried.
        retry: RetryPolicy;
        /// Sets what to do with an event of an unknown release of openedx-events.
        unknown_release: UnknownRelease;
        /// Sets how long an event waits for a receiver that does not work; zero for not at all.
        outage_limit: Duration;
        /// Sets the maximum number of parked events of a topic; zero for none.
        max_parked: usize;
        /// Sets the maximum size of the parked events of a topic, in bytes.
        max_parked_bytes: u64;
        /// Sets whether new entries are read.
        read_from: ReadFrom;
        /// Sets when an entry is acknowledged.
        ack_policy: AckPolicy;
        /// Sets the maximum time of one run of a receiver; `None` for no limit.
        timeout: impl Into<Option<Duration>>;
        /// Sets the time after which a receiver is stuck and the consumer ends; `None` for never.
        stuck_after: impl Into<Option<Duration>>;
        /// Sets the time without a heartbeat after which other consumers may claim an entry.
        claim_after: Duration;
        /// Sets the interval between heartbeats; at most half of `claim_after`.
        heartbeat: Duration;
        /// Sets how often the process may die while it handles a redelivered entry.
        max_crashes: u32;
        /// Sets how many failed events in a row end the consumer; `None` for no limit.
        consecutive_errors_limit: impl Into<Option<u32>>;
        /// Sets the number of dead letters of a topic at which an error is logged; `None` for never.
        dead_letters_alarm: impl Into<Option<u64>>;
        /// Sets whether to record which events each receiver has processed.
        dedup: bool;
        /// Sets the policies of single receivers, by path.
        receivers: BTreeMap<String, DeliveryPolicy>;
        /// Sets the maximum time to wait for the bus at the start.
        start_timeout: Duration;
        /// Sets the maximum time to reconnect to a bus that is lost; `None` for no limit.
        reconnect_timeout: impl Into<Option<Duration>>;
        /// Sets the number of entries after which the consumer ends; `None` for no limit.
        max_entries: impl Into<Option<u64>>;
        /// Sets the address of the endpoints for the status; `None` for none.
        status: impl Into<Option<String>>;
        /// Sets whether to start a program that has no receivers.
        allow_no_receivers: bool;
    }

    /// Sets the policy of one more receiver, by its path.
    #[must_use]
    pub fn receiver(mut self, path: impl Into<String>, policy: DeliveryPolicy) -> Self {
        self.receivers.insert(path.into(), policy);
        self
    }
}

/// What to do about a topic that does not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissingTopic {
    /// Creates it and logs a warning.
    #[default]
    Create,
    /// Refuses to start.
    Refuse,
}

/// What to do with an event of an unknown release of openedx-events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownRelease {
    /// Decodes it with the newest schema; it is dead-lettered if that does not consume its bytes whole. It is counted, and a
    /// warning is logged once for each release.
    #[default]
    Newest,
    /// Dead-letters it.
    DeadLetter,
}

/// What a consumer reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadFrom {
    /// The topic. What the group has parked runs beside the new entries.
    #[default]
    Topic,
    /// Only what the group has parked: no new entry is read, and the consumer ends when nothing is parked any more that it could
    /// run. For the time before a downgrade to a release that does not park.
    Parked,
}

/// When an entry is acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AckPolicy {
    /// When every receiver is done with it, or it is dead-lettered.
    #[default]
    OnSuccess,
    /// After one attempt, whether or not it succeeded, as upstream does: there are no retries and no dead letters, and what
    /// fails is only logged.
    Always,
}

/// How a receiver that fails is retried. Other receivers of the event are not run again.
///
/// An event that has used up its attempts is dead-lettered, unless many events of the receiver fail and nothing shows that it
/// works: then the event waits, for the consumer's [`outage_limit`](ConsumerSettings::outage_limit) at most.
///
/// The backoff before a retry is random, up to a limit that doubles with each attempt from `initial_backoff` to
/// `max_backoff`.
///
/// ```
/// use std::time::Duration;
///
/// use openedx_events::bus::RetryPolicy;
///
/// const PATIENT: RetryPolicy =
///     RetryPolicy::new().max_attempts(10).initial_backoff(Duration::from_secs(1)).max_backoff(Duration::from_secs(600));
///
/// assert_eq!(RetryPolicy::default().max_attempts, 5);
/// assert_eq!(PATIENT.max_attempts, 10);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Maximum number of attempts per event; at least 1. Default: 5.
    pub max_attempts: u32,
    /// Longest backoff after the first attempt; it doubles with each further one. Default: 200 milliseconds.
    pub initial_backoff: Duration,
    /// Longest backoff of all. Default: 30 seconds.
    pub max_backoff: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new()
    }
}

impl RetryPolicy {
    /// The default: 5 attempts, with a backoff of 200 milliseconds to 30 seconds.
    pub const fn new() -> Self {
        Self {
            max_attempts: 5,
            initial_backoff: Duration::from_millis(200),
            max_backoff: Duration::from_secs(30),
        }
    }

    /// Sets the maximum number of attempts per event; at least 1.
    #[must_use]
    pub const fn max_attempts(mut self, max_attempts: u32) -> Self {
        self.max_attempts = max_attempts;
        self
    }

    /// Sets the longest backoff after the first attempt.
    #[must_use]
    pub const fn initial_backoff(mut self, backoff: Duration) -> Self {
        self.initial_backoff = backoff;
        self
    }

    /// Sets the longest backoff of all.
    #[must_use]
    pub const fn max_backoff(mut self, backoff: Duration) -> Self {
        self.max_backoff = backoff;
        self
    }

    /// The backoff after this number of failed attempts: this part of the longest one, from 0 to 1.
    pub(super) fn backoff(&self, failed: u32, jitter: f64) -> Duration {
        Backoff::doubling(self.initial_backoff, self.max_backoff).delay_after(failed, jitter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backoff_doubles_up_to_the_longest() {
        let policy =
            RetryPolicy::new().initial_backoff(Duration::from_secs(1)).max_backoff(Duration::from_secs(10));
        let backoffs = [0, 1, 2, 3, 4, 5, 100, u32::MAX].map(|failed| policy.backoff(failed, 1.0).as_secs());
        assert_eq!(backoffs, [1, 1, 2, 4, 8, 10, 10, 10]);
        assert_eq!(policy.backoff(3, 0.5), Duration::from_secs(2));
        assert_eq!(policy.backoff(3, 0.0), Duration::ZERO);
    }

    #[test]
    fn a_setter_sets_the_field_of_its_name() {
        let policies = BTreeMap::from([("a".to_owned(), DeliveryPolicy::new())]);
        let second = Duration::from_secs(1);
        let settings = ConsumerSettings::new()
            .consumer_name("a".to_owned())
            .start(StartAt::Latest)
            .missing_topic(MissingTopic::Refuse)
            .skip_to_end_at_start(true)
            .workers(1)
            .batch(2)
            .max_in_flight(3)
            .max_in_flight_bytes(4)
            .retry(RetryPolicy::new().max_attempts(5).initial_backoff(second).max_backoff(second * 2))
            .unknown_release(UnknownRelease::DeadLetter)
            .outage_limit(second * 11)
            .max_parked(12)
            .max_parked_bytes(13)
            .read_from(ReadFrom::Parked)
            .ack_policy(AckPolicy::Always)
            .timeout(second * 3)
            .stuck_after(None)
            .claim_after(second * 4)
            .heartbeat(second * 5)
            .max_crashes(6)
            .consecutive_errors_limit(7)
            .dead_letters_alarm(None)
            .dedup(true)
            .receivers(policies.clone())
            .start_timeout(second * 8)
            .reconnect_timeout(Some(second * 9))
            .max_entries(10)
            .status("127.0.0.1:9464".to_owned())
            .allow_no_receivers(true);
        let expected = ConsumerSettings {
            consumer_name: Some("a".to_owned()),
            start: StartAt::Latest,
            missing_topic: MissingTopic::Refuse,
            skip_to_end_at_start: true,
            workers: 1,
            batch: 2,
            max_in_flight: 3,
            max_in_flight_bytes: 4,
            retry: RetryPolicy { max_attempts: 5, initial_backoff: second, max_backoff: second * 2 },
            unknown_release: UnknownRelease::DeadLetter,
            outage_limit: second * 11,
            max_parked: 12,
            max_parked_bytes: 13,
            read_from: ReadFrom::Parked,
            ack_policy: AckPolicy::Always,
            timeout: Some(second * 3),
            stuck_after: None,
            claim_after: second * 4,
            heartbeat: second * 5,
            max_crashes: 6,
            consecutive_errors_limit: Some(7),
            dead_letters_alarm: None,
            dedup: true,
            receivers: policies,
            start_timeout: second * 8,
            reconnect_timeout: Some(second * 9),
            max_entries: Some(10),
            status: Some("127.0.0.1:9464".to_owned()),
            allow_no_receivers: true,
        };
        assert_eq!(settings, expected);
        let more = settings.receiver("b", DeliveryPolicy::new().dedup());
        assert_eq!(more.receivers.keys().collect::<Vec<_>>(), ["a", "b"]);
    }
}
