//! `dlq publish`.

use clap::Args;

use super::change::{ChangeArgs, remove, still_there};
use super::letter::Letter;
use super::letters::PAGE;
use crate::bus::{DeadLetter, EntryId, Message};
use crate::cli::Streams;
use crate::cli::bus::amount::counted;
use crate::cli::bus::consent::{Asked, Question};
use crate::cli::bus::topic::OpenTopic;
use crate::cli::outcome::{Failure, Outcome, Success};
use crate::cli::output::{one_line, report};
use crate::cli::terminal::Terminal;

#[derive(Args)]
pub(super) struct Publish {
    #[command(flatten)]
    change: ChangeArgs,
}

impl Publish {
    pub(super) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        let Streams { stdin, stdout, stderr } = streams;
        let (mut open, ids) = self.change.find(stdout, stderr, terminal)?;
        if ids.is_empty() {
            return Ok(Success::Complete);
        }
        let groups = open.call(|bus, topic| bus.groups(topic))?;
        let names: Vec<_> = groups.iter().map(|group| group.name.as_str()).collect();
        let readers = match names.as_slice() {
            [] => format!("{} has no groups yet; those that start at its beginning read them", open.topic),
            [name] => format!("the group {} reads them", one_line(name)),
            names => format!("the groups {} read them", one_line(&names.join(", "))),
        };
        let (total, what) =
            (ids.len() as u64, format!("{} to {}", counted(ids.len() as u64, "dead letter"), open.topic));
        let question = Question { verb: "publish", done: "published", what: &what, loss: Some(&readers) };
        if !self.change.consent.ask(&question, Asked { stdin, stderr: open.stderr, terminal })? {
            return Ok(Success::Complete);
        }
        let (mut published, mut ended) = (0, Ok(()));
        for ids in ids.chunks(PAGE) {
            ended = publish(&mut open, ids, &mut published);
            if ended.is_err() {
                break;
            }
            open.show_progress(published);
        }
        open.clear_progress();
        if let Err(failure) = ended {
            // The bus has failed, whether or not the output has, too.
            let _ = report(stdout, open.stderr, &format!("published {published} of {what}"));
            return Err(failure);
        }
        let mut line = format!("published {} to {}", counted(published, "dead letter"), open.topic);
        if published < total {
            line.extend(["\n", &counted(total - published, "dead letter"), " no longer existed"]);
        }
        report(stdout, open.stderr, &line)?;
        Ok(Success::Complete)
    }
}

/// Publishes the events of dead letters, and removes those that are published. Counts them.
fn publish(open: &mut OpenTopic<'_>, ids: &[EntryId], published: &mut u64) -> Result<(), Failure> {
    let letters = still_there(open, ids)?;
    let messages: Vec<Message> = letters.iter().map(|letter| DeadLetter::original(&letter.message)).collect();
    let mut stored = 0;
    let ended = open.call(|bus, topic| {
        let rest = messages.get(stored..).unwrap_or_default();
        bus.producer()?.publish(topic, rest).map_err(|error| {
            stored += error.stored;
            error.error
        })?;
        stored = messages.len();
        Ok(())
    });
    let done: Vec<_> = letters.iter().take(stored).map(|letter: &Letter| letter.entry.clone()).collect();
    if !done.is_empty() {
        remove(open, &done)?;
        *published += done.len() as u64;
    }
    Ok(ended?)
}
