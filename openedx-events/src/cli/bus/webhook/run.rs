//! `webhook run`: posts the events of topics.

use std::time::Duration;

use clap::Args;

use super::chosen::choose;
use crate::bus::{self, Endpoint, Topic, status};
use crate::cli::Streams;
use crate::cli::bus::options::{BusOptions, seconds};
use crate::cli::outcome::{Outcome, Success};
use crate::cli::output::{one_line, report};

#[derive(Args)]
pub(super) struct Run {
    /// Names of webhooks; by default all of the settings.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    bus: BusOptions,
    /// Name of this consumer in its groups; by default the host name.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Address at which to serve `/healthz`, `/readyz` and `/metrics` while the command runs.
    #[arg(long, value_name = "HOST:PORT")]
    status: Option<String>,
    /// How long requests that run may take to finish when the command stops.
    #[arg(long, value_name = "SECONDS", default_value = "25", value_parser = seconds)]
    drain: Duration,
}

impl Run {
    pub(super) fn run(&self, streams: Streams<'_>) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        let mut bus = self.bus.open(stderr)?;
        let mut note = |line: &str| report(stdout, stderr, &one_line(line));
        bus.settings.consumer.start_timeout = bus.timeout;
        // Not that of the service whose settings the command reads. One server is for all webhooks.
        bus.settings.consumer.status = None;
        let webhooks = choose(&mut bus.settings, &self.names)?;
        if !bus.settings.consumers_enabled {
            note("nothing is posted: EVENT_BUS_REDIS_CONSUMERS_ENABLED is off")?;
            return Ok(Success::Complete);
        }
        let mut consumers = webhooks.consumers(&bus.backend);
        if let Some(name) = &self.name {
            consumers = consumers.into_iter().map(|consumer| consumer.name(name)).collect();
        }
        consumers.iter().for_each(bus::EventConsumer::announce);
        let status = self.status.as_deref().map(status::serve).transpose()?;
        if let Some(status) = &status {
            note(&format!("serving /healthz, /readyz and /metrics at http://{}", status.address()))?;
        }
        for endpoint in webhooks.endpoints() {
            note(&posting(endpoint))?;
        }
        let handles: Vec<_> = consumers.iter().map(bus::EventConsumer::handle).collect();
        let ended = bus::run_all_until_signal(consumers, self.drain);
        let mut printed = webhooks.endpoints().iter().zip(&handles).map(|(endpoint, handle)| {
            let (name, report) = (endpoint.name(), handle.report());
            note(&format!("{name}: {} done, {} dead-lettered", report.done, report.dead_letters()))
        });
        let printed = printed.try_for_each(|printed| printed);
        ended?;
        printed?;
        Ok(Success::Complete)
    }
}

fn posting(endpoint: &Endpoint) -> String {
    let topics: Vec<_> = endpoint.topics().iter().map(Topic::as_str).collect();
    format!("{}: posting events of {} to {}", endpoint.name(), topics.join(", "), endpoint.shown())
}
