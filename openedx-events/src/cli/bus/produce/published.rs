//! The result of a line of `produce`: [`Published`].

use std::io::{self, Write};

use crate::avro::Fingerprint;
use crate::bus::{Message, ProducerConfig};
use crate::cli::outcome::{LineOutcome, LineSummary};
use crate::cli::output::{Format, json_line};
use crate::cli::values::Value;
use crate::cloudevents::{CloudEvent, CloudEventError};
use crate::{EventData, get_signal_by_type};

/// The result of a line.
#[derive(EventData)]
pub(super) struct Published {
    line: i64,
    outcome: LineOutcome,
    r#type: Option<String>,
    id: Option<uuid::Uuid>,
    /// For `bad`: the path of the invalid member.
    path: Option<String>,
    /// For `bad` and `failed`: what is wrong.
    reason: Option<String>,
    /// The attributes of the line that are not part of an event.
    unused: Vec<String>,
}

/// The message of a line.
pub(super) struct ToPublish {
    pub(super) message: Message,
    /// The schema of the message, for the bus to store.
    pub(super) schema: Option<(Fingerprint, &'static str)>,
}

impl Published {
    /// Reads a line. Returns the message to publish, unless the line is bad.
    pub(super) fn read(value: Value<'_>, topic: &str, config: &ProducerConfig) -> (Self, Option<ToPublish>) {
        let mut published = Self {
            line: i64::try_from(value.line).unwrap_or(i64::MAX),
            outcome: LineOutcome::Bad,
            r#type: None,
            id: None,
            path: None,
            reason: None,
            unused: Vec::new(),
        };
        let read = match value.text {
            Ok(text) => published.message((text, value.line), topic, config),
            Err(reason) => {
                published.reason = Some(reason);
                return (published, None);
            }
        };
        let message = read.map_err(|error| {
            published.path = Some(error.path().to_owned()).filter(|path| path != ".");
            published.reason = Some(error.reason().to_owned());
        });
        (published, message.ok())
    }

    fn message(
        &mut self,
        (text, line): (&str, u64),
        topic: &str,
        config: &ProducerConfig,
    ) -> Result<ToPublish, CloudEventError> {
        let read = CloudEvent::parse_at(text, line)?;
        self.r#type = Some(read.metadata().event_type().to_owned());
        self.id = Some(read.metadata().id());
        self.unused = read.unused().map(|(name, _)| name.to_owned()).collect();
        let event = read.event()?;
        // The key that the services of these settings give the event on this topic, so that both keep one order.
        let message = match config.get(event.info().event_type, topic) {
            Some(configured) => {
                Message::with_key(&*event, read.metadata(), configured.event_key_field.of(&*event))
            }
            None => Message::of_event(&*event, read.metadata()),
        };
        let message = message.map_err(|error| CloudEventError::at("data", error.to_string()))?;
        let schema = get_signal_by_type(event.info().event_type).ok().and_then(|signal| signal.schema().ok());
        Ok(ToPublish { message, schema: schema.map(|schema| (schema.fingerprint(), schema.as_str())) })
    }

    pub(super) fn set_stored(&mut self) {
        self.outcome = LineOutcome::Ok;
    }

    pub(super) fn set_failed(&mut self, reason: String) {
        self.outcome = LineOutcome::Failed;
        self.reason = Some(reason);
    }

    pub(super) fn line(&self) -> i64 {
        self.line
    }

    pub(super) fn outcome(&self) -> LineOutcome {
        self.outcome
    }

    pub(super) fn print(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        if format == Format::Json {
            return json_line(out, self);
        }
        let summary = LineSummary {
            line: self.line,
            outcome: self.outcome,
            event: (self.r#type.as_deref(), self.id),
            problem: (self.path.as_deref(), self.reason.as_deref()),
            unused: &self.unused,
        };
        summary.print(None, [], out)
    }
}
