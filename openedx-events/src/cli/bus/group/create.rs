//! `group create`.

use clap::Args;

use crate::bus::StartAt;
use crate::cli::Streams;
use crate::cli::bus::topic::TopicArgs;
use crate::cli::outcome::{Failure, Outcome, Success};
use crate::cli::output::{one_line, report};

#[derive(Args)]
pub(super) struct Create {
    #[command(flatten)]
    topic: TopicArgs,
    /// Name of the group.
    #[arg(short = 'g', long, value_name = "GROUP")]
    group: String,
    /// Start after the last entry instead of at the first one.
    #[arg(long)]
    latest: bool,
}

impl Create {
    pub(super) fn run(&self, streams: Streams<'_>) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        let mut groups = self.topic.open(stderr)?;
        if self.group.is_empty() {
            return Err(Failure::Refused("a group needs a name".to_owned()));
        }
        let start = if self.latest { StartAt::Latest } else { StartAt::Earliest };
        let (name, is_new) =
            (one_line(&self.group), groups.call(|bus, topic| bus.create_group(topic, &self.group, start))?);
        let topic = &groups.topic;
        let line = if is_new {
            let place = if self.latest { "after the last entry" } else { "at the first entry" };
            format!("created group {name} of {topic}, starting {place}")
        } else {
            format!("group {name} of {topic} already exists; its position is unchanged")
        };
        report(stdout, groups.stderr, &line)?;
        Ok(Success::Complete)
    }
}
