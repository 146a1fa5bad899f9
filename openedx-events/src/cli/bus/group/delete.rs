//! `group delete`.

use clap::Args;

use super::list::Listed;
use crate::cli::Streams;
use crate::cli::bus::amount::counted;
use crate::cli::bus::consent::{Asked, Consent, Question};
use crate::cli::bus::topic::TopicArgs;
use crate::cli::outcome::{Failure, Outcome, Success};
use crate::cli::output::{one_line, report};
use crate::cli::terminal::Terminal;

#[derive(Args)]
pub(super) struct Delete {
    #[command(flatten)]
    topic: TopicArgs,
    /// Name of the group.
    #[arg(short = 'g', long, value_name = "GROUP")]
    group: String,
    #[command(flatten)]
    consent: Consent,
}

impl Delete {
    pub(super) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        let Streams { stdin, stdout, stderr } = streams;
        let name = self.group.as_str();
        let mut open = self.topic.open_existing(stderr)?;
        let group = open.group(name)?;
        Listed::of(&group).print(stdout)?;
        stdout.flush()?;
        let loss = match group.parked {
            0 => "its position and its pending entries".to_owned(),
            parked => {
                format!("its position, its pending entries and its {}", counted(parked, "parked event"))
            }
        };
        let question = Question {
            verb: "delete",
            done: "deleted",
            what: "it",
            loss: Some(&format!("the group `{}` would lose {loss}", name.escape_debug())),
        };
        if !self.consent.ask(&question, Asked { stdin, stderr: open.stderr, terminal })? {
            return Ok(Success::Complete);
        }
        if !open.call(|bus, topic| bus.delete_group(topic, name))? {
            let gone = format!("{} has no group `{}` any more", open.topic, name.escape_debug());
            return Err(Failure::Refused(gone));
        }
        let with = match group.parked {
            0 => String::new(),
            parked => format!(", with {}", counted(parked, "parked event")),
        };
        let line = format!("deleted group {} of {}{with}", one_line(name), open.topic);
        report(stdout, open.stderr, &line)?;
        Ok(Success::Complete)
    }
}
