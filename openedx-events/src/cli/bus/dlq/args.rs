//! Which dead letters a command is about: [`Filter`] and [`Chosen`].

use std::collections::BTreeSet;
use std::time::SystemTime;

use clap::Args;

use super::letter::Letter;
use crate::bus::{DeadLetterReason, EntryId, Position};
use crate::cli::bus::moment;
use crate::cli::bus::topic::{OpenTopic, admin};
use crate::cli::outcome::Failure;
use crate::suggest::nearest;

/// The options that choose dead letters by what they say.
#[derive(Args)]
pub(super) struct Filter {
    /// Only dead letters of this consumer group.
    #[arg(short = 'g', long, value_name = "GROUP")]
    group: Option<String>,
    /// Only those with this reason: `receiver_failed`, `outage`, `undecodable`, `unknown_type`, `crashed` or `operator`.
    #[arg(long, value_name = "REASON")]
    reason: Option<DeadLetterReason>,
    /// Only those of this receiver, by its path.
    #[arg(long, value_name = "PATH")]
    receiver: Option<String>,
    /// Only those with events of this type.
    #[arg(long = "type", value_name = "EVENT_TYPE")]
    event_type: Option<String>,
    /// Only those stored since this time: `2026-01-31T09:30:00Z`, or `2h` ago.
    #[arg(long, value_name = "TIME", value_parser = moment::time)]
    since: Option<SystemTime>,
}

/// What dead letters say that were not chosen.
#[derive(Default)]
pub(super) struct Others {
    groups: BTreeSet<String>,
    reasons: BTreeSet<String>,
    receivers: BTreeSet<String>,
    event_types: BTreeSet<String>,
}

impl Filter {
    pub(super) fn admits(&self, letter: &Letter) -> bool {
        self.group.as_ref().is_none_or(|group| letter.group() == *group)
            && self
                .reason
                .is_none_or(|reason| letter.content.as_ref().is_some_and(|content| content.reason == reason))
            && self.receiver.as_ref().is_none_or(|path| letter.receivers().any(|receiver| receiver == path))
            && self
                .event_type
                .as_ref()
                .is_none_or(|event_type| letter.event_type().as_ref() == Some(event_type))
    }

    fn is_empty(&self) -> bool {
        let Self { group, reason, receiver, event_type, since } = self;
        group.is_none() && reason.is_none() && receiver.is_none() && event_type.is_none() && since.is_none()
    }

    /// The entry behind which the dead letters begin.
    pub(super) fn start(&self, open: &mut OpenTopic<'_>) -> Result<Option<EntryId>, Failure> {
        let Some(since) = self.since else { return Ok(None) };
        let position = Position::Time(since);
        Ok(open.call(|bus, topic| admin(bus)?.position(&topic.dead_letters(), &position))?)
    }

    /// That there are dead letters, but none that it admits, with the nearest of what they say.
    pub(super) fn none_admitted(&self, others: &Others) -> Failure {
        let near = |wanted: &Option<String>, known: &BTreeSet<String>| {
            let wanted = wanted.as_ref().filter(|wanted| !known.contains(*wanted))?;
            Some(format!(
                ": none has `{}`{}",
                wanted.escape_debug(),
                nearest(wanted, known.iter().map(String::as_str))
            ))
        };
        let reason = self.reason.map(|reason| reason.to_string());
        let why = near(&self.group, &others.groups)
            .or_else(|| near(&reason, &others.reasons))
            .or_else(|| near(&self.receiver, &others.receivers))
            .or_else(|| near(&self.event_type, &others.event_types));
        Failure::Refused(format!("no dead letter is chosen{}", why.unwrap_or_default()))
    }
}

impl Others {
    pub(super) fn add(&mut self, letter: &Letter) {
        self.groups.insert(letter.group());
        self.reasons.insert(letter.reason().to_owned());
        self.receivers.extend(letter.receivers().map(str::to_owned));
        self.event_types.extend(letter.event_type());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }
}

/// The options of a command that changes dead letters.
#[derive(Args)]
pub(super) struct Chosen {
    #[command(flatten)]
    pub(super) filter: Filter,
    /// Ids of dead letters, as `dlq show` prints them.
    #[arg(value_name = "ID")]
    pub(super) ids: Vec<String>,
    /// All dead letters of the topic.
    #[arg(long, conflicts_with = "ids")]
    all: bool,
}

impl Chosen {
    /// The ids, if dead letters are chosen by them.
    ///
    /// # Errors
    ///
    /// Nothing is chosen.
    pub(super) fn ids(&self) -> Result<Option<Vec<EntryId>>, Failure> {
        if !self.ids.is_empty() {
            return Ok(Some(self.ids.iter().map(|id| EntryId::new(id.as_str())).collect()));
        }
        if !self.all && self.filter.is_empty() {
            let what = "choose dead letters by their ids, by `--receiver`, `--reason`, `--type`, `-g` or `--since`, or all of them with `--all`";
            return Err(Failure::Refused(what.to_owned()));
        }
        Ok(None)
    }
}
