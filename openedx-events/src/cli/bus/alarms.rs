//! What needs attention in a group: [`Alarms`].

use std::time::Duration;

use crate::bus::{GroupInfo, TopicInfo};

/// How long a group may be without an active consumer: one that restarts is no alarm.
pub(super) const MAX_IDLE: Duration = Duration::from_secs(60);

/// How long an entry may wait.
const MAX_AGE: Duration = Duration::from_secs(60 * 60);

/// What needs attention in a group and its topic.
#[derive(Clone, Copy, Default)]
pub(super) struct Alarms {
    /// In the group.
    pub(super) group: GroupAlarms,
    pub(super) dead_letters: u64,
}

#[derive(Clone, Copy, Default)]
pub(super) struct GroupAlarms {
    /// The number of entries that wait and that nobody consumes.
    pub(super) abandoned: u64,
    /// The number of parked events.
    pub(super) parked: u64,
    pub(super) lag: Lag,
    /// The age of the oldest entry that is not done, if that is long.
    pub(super) late: Option<Duration>,
}

/// Whether the bus knows how far a group is behind.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Lag {
    #[default]
    Known,
    Unknown,
}

impl Alarms {
    pub(super) fn of(topic: &TopicInfo, group: Option<&GroupInfo>) -> Self {
        Self {
            group: group.map(GroupAlarms::of).unwrap_or_default(),
            dead_letters: topic.dead_letters.unwrap_or_default(),
        }
    }

    /// `ok`, `warn` or `bad`.
    pub(super) fn level(&self) -> &'static str {
        let Self { group: GroupAlarms { abandoned, parked, lag, late }, dead_letters } = *self;
        if abandoned > 0 || parked > 0 {
            "bad"
        } else if lag == Lag::Unknown || late.is_some() || dead_letters > 0 {
            "warn"
        } else {
            "ok"
        }
    }

    pub(super) fn reasons(&self) -> Vec<String> {
        let Self { group: GroupAlarms { abandoned, parked, lag, late }, dead_letters } = *self;
        let reasons = [
            (abandoned > 0, "entries wait and nobody consumes"),
            (parked > 0, "events are parked for receivers that do not work"),
            (lag == Lag::Unknown, "the lag is unknown"),
            (late.is_some(), "an entry has waited for more than an hour"),
            (dead_letters > 0, "the topic has dead letters"),
        ];
        reasons.into_iter().filter(|(applies, _)| *applies).map(|(_, reason)| reason.to_owned()).collect()
    }
}

impl GroupAlarms {
    fn of(group: &GroupInfo) -> Self {
        // Backends that know it say how long no consumer has been active.
        let has_nobody = group.consumers.is_empty() || group.idle.is_some_and(|idle| idle >= MAX_IDLE);
        let waiting = group.lag.unwrap_or_default().saturating_add(group.pending);
        Self {
            abandoned: if has_nobody { waiting } else { 0 },
            parked: group.parked,
            lag: if group.lag.is_some() { Lag::Known } else { Lag::Unknown },
            late: group.oldest.filter(|age| *age > MAX_AGE),
        }
    }
}
