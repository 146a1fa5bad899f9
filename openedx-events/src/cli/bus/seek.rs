//! `seek`: moves a group.

use clap::Args;

use super::amount::entries;
use super::consent::{Asked, Consent, Question};
use super::group::list::Listed;
use super::moment;
use super::topic::{OpenTopic, TopicArgs, admin};
use crate::bus::{EntryId, Position, Seek as Moved};
use crate::cli::Streams;
use crate::cli::outcome::{Failure, Outcome, Success};
use crate::cli::output::report;
use crate::cli::terminal::Terminal;

#[derive(Args)]
pub(in crate::cli) struct Seek {
    #[command(flatten)]
    topic: TopicArgs,
    /// Consumer group, none of whose consumers may run.
    #[arg(short = 'g', long, value_name = "GROUP")]
    group: String,
    /// What it reads next: the id of an entry, the first entry of a time (`2026-01-31T09:30:00Z`, or `2h` ago), `first`, or `last` for
    /// what comes from now on.
    #[arg(long, value_name = "PLACE", value_parser = moment::place)]
    to: Position,
    #[command(flatten)]
    consent: Consent,
}

impl Seek {
    pub(in crate::cli) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        let Streams { stdin, stdout, stderr } = streams;
        let (name, mut open) = (self.group.as_str(), self.topic.open_existing(stderr)?);
        let group = open.group(name)?;
        let after = before(&mut open, &self.to)?;
        let unread = open.call(|bus, topic| admin(bus)?.count(topic, after.as_ref()))?;
        Listed::of(&group).print(stdout)?;
        stdout.flush()?;
        let lag = group.lag.map_or_else(|| "an unknown number".to_owned(), |lag| lag.to_string());
        let loss = format!("{} behind that place, instead of {lag} now", entries(unread));
        let question = Question {
            verb: "move",
            done: "moved",
            what: &format!("the group `{}` of {}", name.escape_debug(), open.topic),
            loss: Some(&format!("the group would read {loss}")),
        };
        if !self.consent.ask(&question, Asked { stdin, stderr: open.stderr, terminal })? {
            return Ok(Success::Complete);
        }
        match open.call(|bus, topic| admin(bus)?.seek(topic, name, after.as_ref()))? {
            Moved::Moved => {}
            Moved::NoGroup => {
                let gone = format!("{} has no group `{}` any more", open.topic, name.escape_debug());
                return Err(Failure::Refused(gone));
            }
            Moved::InUse(consumers) => {
                return Err(Failure::Refused(format!(
                    "nothing was moved: {} of the group `{}` {} running: {}",
                    if consumers.len() == 1 { "a consumer" } else { "consumers" },
                    name.escape_debug(),
                    if consumers.len() == 1 { "is" } else { "are" },
                    consumers.join(", ")
                )));
            }
        }
        let group = open.group(name)?;
        let mut line = Vec::new();
        Listed::of(&group).print(&mut line)?;
        report(stdout, open.stderr, &format!("moved: {}", String::from_utf8_lossy(&line).trim_end()))?;
        Ok(Success::Complete)
    }
}

/// The entry before a place.
///
/// # Errors
///
/// The place is that of an entry which does not exist.
pub(super) fn before(open: &mut OpenTopic<'_>, place: &Position) -> Result<Option<EntryId>, Failure> {
    let after = open.call(|bus, topic| admin(bus)?.position(topic, place))?;
    if let Position::At(id) = place {
        let next = open.call(|bus, topic| bus.browse(topic, after.as_ref(), 1))?.pop();
        match next {
            Some(next) if next.entry == *id => {}
            Some(next) => {
                return Err(Failure::Refused(format!(
                    "{} has no entry {id}: the next one is {}",
                    open.topic, next.entry
                )));
            }
            None => {
                return Err(Failure::Refused(format!(
                    "{} has no entry {id}, and none behind it",
                    open.topic
                )));
            }
        }
    }
    Ok(after)
}
