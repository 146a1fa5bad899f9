//! `spill drop`.

use std::path::PathBuf;

use clap::Args;

use super::args::{Chosen, Events, events, may_change};
use crate::cli::Streams;
use crate::cli::outcome::{Outcome, Success};

#[derive(Args)]
pub(super) struct Drop {
    #[command(flatten)]
    events: Events,
    /// File with settings of the bus, `.toml` or `.json`; may be given several times.
    #[arg(long, value_name = "FILE")]
    config: Vec<PathBuf>,
    /// Remove the events instead of only showing how many there are.
    #[arg(long)]
    yes: bool,
    /// Only show how many there are.
    #[arg(long)]
    dry_run: bool,
}

const PAGE: usize = 1000;

impl Drop {
    pub(super) fn run(&self, streams: Streams<'_>) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        let chosen = self.events.choose(&self.config, stderr)?;
        if !may_change(&chosen, ("dropped", "drop"), (self.yes, self.dry_run), stdout)? {
            return Ok(Success::Complete);
        }
        for Chosen { topic, events: spill, .. } in &chosen {
            let mut number = 0;
            while let Some(spilled) = spill.next(PAGE)? {
                number += spilled.deliveries.len();
                spill.done(&spilled, |_| true)?;
            }
            writeln!(stdout, "dropped {} of {topic}", events(number))?;
        }
        Ok(Success::Complete)
    }
}
