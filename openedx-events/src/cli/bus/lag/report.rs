//! The state of all groups at one moment: [`Report`].

use std::time::SystemTime;

use crate::EventData;
use crate::bus::{GroupInfo, TopicInfo};
use crate::cli::bus::amount::{age, number, utc};
use crate::cli::bus::open_bus::OpenBus;
use crate::cli::outcome::Failure;
use crate::cli::table::{Alarm, Cell, Table};

/// Topics with their groups.
pub(super) struct Report {
    time: SystemTime,
    topics: Vec<(TopicInfo, Vec<GroupInfo>)>,
}

/// A group, or a topic without one, as a line of JSON.
#[derive(EventData)]
pub(super) struct Line {
    /// When it was looked at.
    time: String,
    topic: String,
    /// `null` for a topic that has no groups.
    group: Option<String>,
    /// The number of entries that the group has not read, if the bus knows it.
    lag: Option<i64>,
    /// The number of entries that were read and are not done.
    pending: Option<i64>,
    /// The number of events that wait for receivers which do not work, and have left the topic.
    parked: Option<i64>,
    /// The age of the oldest entry that is not done, if there is one and the bus knows it.
    oldest_seconds: Option<i64>,
    /// How long entries have waited while no consumer was active, if any wait and the bus knows it.
    idle_seconds: Option<i64>,
    consumers: Vec<String>,
    /// Of the topic, of all groups.
    dead_letters: Option<i64>,
    /// `ok`, `warn` or `bad`.
    level: String,
    /// Why it is not `ok`.
    reasons: Vec<String>,
}

/// What needs attention in a group.
struct Alarms {
    waits: bool,
    parks: bool,
    is_unknown: bool,
    has_dead_letters: bool,
}

impl Report {
    pub(super) fn of(open: &mut OpenBus<'_>, names: &[String]) -> Result<Self, Failure> {
        let mut topics = Vec::new();
        for info in open.chosen(names)? {
            let groups = open.call(|backend| backend.groups(&info.topic))?;
            topics.push((info, groups));
        }
        Ok(Self { time: SystemTime::now(), topics })
    }

    /// The names of the groups.
    pub(super) fn groups(&self) -> impl Iterator<Item = &str> {
        self.topics.iter().flat_map(|(_, groups)| groups).map(|group| group.name.as_str())
    }

    /// Only this group, in the topics that have it.
    pub(super) fn of_group(mut self, name: Option<&str>) -> Self {
        if let Some(name) = name {
            self.topics.iter_mut().for_each(|(_, groups)| groups.retain(|group| group.name == name));
            self.topics.retain(|(_, groups)| !groups.is_empty());
        }
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.topics.is_empty()
    }

    /// The topics, each with its groups, or with `None` if it has none.
    fn rows(&self) -> impl Iterator<Item = (&TopicInfo, Option<&GroupInfo>)> {
        self.topics.iter().flat_map(|(topic, groups)| {
            let none = groups.is_empty().then_some((topic, None));
            groups.iter().map(move |group| (topic, Some(group))).chain(none)
        })
    }

    pub(super) fn table(&self) -> Table {
        let mut table = Table::new(&[
            "TOPIC",
            "GROUP",
            "LAG",
            "PENDING",
            "PARKED",
            "OLDEST",
            "IDLE",
            "CONSUMERS",
            "DEAD LETTERS",
        ]);
        self.rows().for_each(|(topic, group)| table.row(row(topic, group)));
        table
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = Line> {
        self.rows().map(|(topic, group)| self.line(topic, group))
    }

    fn line(&self, topic: &TopicInfo, group: Option<&GroupInfo>) -> Line {
        let alarms = Alarms::of(topic, group);
        Line {
            time: utc(self.time),
            topic: topic.topic.to_string(),
            group: group.map(|group| group.name.clone()),
            lag: group.and_then(|group| group.lag).map(number::<u64>),
            pending: group.map(|group| number(group.pending)),
            parked: group.map(|group| number(group.parked)),
            oldest_seconds: group.and_then(|group| group.oldest).map(|age| number(age.as_secs())),
            idle_seconds: group.and_then(|group| group.idle).map(|idle| number(idle.as_secs())),
            consumers: group.map(|group| group.consumers.clone()).unwrap_or_default(),
            dead_letters: topic.dead_letters.map(number::<u64>),
            level: alarms.level().to_owned(),
            reasons: alarms.reasons(),
        }
    }
}

fn row(topic: &TopicInfo, group: Option<&GroupInfo>) -> Vec<Cell> {
    let alarms = Alarms::of(topic, group);
    let (waits, parks) = (Alarm::Bad.when(alarms.waits), Alarm::Bad.when(alarms.parks));
    let name = Cell::text(topic.topic.as_str());
    let dead_letters = Cell::number(topic.dead_letters).alarm(Alarm::Warn.when(alarms.has_dead_letters));
    let Some(group) = group else {
        let none = || Cell::text("-");
        let consumers = Cell::text("no group");
        return vec![name, none(), none(), none(), none(), none(), none(), consumers, dead_letters];
    };
    let consumers = match group.consumers.as_slice() {
        [] => "none".to_owned(),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    };
    let lag = waits.max(Alarm::Warn.when(alarms.is_unknown));
    vec![
        name,
        Cell::text(&group.name).alarm(waits.max(parks)),
        Cell::number(group.lag).alarm(lag),
        Cell::number(Some(group.pending)).alarm(waits),
        Cell::number(Some(group.parked)).alarm(parks),
        Cell::optional(group.oldest.map(age)),
        Cell::optional(group.idle.map(age)).alarm(waits),
        Cell::text(consumers).alarm(waits),
        dead_letters,
    ]
}

impl Alarms {
    fn of(topic: &TopicInfo, group: Option<&GroupInfo>) -> Self {
        let has_dead_letters = topic.dead_letters.unwrap_or_default() > 0;
        let Some(group) = group else {
            return Self { waits: false, parks: false, is_unknown: false, has_dead_letters };
        };
        let has_waiting = group.pending > 0 || group.lag.unwrap_or_default() > 0;
        Self {
            // A backend that knows it says how long no consumer has been active. A consumer that restarts is no alarm.
            waits: has_waiting
                && (group.consumers.is_empty() || group.idle.is_some_and(|idle| idle.as_secs() >= 60)),
            parks: group.parked > 0,
            is_unknown: group.lag.is_none(),
            has_dead_letters,
        }
    }

    fn level(&self) -> &'static str {
        let Self { waits, parks, is_unknown, has_dead_letters } = *self;
        if waits || parks {
            "bad"
        } else if is_unknown || has_dead_letters {
            "warn"
        } else {
            "ok"
        }
    }

    fn reasons(&self) -> Vec<String> {
        let reasons = [
            (self.waits, "entries wait and nobody consumes"),
            (self.parks, "events are parked for receivers that do not work"),
            (self.is_unknown, "the lag is unknown"),
            (self.has_dead_letters, "the topic has dead letters"),
        ];
        reasons.into_iter().filter(|(applies, _)| *applies).map(|(_, reason)| reason.to_owned()).collect()
    }
}
