//! `group delete`.

use clap::Args;

use super::list::Listed;
use super::topic::TopicArgs;
use crate::cli::Streams;
use crate::cli::outcome::{Failure, Outcome, Success};
use crate::cli::output::one_line;
use crate::suggest::nearest;

#[derive(Args)]
pub(super) struct Delete {
    #[command(flatten)]
    topic: TopicArgs,
    /// Name of the group.
    #[arg(short = 'g', long, value_name = "GROUP")]
    group: String,
    /// Delete the group instead of only showing it.
    #[arg(long)]
    yes: bool,
}

impl Delete {
    pub(super) fn run(&self, streams: Streams<'_>) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        let mut groups = self.topic.open(stderr)?;
        let (name, topic) = (self.group.as_str(), groups.topic.clone());
        let all = groups.call(|bus, topic| bus.groups(topic))?;
        let unknown = || {
            let near = nearest(name, all.iter().map(|group| group.name.as_str()));
            Failure::Refused(format!("{topic} has no group `{}`{near}", name.escape_debug()))
        };
        let group = all.iter().find(|group| group.name == name).ok_or_else(unknown)?;
        Listed::of(group).print(stdout)?;
        stdout.flush()?;
        if !self.yes {
            return Err(Failure::Refused(format!(
                "nothing was deleted: the group `{}` would lose its position and its pending entries; pass `--yes` to \
                 delete it",
                name.escape_debug()
            )));
        }
        if !groups.call(|bus, topic| bus.delete_group(topic, name))? {
            return Err(unknown());
        }
        writeln!(stdout, "deleted group {} of {topic}", one_line(name))?;
        Ok(Success::Complete)
    }
}
