//! `dlq drop`.

use clap::Args;

use super::change::{ChangeArgs, remove};
use super::letters::PAGE;
use crate::cli::Streams;
use crate::cli::bus::amount::counted;
use crate::cli::bus::consent::{Asked, Question};
use crate::cli::outcome::{Outcome, Success};
use crate::cli::output::report;
use crate::cli::terminal::Terminal;

#[derive(Args)]
pub(super) struct Drop {
    #[command(flatten)]
    change: ChangeArgs,
}

impl Drop {
    pub(super) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        let Streams { stdin, stdout, stderr } = streams;
        let (mut open, ids) = self.change.find(stdout, stderr, terminal)?;
        let (what, total) = (counted(ids.len() as u64, "dead letter"), ids.len() as u64);
        let question =
            Question { verb: "drop", done: "dropped", what: &what, loss: Some("they are lost then") };
        if ids.is_empty()
            || !self.change.consent.ask(&question, Asked { stdin, stderr: open.stderr, terminal })?
        {
            return Ok(Success::Complete);
        }
        let mut dropped = 0;
        for ids in ids.chunks(PAGE) {
            match remove(&mut open, ids) {
                Ok(removed) => dropped += removed,
                Err(error) => {
                    open.clear_progress();
                    // The bus has failed, whether or not the output has, too.
                    let _ = report(stdout, open.stderr, &format!("dropped {dropped} of {what}"));
                    return Err(error.into());
                }
            }
            open.show_progress(dropped);
        }
        open.clear_progress();
        let mut line = format!("dropped {}", counted(dropped, "dead letter"));
        if dropped < total {
            line.extend(["\n", &counted(total - dropped, "dead letter"), " no longer existed"]);
        }
        report(stdout, open.stderr, &line)?;
        Ok(Success::Complete)
    }
}
