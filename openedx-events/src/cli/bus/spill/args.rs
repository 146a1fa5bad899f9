//! Which events of which files a command is about: [`Files`] and [`Chosen`].

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use crate::bus::Topic;
use crate::bus::spill::{Spill, SpillFiles, existing};
use crate::cli::bus::amount::events;
use crate::cli::bus::consent::{Asked, Consent, Question};
use crate::cli::bus::options;
use crate::cli::outcome::Failure;
use crate::suggest::nearest;

/// The options that choose the files.
#[derive(Args)]
pub(super) struct Files {
    /// Path of the spill files, without their numbers; by default the setting `EVENT_BUS_SPILL_PATH`.
    #[arg(long, value_name = "PATH")]
    path: Option<PathBuf>,
}

impl Files {
    pub(super) fn path(&self, config: &[PathBuf], stderr: &mut dyn Write) -> Result<PathBuf, Failure> {
        let path = match &self.path {
            Some(path) => Some(path.clone()),
            None => options::read(config, stderr)?.spill_path,
        };
        path.ok_or_else(|| {
            Failure::Refused(
                "no spill file is configured: pass `--path PATH` or set EVENT_BUS_SPILL_PATH".to_owned(),
            )
        })
    }
}

/// The options that choose the events.
#[derive(Args)]
pub(super) struct Events {
    #[command(flatten)]
    files: Files,
    /// Only the events of this topic, with its prefix; by default those of all topics.
    #[arg(short = 't', long, value_name = "TOPIC")]
    topic: Option<String>,
    /// The events that the bus did not take, instead of those that wait to be published.
    #[arg(long)]
    set_aside: bool,
}

/// Events of a topic in spill files.
pub(super) struct Chosen {
    pub(super) topic: Topic,
    pub(super) number: usize,
    pub(super) events: Spill,
}

impl Events {
    /// The events, by topic. The files of running processes are left out, with a note to stderr.
    pub(super) fn choose(&self, config: &[PathBuf], stderr: &mut dyn Write) -> Result<Vec<Chosen>, Failure> {
        let path = self.files.path(config, stderr)?;
        let files = SpillFiles::left_behind(&path)?;
        for used in existing(&path)?.iter().filter(|file| !files.paths().any(|path| path == *file)) {
            // A command does not fail because stderr is closed.
            let _ = writeln!(stderr, "{} is left out, as a running process uses it", used.display());
        }
        let mut chosen = Vec::new();
        let topics = files.topics()?;
        for (topic, found) in &topics {
            let number = if self.set_aside { found.set_aside } else { found.events };
            if number > 0 && self.topic.as_deref().is_none_or(|only| only == topic.as_str()) {
                let place = if self.set_aside { topic.dead_letters() } else { topic.clone() };
                chosen.push(Chosen { topic: topic.clone(), number, events: files.topic(&place, &[])? });
            }
        }
        match &self.topic {
            Some(only) if chosen.is_empty() => {
                let near = nearest(only, topics.keys().map(Topic::as_str));
                let what =
                    format!("there are no such events of `{}` in the files{near}", only.escape_debug());
                Err(Failure::Refused(what))
            }
            _ => Ok(chosen),
        }
    }

    pub(super) fn is_of_set_aside(&self) -> bool {
        self.set_aside
    }
}

/// Prints what a command is about to change, and asks whether it may.
pub(super) fn may_change(
    chosen: &[Chosen],
    (verb, done): (&str, &str),
    consent: &Consent,
    stdout: &mut dyn Write,
    asked: Asked<'_>,
) -> Result<bool, Failure> {
    for Chosen { topic, number, .. } in chosen {
        writeln!(stdout, "{topic}: {}", events(*number))?;
    }
    stdout.flush()?;
    let number: usize = chosen.iter().map(|chosen| chosen.number).sum();
    if number == 0 {
        return Ok(false);
    }
    consent.ask(&Question { verb, done, what: &events(number), loss: None }, asked)
}
