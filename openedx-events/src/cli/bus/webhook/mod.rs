//! `webhook`: posting events to other services.

mod chosen;
mod list;
mod run;
mod test;

use clap::{Args, Subcommand};

use crate::cli::Streams;
use crate::cli::outcome::Outcome;

#[derive(Args)]
pub(in crate::cli) struct Webhook {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the webhooks of the settings: host, form, topics, events. Reads no secret.
    List(list::List),
    /// Post a made-up event to a webhook, and show the request and the response.
    ///
    /// The exit code is 1 if the endpoint does not answer with 2xx. The source of the event is `openedx-events/webhook-test`.
    Test(test::Test),
    /// Consume the topics of webhooks and post their events, until SIGTERM or SIGINT.
    ///
    /// Each webhook is a consumer group of its own. One that answers 410 (Gone) ends alone; its events stay with the group.
    Run(run::Run),
}

impl Webhook {
    pub(in crate::cli) fn run(&self, streams: Streams<'_>) -> Outcome {
        match &self.command {
            Command::List(list) => list.run(streams),
            Command::Test(test) => test.run(streams),
            Command::Run(run) => run.run(streams),
        }
    }
}
