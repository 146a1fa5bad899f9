//! `parked drop`.

use clap::Args;

use super::args::Chosen;
use super::change::{Change, ChangeArgs, Changed};
use crate::cli::Streams;
use crate::cli::outcome::Outcome;
use crate::cli::terminal::Terminal;

#[derive(Args)]
pub(super) struct Drop {
    #[command(flatten)]
    args: ChangeArgs,
    #[command(flatten)]
    chosen: Chosen,
}

impl Drop {
    pub(super) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        let receivers = self.chosen.receivers();
        let change = Change {
            verb: "drop",
            done: "dropped",
            receivers,
            target: receivers.for_them(),
            loss: Some("what is dropped is lost, without a dead letter"),
            apply: &|event| {
                let others = event.waiting.iter().filter(|waiting| !receivers.contain(&waiting.receiver));
                Changed { waiting: others.cloned().collect(), dead_letter: None }
            },
        };
        self.args.run(&change, streams, terminal)
    }
}
