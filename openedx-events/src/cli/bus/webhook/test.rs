//! `webhook test`: posts a made-up event and shows the exchange.

use std::io::{self, Write};
use std::path::PathBuf;
use std::slice;
use std::time::{Instant, SystemTime};

use clap::Args;

use super::chosen::choose;
use crate::bus::{Endpoint, Meaning, NoAnswer, Request, Response};
use crate::cli::Streams;
use crate::cli::bus::options::read;
use crate::cli::example::cloud_event;
use crate::cli::outcome::{Failure, Outcome, Success};
use crate::cli::output::one_line;
use crate::cloudevents::CloudEvent;
use crate::{AnyEvent, AnySignal, EventsMetadata, all_events, get_signal_by_type};

/// The source of the event, by which a peer knows that it is made up.
const SOURCE: &str = "openedx-events/webhook-test";
/// This much of the body of a response is printed.
const MAX_SHOWN: usize = 4096;

#[derive(Args)]
pub(super) struct Test {
    /// Name of the webhook.
    #[arg(value_name = "NAME")]
    name: String,
    /// Type of the event; by default the first one that the webhook wants.
    #[arg(long, value_name = "TYPE")]
    event: Option<String>,
    /// File with settings of the bus, `.toml` or `.json`; may be given several times.
    #[arg(long, value_name = "FILE")]
    config: Vec<PathBuf>,
}

impl Test {
    pub(super) fn run(&self, streams: Streams<'_>) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        let mut settings = read(&self.config, stderr)?;
        let webhooks = choose(&mut settings, slice::from_ref(&self.name))?;
        let Some(endpoint) = webhooks.endpoints().first() else {
            return Err(Failure::Refused(format!("there is no webhook `{}`", self.name.escape_debug())));
        };
        let event = self.example(endpoint)?;
        let metadata = EventsMetadata::new(event.info().event_type)
            .with_minorversion(event.info().minor_version)
            .map_err(|error| Failure::Refused(error.to_string()))?
            .with_source(SOURCE);
        let request = endpoint.request(&*event, &metadata, SystemTime::now());
        let request = request.map_err(|error| Failure::Refused(error.to_string()))?;
        show_request(stdout, endpoint, &request)?;
        stdout.flush()?;
        let began = Instant::now();
        let answered = endpoint.post(&request);
        let took = began.elapsed().as_millis();
        let meaning = match &answered {
            Ok(response) => {
                show_response(stdout, response, took)?;
                response.answer.meaning()
            }
            Err(error) => {
                writeln!(stdout, "{}\n", one_line(&error.to_string()))?;
                match error {
                    NoAnswer::TooLate(_) => Meaning::Failed,
                    NoAnswer::Unreachable(_) => Meaning::Down,
                }
            }
        };
        writeln!(stdout, "{}: {}", self.name, consequence(meaning))?;
        Ok(Success::complete_if(meaning == Meaning::Taken))
    }

    /// A made-up event of a type that the webhook wants.
    fn example(&self, endpoint: &Endpoint) -> Result<Box<dyn AnyEvent>, Failure> {
        let refused = |what: String| Failure::Refused(what);
        if let Some(event_type) = &self.event {
            let signal = get_signal_by_type(event_type).map_err(|error| refused(error.to_string()))?;
            if !endpoint.wants(signal.event_type()) {
                let (name, event_type) = (&self.name, signal.event_type());
                return Err(refused(format!(
                    "`{event_type}` is not among the `events` of the webhook `{name}`"
                )));
            }
            return made_up(signal)
                .ok_or_else(|| refused(format!("no example of `{}` can be made up", signal.event_type())));
        }
        let wanted = all_events().iter().filter(|signal| endpoint.wants(signal.event_type()));
        wanted
            .copied()
            .find_map(made_up)
            .ok_or_else(|| refused("no example of an event that the webhook wants can be made up".to_owned()))
    }
}

fn made_up(signal: &'static dyn AnySignal) -> Option<Box<dyn AnyEvent>> {
    CloudEvent::parse(&cloud_event(signal)?).ok()?.event().ok()
}

/// The path of the URL, and headers that the settings name, may be secrets.
fn show_request(out: &mut dyn Write, endpoint: &Endpoint, request: &Request) -> io::Result<()> {
    writeln!(out, "POST {}/…", endpoint.shown())?;
    for (name, value) in &request.headers {
        let value =
            if value.is_sensitive() { "***".into() } else { String::from_utf8_lossy(value.as_bytes()) };
        writeln!(out, "{name}: {}", one_line(&value))?;
    }
    writeln!(out, "\n{}\n", request.body)
}

fn show_response(out: &mut dyn Write, response: &Response, took: u128) -> io::Result<()> {
    writeln!(out, "{} in {took} ms", response.answer)?;
    for (name, value) in &response.headers {
        writeln!(out, "{name}: {}", one_line(value))?;
    }
    let shown = &response.body[..response.body.len().min(MAX_SHOWN)];
    let body = String::from_utf8_lossy(shown);
    if !body.trim().is_empty() {
        writeln!(out)?;
        body.lines().try_for_each(|line| writeln!(out, "{}", one_line(line)))?;
    }
    if shown.len() < response.body.len() {
        writeln!(out, "…")?;
    }
    writeln!(out)
}

/// What would become of a real event.
fn consequence(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Taken => "the endpoint has taken the event",
        Meaning::Gone => {
            "the endpoint is gone: a real event would turn the webhook off, and stay with its group"
        }
        Meaning::Refused => "the endpoint refuses the event: a real one would be dead-lettered at once",
        Meaning::Down => "the endpoint is down: a real event would wait until it works",
        Meaning::Failed => "the endpoint has failed: a real event would be retried",
    }
}
