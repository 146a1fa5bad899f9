//! Which parked events a command is about: [`LookArgs`], [`Chosen`] and [`Receivers`].

use clap::Args;

use crate::bus::{GroupInfo, ParkedEvent};
use crate::cli::bus::topic::{OpenTopic, TopicArgs};
use crate::cli::outcome::Failure;

/// The options of a command that changes nothing.
#[derive(Args)]
pub(super) struct LookArgs {
    #[command(flatten)]
    pub(super) topic: TopicArgs,
    /// Consumer group; by default all groups of the topic.
    #[arg(short = 'g', long, value_name = "GROUP")]
    group: Option<String>,
    /// Only what waits for this receiver.
    #[arg(long, value_name = "PATH")]
    receiver: Option<String>,
}

impl LookArgs {
    /// The groups that it is about.
    pub(super) fn groups(&self, open: &mut OpenTopic<'_>) -> Result<Vec<GroupInfo>, Failure> {
        match &self.group {
            Some(group) => open.group(group).map(|group| vec![group]),
            None => Ok(open.call(|bus, topic| bus.groups(topic))?),
        }
    }

    pub(super) fn receivers(&self) -> Receivers<'_> {
        Receivers::of(self.receiver.as_deref())
    }

    /// That there is nothing.
    pub(super) fn nothing(&self, open: &OpenTopic<'_>) -> String {
        let topic = &open.topic;
        match &self.group {
            Some(group) => nothing_parked(group, open),
            None => format!("no group of {topic} has parked events"),
        }
    }
}

/// The options that choose receivers.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub(super) struct Chosen {
    /// Only this receiver, by its path.
    #[arg(long, value_name = "PATH")]
    receiver: Option<String>,
    /// All receivers.
    #[arg(long)]
    all: bool,
}

impl Chosen {
    pub(super) fn receivers(&self) -> Receivers<'_> {
        Receivers::of(self.receiver.as_deref())
    }
}

/// That there is nothing for a group.
pub(super) fn nothing_parked(group: &str, open: &OpenTopic<'_>) -> String {
    format!("the group `{}` of {} has no parked events", group.escape_debug(), open.topic)
}

/// The receivers that a command is about.
#[derive(Clone, Copy)]
pub(super) enum Receivers<'a> {
    All,
    /// The one with this path.
    One(&'a str),
}

impl<'a> Receivers<'a> {
    /// The one with this path, or all.
    pub(super) fn of(path: Option<&'a str>) -> Self {
        path.map_or(Self::All, Self::One)
    }

    pub(super) fn contain(self, path: &str) -> bool {
        match self {
            Self::All => true,
            Self::One(only) => only == path,
        }
    }

    /// Whether the event waits for one of them.
    pub(super) fn has_waiting(self, event: &ParkedEvent) -> bool {
        event.waiting.iter().any(|waiting| self.contain(&waiting.receiver))
    }

    /// Behind a number of events.
    pub(super) fn for_them(self) -> String {
        match self {
            Self::All => "for all receivers".to_owned(),
            Self::One(path) => format!("for `{}`", path.escape_debug()),
        }
    }
}
