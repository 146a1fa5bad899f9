//! `spill publish`.

use std::collections::HashSet;
use std::io::Write;

use clap::Args;

use super::args::{Chosen, Events, may_change};
use crate::avro::Fingerprint;
use crate::bus::spill::Spill;
use crate::bus::{BusError, DeadLetter, Message, Producer, Topic};
use crate::cli::Streams;
use crate::cli::bus::amount::events;
use crate::cli::bus::consent::{Asked, Consent};
use crate::cli::bus::options::{Bus, BusOptions};
use crate::cli::outcome::{Failure, Outcome, Success};
use crate::cli::output::report;
use crate::cli::terminal::Terminal;

#[derive(Args)]
pub(super) struct Publish {
    #[command(flatten)]
    events: Events,
    #[command(flatten)]
    bus: BusOptions,
    /// Publish to this topic, with its prefix, instead of the one that the events were sent to.
    #[arg(long, value_name = "TOPIC", requires = "topic")]
    to: Option<String>,
    #[command(flatten)]
    consent: Consent,
}

/// The number of events that are published at a time.
const PAGE: usize = 500;

impl Publish {
    pub(super) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        let Streams { stdin, stdout, stderr } = streams;
        let bus = self.bus.open(stderr)?;
        let to = self.to.as_deref().map(Topic::new).transpose();
        let to = to.map_err(|error| Failure::Refused(error.to_string()))?;
        let chosen = self.events.choose(&self.bus.config, stderr)?;
        let asked = Asked { stdin, stderr: &mut *stderr, terminal };
        if !may_change(&chosen, ("publish", "published"), &self.consent, stdout, asked)? {
            return Ok(Success::Complete);
        }
        for Chosen { topic, number, events: spill } in &chosen {
            let to = to.as_ref().unwrap_or(topic);
            let mut publisher =
                Publisher { bus: &bus, topic: to, producer: None, schemas: HashSet::new(), published: 0 };
            let ended = publisher.publish_all(spill, self.events.is_of_set_aside(), stderr);
            let number = match &ended {
                Ok(()) => events(publisher.published),
                Err(_) => format!("{} of {}", publisher.published, events(*number)),
            };
            let reported = report(stdout, stderr, &format!("published {number} to {to}"));
            ended?;
            reported?;
        }
        Ok(Success::Complete)
    }
}

/// Publishes the events of a topic.
struct Publisher<'a> {
    bus: &'a Bus,
    topic: &'a Topic,
    producer: Option<Box<dyn Producer>>,
    /// The schemas that the bus has stored.
    schemas: HashSet<Fingerprint>,
    published: usize,
}

impl Publisher<'_> {
    fn publish_all(
        &mut self,
        spill: &Spill,
        is_of_set_aside: bool,
        stderr: &mut dyn Write,
    ) -> Result<(), BusError> {
        while let Some(spilled) = spill.next(PAGE)? {
            let messages = spilled.deliveries.iter().map(|delivery| &delivery.message);
            let messages: Vec<_> = if is_of_set_aside {
                messages.map(DeadLetter::original).collect()
            } else {
                messages.cloned().collect()
            };
            let mut stored = 0;
            let bus = self.bus;
            let published = bus.retry(
                &|| false,
                || self.publish(spill, &messages, &mut stored),
                |note| {
                    // A command does not fail because stderr is closed.
                    let _ = writeln!(stderr, "{note}");
                },
            );
            self.published += stored;
            spill.done(&spilled, |index| index < stored)?;
            published?;
        }
        Ok(())
    }

    fn publish(&mut self, spill: &Spill, messages: &[Message], stored: &mut usize) -> Result<(), BusError> {
        let rest = messages.get(*stored..).unwrap_or_default();
        let producer = match &mut self.producer {
            Some(producer) => producer,
            none => none.insert(self.bus.backend.producer()?),
        };
        for fingerprint in rest.iter().filter_map(|message| message.fingerprint().ok().flatten()) {
            if !self.schemas.contains(&fingerprint) {
                if let Some(schema) = spill.schema(fingerprint)? {
                    self.bus.backend.store_schemas(self.topic, &[(fingerprint, &schema)])?;
                }
                self.schemas.insert(fingerprint);
            }
        }
        producer.publish(self.topic, rest).map_err(|error| {
            *stored += error.stored;
            // The bus may have been replaced by one without the schemas.
            self.schemas.clear();
            error.error
        })?;
        *stored = messages.len();
        Ok(())
    }
}
