//! The state of all groups at one moment: [`Report`].

use std::time::SystemTime;

use crate::EventData;
use crate::bus::{GroupInfo, TopicInfo};
use crate::cli::bus::alarms::{Alarms, Lag};
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
    let waits = Alarm::Bad.when(alarms.group.abandoned > 0);
    let parks = Alarm::Bad.when(alarms.group.parked > 0);
    let name = Cell::text(topic.topic.as_str());
    let dead_letters = Cell::number(topic.dead_letters).alarm(Alarm::Warn.when(alarms.dead_letters > 0));
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
    let lag = waits.max(Alarm::Warn.when(alarms.group.lag == Lag::Unknown));
    vec![
        name,
        Cell::text(&group.name).alarm(waits.max(parks)),
        Cell::number(group.lag).alarm(lag),
        Cell::number(Some(group.pending)).alarm(waits),
        Cell::number(Some(group.parked)).alarm(parks),
        Cell::optional(group.oldest.map(age)).alarm(waits.max(Alarm::Warn.when(alarms.group.late.is_some()))),
        Cell::optional(group.idle.map(age)).alarm(waits),
        Cell::text(consumers).alarm(waits),
        dead_letters,
    ]
}
