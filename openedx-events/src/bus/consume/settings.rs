//! How a consumer goes about: [`ConsumerSettings`].

use std::collections::BTreeMap;
use std::time::Duration;

use crate::bus::contract::StartAt;
use crate::bus::retry::backoff::Backoff;
use crate::receiver::delivery::DeliveryPolicy;

/// How a consumer goes about. The defaults lose nothing.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ConsumerSettings {
    /// Where a new group starts. A group that is there keeps its place.
    pub start: StartAt,
    /// What to do about a topic that is not there yet: its name may be mistyped.
    pub missing_topic: MissingTopic,
    /// Whether to move the group behind the last entry at each start, as upstream does: what was sent while no consumer ran
    /// is lost, and so is what the other consumers of the group have not read.
    pub skip_to_end_at_start: bool,
    /// How many receivers may run at once for each topic. Events of one key are never handled at once.
    pub workers: usize,
    /// How many entries are read at once.
    pub batch: usize,
    /// How many entries of a topic may be in hand, those that wait for their next attempt included.
    pub max_in_flight: usize,
    /// How many bytes of memory they may take.
    pub max_in_flight_bytes: usize,
    /// How receivers that fail are tried again, unless they have a policy of their own.
    pub retry: RetryPolicy,
    /// What becomes of events that do not say what they were written with, but for a release of openedx-events that is not
    /// known.
    pub unknown_release: UnknownRelease,
    /// When an entry is acknowledged.
    pub ack_policy: AckPolicy,
    /// The longest that an async receiver may take for one event; it is dropped then, and has failed. A sync one that
    /// takes longer is told of, but cannot be stopped. A receiver may have a limit of its own.
    pub timeout: Option<Duration>,
    /// A receiver that takes longer than this, and longer than its time limit, is stuck: the consumer stops with an error.
    pub stuck_after: Option<Duration>,
    /// After this time without a sign of life, other consumers take an entry over.
    pub claim_after: Duration,
    /// How often signs of life are given, and the idle entries of others are looked for.
    pub heartbeat: Duration,
    /// How often the process may die while it handles an entry that came again.
    pub max_crashes: u32,
    /// After so many events in a row that end as dead letters the consumer stops with an error; `None` for never.
    pub consecutive_errors_limit: Option<u32>,
    /// When the dead letters of a topic reach this number, the consumer that adds one logs an error, and again each time
    /// the number has doubled; `None` for never. Those of all groups and processes count, if the bus can tell. A consumer
    /// that starts later tells it with the first letter that it adds.
    pub dead_letters_alarm: Option<u64>,
    /// Whether each receiver's events are remembered by their ids, so that none is handled twice after a crash. A receiver
    /// may ask for it by itself. It is remembered by its path; those that share a path have none, and that is logged.
    pub dedup: bool,
    /// What holds for single receivers, by [their paths](crate::ReceiverInfo::path), or the names of closures that are
    /// connected before the start. It goes before what a receiver declares, which goes before the settings of all; but a
    /// receiver has dedup if any of the three asks for it. A path that no receiver has is refused at the start.
    pub receivers: BTreeMap<String, DeliveryPolicy>,
    /// How long a bus that cannot be reached is waited for at the start.
    pub start_timeout: Duration,
    /// How long a bus that is lost while running is waited for; `None` for ever.
    pub reconnect_timeout: Option<Duration>,
    /// Ends after so many entries, of all topics together, each done or a dead letter; `None` for never. More are not
    /// begun.
    pub max_entries: Option<u64>,
    /// Whether to start though the program has no receivers at all.
    pub allow_no_receivers: bool,
}

impl Default for ConsumerSettings {
    fn default() -> Self {
        Self {
            start: StartAt::Earliest,
            missing_topic: MissingTopic::default(),
            skip_to_end_at_start: false,
            workers: 4,
            batch: 100,
            max_in_flight: 1000,
            max_in_flight_bytes: 16 * 1024 * 1024,
            retry: RetryPolicy::default(),
            unknown_release: UnknownRelease::default(),
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
            allow_no_receivers: false,
        }
    }
}

/// What to do about a topic that is not there yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissingTopic {
    /// Make it, with a warning.
    #[default]
    Create,
    /// Refuse to start.
    Refuse,
}

/// What becomes of events of a release of openedx-events that is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownRelease {
    /// They are read by the newest schema, if it reads the bytes as a whole; counted, and logged once a release.
    #[default]
    Newest,
    /// They are dead letters.
    DeadLetter,
}

/// When an entry is acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AckPolicy {
    /// When every receiver is done with it, or it is a dead letter.
    #[default]
    OnSuccess,
    /// After one attempt, whatever came of it, as upstream does: no further attempts and no dead letters. What fails is
    /// lost but for the log.
    Always,
}

/// How a receiver that fails is tried again, it alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// How often it is run at most, from 1 on.
    pub max_attempts: u32,
    /// The longest pause after the first attempt; it doubles with each one. The pause is a random part of it.
    pub initial_backoff: Duration,
    /// No pause is longer.
    pub max_backoff: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 5,
            initial_backoff: Duration::from_millis(200),
            max_backoff: Duration::from_secs(30),
        }
    }
}

impl RetryPolicy {
    /// The pause after so many failed attempts, as a part of the longest one that there may be.
    pub(super) fn pause(&self, failed: u32, part: f64) -> Duration {
        Backoff::new(self.initial_backoff, self.max_backoff).delay_after(failed, part)
    }
}
