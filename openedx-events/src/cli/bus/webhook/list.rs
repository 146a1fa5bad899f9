//! `webhook list`: the webhooks of the settings.

use std::io;
use std::path::PathBuf;

use clap::Args;

use crate::EventData;
use crate::bus::{Secret, WebhookSettings};
use crate::cli::Streams;
use crate::cli::bus::options::read_for_looking;
use crate::cli::outcome::{Outcome, Success};
use crate::cli::output::{Format, json_line, one_line};

#[derive(Args)]
pub(super) struct List {
    /// File with settings of the bus, `.toml` or `.json`; may be given several times.
    #[arg(long, value_name = "FILE")]
    config: Vec<PathBuf>,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What is shown of a webhook.
#[derive(EventData)]
struct Listed {
    name: String,
    /// The scheme and the host, or where the URL comes from.
    host: String,
    form: String,
    signed: bool,
    personal_data: bool,
    topics: Vec<String>,
    events: Vec<String>,
    group: String,
}

impl List {
    pub(super) fn run(&self, streams: Streams<'_>) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        for (name, webhook) in read_for_looking(&self.config, stderr)?.webhooks {
            let listed = Listed::of(name, &webhook);
            match self.format {
                Format::Human => listed.print(stdout)?,
                Format::Json => json_line(stdout, &listed)?,
            }
        }
        Ok(Success::Complete)
    }
}

impl Listed {
    fn of(name: String, webhook: &WebhookSettings) -> Self {
        let group = webhook.group_of(&name);
        Self {
            name,
            host: match &webhook.url {
                Secret::Text(_) => webhook.shown_url(),
                source => source.to_string(),
            },
            form: webhook.form.name().to_owned(),
            signed: !webhook.secrets.is_empty(),
            personal_data: webhook.personal_data,
            topics: webhook.topics.clone(),
            events: webhook.events.clone(),
            group,
        }
    }

    fn print(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let Self { name, host, form, signed, personal_data, topics, events, group } = self;
        let signed = if *signed { ", signed" } else { "" };
        let personal = if *personal_data { "with personal data" } else { "without personal data" };
        let line = format!(
            "{name}: {host}, form {form}{signed}, {personal}; topics {}; events {}; group {group}",
            topics.join(", "),
            events.join(", ")
        );
        writeln!(out, "{}", one_line(&line))
    }
}
