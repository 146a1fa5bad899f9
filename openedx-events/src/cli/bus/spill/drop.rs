//! `spill drop`.

use std::path::PathBuf;

use clap::Args;

use super::args::{Chosen, Events, may_change};
use crate::cli::Streams;
use crate::cli::bus::amount::events;
use crate::cli::bus::consent::{Asked, Consent};
use crate::cli::outcome::{Outcome, Success};
use crate::cli::output::report;
use crate::cli::terminal::Terminal;

#[derive(Args)]
pub(super) struct Drop {
    #[command(flatten)]
    events: Events,
    /// File with settings of the bus, `.toml` or `.json`; may be given several times.
    #[arg(long, value_name = "FILE")]
    config: Vec<PathBuf>,
    #[command(flatten)]
    consent: Consent,
}

const PAGE: usize = 1000;

impl Drop {
    pub(super) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        let Streams { stdin, stdout, stderr } = streams;
        let chosen = self.events.choose(&self.config, stderr)?;
        let asked = Asked { stdin, stderr: &mut *stderr, terminal };
        if !may_change(&chosen, ("drop", "dropped"), &self.consent, stdout, asked)? {
            return Ok(Success::Complete);
        }
        for Chosen { topic, events: spill, .. } in &chosen {
            let mut number = 0;
            while let Some(spilled) = spill.next(PAGE)? {
                number += spilled.deliveries.len();
                spill.done(&spilled, |_| true)?;
            }
            report(stdout, stderr, &format!("dropped {} of {topic}", events(number)))?;
        }
        Ok(Success::Complete)
    }
}
