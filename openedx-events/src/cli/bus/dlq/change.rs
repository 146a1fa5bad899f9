//! Changing dead letters: [`ChangeArgs`].

use std::io::Write;
use std::ops::ControlFlow;

use clap::Args;

use super::args::Chosen;
use super::letter::Letter;
use super::{letters, list};
use crate::bus::EntryId;
use crate::cli::bus::consent::Consent;
use crate::cli::bus::progress::Progress;
use crate::cli::bus::topic::{OpenTopic, TopicArgs, admin};
use crate::cli::outcome::Failure;
use crate::cli::terminal::Terminal;

/// The options of a command that changes dead letters.
#[derive(Args)]
pub(super) struct ChangeArgs {
    #[command(flatten)]
    pub(super) topic: TopicArgs,
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    pub(super) consent: Consent,
}

impl ChangeArgs {
    /// Opens the topic and finds the chosen dead letters, which it prints by kind. Empty if the topic has none.
    ///
    /// # Errors
    ///
    /// None is chosen, or one that is chosen does not exist.
    pub(super) fn find<'a>(
        &self,
        stdout: &mut dyn Write,
        stderr: &'a mut dyn Write,
        terminal: Terminal,
    ) -> Result<(OpenTopic<'a>, Vec<EntryId>), Failure> {
        let ids = self.chosen.ids()?;
        let mut open = self.topic.open_existing(stderr)?;
        open.progress = Progress::new(terminal.is_watched());
        let mut kinds = list::Kinds::default();
        let ids = if let Some(ids) = ids {
            let (mut chosen, gone) = letters::read(&mut open, &ids)?;
            if !gone.is_empty() {
                let gone: Vec<_> = gone.iter().map(EntryId::as_str).collect();
                return Err(Failure::Refused(format!(
                    "{} has no dead letter {}",
                    open.topic,
                    gone.join(", ")
                )));
            }
            chosen.retain(|letter| self.chosen.filter.admits(letter));
            for letter in &chosen {
                kinds.add(letter);
            }
            chosen.into_iter().map(|letter| letter.entry).collect()
        } else {
            let mut ids = Vec::new();
            let others = letters::each(&mut open, &self.chosen.filter, |letter| {
                kinds.add(&letter);
                ids.push(letter.entry);
                Ok(ControlFlow::Continue(()))
            })?;
            if ids.is_empty() && !others.is_empty() {
                return Err(self.chosen.filter.none_admitted(&others));
            }
            ids
        };
        if ids.is_empty() {
            writeln!(stdout, "{}", list::nothing(&open.topic))?;
        }
        kinds.print(stdout)?;
        open.progress = Progress::new(terminal.is_watched()).of(ids.len() as u64);
        Ok((open, ids))
    }
}

/// Removes dead letters. Returns how many of them existed.
pub(super) fn remove(open: &mut OpenTopic<'_>, ids: &[EntryId]) -> Result<u64, crate::bus::BusError> {
    open.call(|bus, topic| admin(bus)?.remove(&topic.dead_letters(), ids))
}

/// The dead letters with these ids that still exist.
pub(super) fn still_there(open: &mut OpenTopic<'_>, ids: &[EntryId]) -> Result<Vec<Letter>, Failure> {
    letters::read(open, ids).map(|(letters, _)| letters)
}
