//! Publishing batches to a topic: [`Publisher`].

use super::batch::Batch;
use super::output::Output;
use crate::avro::Fingerprint;
use crate::bus::{BusError, Producer, ProducerConfig, Topic};
use crate::cli::bus::options::Bus;

pub(super) struct Publisher<'a> {
    bus: &'a Bus,
    topic: Topic,
    known: Known,
    producer: Option<Box<dyn Producer>>,
    /// The schemas that the bus has stored.
    schemas: Vec<(Fingerprint, &'static str)>,
    /// The number of messages that were published again because the bus had not answered.
    repeated: u64,
}

/// Whether the topic existed before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    NotYet,
    Existed,
    /// It did not, which is to be told: its name may be mistyped.
    IsNew,
}

impl<'a> Publisher<'a> {
    pub(super) fn new(bus: &'a Bus, topic: Topic) -> Self {
        Self { bus, topic, known: Known::NotYet, producer: None, schemas: Vec::new(), repeated: 0 }
    }

    pub(super) fn producer_config(&self) -> &ProducerConfig {
        &self.bus.settings.producer_config
    }

    pub(super) fn repeated(&self) -> u64 {
        self.repeated
    }

    /// Publishes a batch, and sets the outcome of its lines.
    pub(super) fn publish(&mut self, batch: &mut Batch, output: &mut Output<'_>) -> Result<(), BusError> {
        let (mut stored, mut unknown) = (0, 0);
        let published = self.bus.retry(
            &|| false,
            || {
                let rest = &batch.messages[stored..];
                if rest.is_empty() {
                    return Ok(());
                }
                if self.known == Known::NotYet {
                    self.known = match self.bus.backend.has_topic(&self.topic) {
                        Ok(false) => Known::IsNew,
                        Err(error) if error.is_transient() => return Err(error),
                        // Who publishes need not have the right to look.
                        Ok(true) | Err(_) => Known::Existed,
                    };
                }
                let producer = match &mut self.producer {
                    Some(producer) => producer,
                    none => none.insert(self.bus.backend.producer()?),
                };
                let new = batch.schemas.iter().filter(|schema| !self.schemas.contains(schema));
                let new: Vec<_> = new.copied().collect();
                if !new.is_empty() {
                    self.bus.backend.store_schemas(&self.topic, &new)?;
                    self.schemas.extend(new);
                }
                self.repeated += unknown;
                unknown = 0;
                producer.publish(&self.topic, rest).map_err(|error| {
                    let left = rest.len() - error.stored;
                    stored += error.stored;
                    unknown = if error.is_unknown { left as u64 } else { 0 };
                    // The bus may have been replaced by one without the schemas.
                    self.schemas.clear();
                    error.error
                })
            },
            |note| output.note(note),
        );
        if self.known == Known::IsNew && (published.is_ok() || stored > 0) {
            self.known = Known::Existed;
            output.note(&format!("note: the topic `{}` did not exist, and was created", self.topic));
        }
        match &published {
            Ok(()) => batch.set_outcomes(batch.messages.len(), ""),
            Err(error) => {
                let doubt =
                    if unknown > 0 { "it is unknown whether it was published" } else { "not published" };
                batch.set_outcomes(stored, &format!("{doubt}: {error}"));
            }
        }
        published
    }
}
