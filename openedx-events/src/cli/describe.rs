//! `describe`: the details of one event or filter.

use std::io::{self, Write};
use std::time::Duration;

use clap::Args;

use super::Streams;
use super::found::{self, Found};
use super::outcome::{Failure, Outcome, Success};
use super::output::{Format, entry, json_line, paragraphs};
use super::produced::ProducedOptions;
use crate::data::{Field, Record};
use crate::receiver::ReceiverInfo;
use crate::receiver::delivery::{DeliveryPolicy, InUnits};
use crate::signal::registry::{off_receivers, place_of_receiver};
use crate::{AnySignal, EventData};

#[derive(Args)]
pub(super) struct Describe {
    /// Event type, such as `org.openedx.learning.course.enrollment.created.v1`, or the name of its signal, such as
    #[cfg_attr(not(feature = "filters"), doc = "`COURSE_ENROLLMENT_CREATED`")]
    #[cfg_attr(
        feature = "filters",
        doc = "`COURSE_ENROLLMENT_CREATED`; or the type or the name of a filter"
    )]
    #[arg(value_name = "TYPE")]
    name: String,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    settings: ProducedOptions,
}

/// What is shown of an event.
#[derive(EventData)]
struct Described {
    r#type: String,
    description: String,
    signal: String,
    module: String,
    location: String,
    minor_version: u32,
    key: Option<String>,
    trigger_repository: Option<String>,
    warning: Option<String>,
    personal_data: bool,
    on_bus: bool,
    /// Why the event cannot go on the event bus.
    not_on_bus: Option<String>,
    /// The fingerprint of its Avro schema.
    fingerprint: Option<String>,
    fields: Vec<DescribedField>,
    /// Those that are on.
    receivers: Vec<DescribedReceiver>,
    receivers_off: Vec<DescribedReceiver>,
}

#[derive(EventData)]
struct DescribedField {
    name: String,
    description: String,
    r#type: String,
    /// The values of an enum.
    variants: Option<Vec<String>>,
    required: bool,
    /// The default of the field, as JSON.
    default: Option<String>,
    personal_data: bool,
    /// The fields of the record that the field holds. `None` inside that record itself.
    fields: Option<Vec<DescribedField>>,
}

#[derive(EventData)]
struct DescribedReceiver {
    path: String,
    location: String,
    priority: i32,
    is_async: bool,
    /// The settings that say whether it is on; `None` if it is its code.
    switched_by: Option<String>,
    /// Its delivery policy on the event bus, if it declares one.
    delivery: Option<DescribedDelivery>,
}

/// Durations are written as in `#[receiver]`.
#[derive(EventData)]
struct DescribedDelivery {
    max_attempts: Option<u32>,
    initial_backoff: Option<String>,
    max_backoff: Option<String>,
    timeout: Option<String>,
    dedup: bool,
}

impl Describe {
    pub(super) fn run(&self, Streams { stdout, stderr, .. }: Streams<'_>) -> Outcome {
        self.settings.read(stderr)?;
        match found::find(&self.name).map_err(Failure::Refused)? {
            Found::Event(signal) => {
                let described = Described::of(signal);
                match self.format {
                    Format::Human => described.print(stdout)?,
                    Format::Json => json_line(stdout, &described)?,
                }
            }
            Found::Filter(filter) => match self.format {
                Format::Human => filter.print(stdout)?,
                Format::Json => json_line(stdout, &*filter)?,
            },
        }
        Ok(Success::Complete)
    }
}

impl Described {
    fn of(signal: &dyn AnySignal) -> Self {
        let (info, record, schema) = (signal.info(), signal.record(), signal.schema());
        Self {
            r#type: info.event_type.to_owned(),
            description: record.description.to_owned(),
            signal: info.signal_name.to_owned(),
            module: info.module.to_owned(),
            location: info.location.to_string(),
            minor_version: info.minor_version,
            key: info.key_field.map(str::to_owned),
            trigger_repository: info.trigger_repository.map(str::to_owned),
            warning: info.warning.map(str::to_owned),
            personal_data: record.has_personal_data(),
            on_bus: schema.is_ok(),
            not_on_bus: schema.err().map(ToString::to_string),
            fingerprint: schema.ok().map(|schema| schema.fingerprint().to_string()),
            fields: DescribedField::all(record, &mut Vec::new()),
            receivers: signal
                .receivers()
                .iter()
                .map(|receiver| DescribedReceiver::of(receiver, place_of_receiver(&receiver.path)))
                .collect(),
            receivers_off: off_receivers(signal)
                .into_iter()
                .map(|off| DescribedReceiver::of(off.info, off.place))
                .collect(),
        }
    }

    fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", self.r#type)?;
        if !self.description.is_empty() {
            writeln!(out)?;
            paragraphs(out, 2, &self.description)?;
        }
        writeln!(out)?;
        self.facts().iter().try_for_each(|(name, fact)| entry(out, name, 16, fact))?;
        writeln!(out, "\nFields")?;
        let column = self.fields.iter().map(|field| field.width(1)).max().unwrap_or_default() + 2;
        self.fields.iter().try_for_each(|field| field.print(out, 1, column))?;
        if self.receivers.is_empty() {
            writeln!(out, "\nReceivers: none")?;
        } else {
            writeln!(out, "\nReceivers, in order")?;
            (1..)
                .zip(&self.receivers)
                .try_for_each(|(place, receiver)| receiver.print(out, &place.to_string()))?;
        }
        if self.receivers_off.is_empty() {
            return Ok(());
        }
        writeln!(out, "\nReceivers that are off")?;
        self.receivers_off.iter().try_for_each(|receiver| receiver.print(out, "-"))
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            ("Signal", self.signal.clone()),
            ("Module", self.module.clone()),
            ("Declared at", self.location.clone()),
            ("Minor version", self.minor_version.to_string()),
            ("Key", self.key.clone().unwrap_or_else(|| "none".to_owned())),
        ];
        let optional = [("Sent by", &self.trigger_repository), ("Warning", &self.warning)];
        facts.extend(optional.into_iter().filter_map(|(name, fact)| Some((name, fact.clone()?))));
        facts.push(("Personal data", if self.personal_data { "yes" } else { "no" }.to_owned()));
        facts.push((
            "Event bus",
            self.not_on_bus.as_ref().map_or("yes".to_owned(), |reason| format!("no: {reason}")),
        ));
        facts.extend(self.fingerprint.clone().map(|fingerprint| ("Schema", fingerprint)));
        facts
    }
}

impl DescribedField {
    /// The fields of a record. `inside` are the records around it, so that a recursive record ends.
    fn all(record: &'static Record, inside: &mut Vec<&'static str>) -> Vec<Self> {
        inside.push(record.name);
        let fields = record.fields.iter().map(|field| Self::of(field, inside)).collect();
        inside.pop();
        fields
    }

    fn of(field: &Field, inside: &mut Vec<&'static str>) -> Self {
        let record = field.field_type.record().filter(|record| !inside.contains(&record.name));
        Self {
            name: field.name.to_owned(),
            description: field.description.to_owned(),
            r#type: field.field_type.to_string(),
            variants: field
                .field_type
                .enumeration()
                .map(|names| names.variants.iter().map(|&name| name.to_owned()).collect()),
            required: field.is_required(),
            default: field.default.map(|default| match default.to_json() {
                Some(value) => value.to_string(),
                None => "a value that JSON cannot represent".to_owned(),
            }),
            personal_data: field.personal,
            fields: record.map(|record| Self::all(record, inside)),
        }
    }

    /// The width of its indented name, and of the names inside it.
    fn width(&self, depth: usize) -> usize {
        let inner = self.inner().map(|field| field.width(depth + 1)).max().unwrap_or_default();
        inner.max(2 * depth + self.name.chars().count())
    }

    fn print(&self, out: &mut dyn Write, depth: usize, column: usize) -> io::Result<()> {
        let mut text = self.r#type.clone();
        if let Some(variants) = &self.variants {
            text.extend([" (", &variants.join(", "), ")"]);
        }
        match &self.default {
            Some(default) => text.extend([", default ", default]),
            None if !self.required => text.push_str(", optional"),
            None => {}
        }
        if self.personal_data {
            text.push_str(", personal data");
        }
        let indent = 2 * depth;
        entry(out, &format!("{:indent$}{}", "", self.name), column, &text)?;
        // Only the first paragraph; the rest is for the reference documentation.
        let gist = self.description.split("\n\n").next().unwrap_or_default();
        paragraphs(out, column + 2, gist)?;
        self.inner().try_for_each(|field| field.print(out, depth + 1, column))
    }

    fn inner(&self) -> impl Iterator<Item = &Self> {
        self.fields.iter().flatten()
    }
}

impl DescribedReceiver {
    fn of(receiver: &ReceiverInfo, place: Option<String>) -> Self {
        Self {
            path: receiver.path.to_string(),
            location: format!("{}:{}", receiver.location.file(), receiver.location.line()),
            priority: receiver.priority,
            is_async: receiver.is_async,
            switched_by: place.map(|place| format!("EVENT_RECEIVERS in {place}")),
            delivery: DescribedDelivery::of(&receiver.delivery),
        }
    }

    fn print(&self, out: &mut dyn Write, place: &str) -> io::Result<()> {
        write!(out, "  {place:>2}  {} ({})", self.path, self.location)?;
        if self.priority != 0 {
            write!(out, ", priority {}", self.priority)?;
        }
        writeln!(out, "{}", if self.is_async { ", async" } else { "" })?;
        if let Some(switched_by) = &self.switched_by {
            writeln!(out, "      by {switched_by}")?;
        }
        match &self.delivery {
            Some(delivery) => writeln!(out, "      on the bus: {}", delivery.text()),
            None => Ok(()),
        }
    }
}

impl DescribedDelivery {
    fn of(policy: &DeliveryPolicy) -> Option<Self> {
        let time = |time: Option<Duration>| time.map(|time| InUnits(time).to_string());
        (!policy.is_empty()).then(|| Self {
            max_attempts: policy.max_attempts,
            initial_backoff: time(policy.initial_backoff),
            max_backoff: time(policy.max_backoff),
            timeout: time(policy.timeout),
            dedup: policy.dedup,
        })
    }

    fn text(&self) -> String {
        let times = [
            ("initial backoff", &self.initial_backoff),
            ("max backoff", &self.max_backoff),
            ("timeout", &self.timeout),
        ];
        let mut facts: Vec<String> =
            self.max_attempts.map(|max| format!("max attempts {max}")).into_iter().collect();
        facts.extend(times.into_iter().filter_map(|(name, time)| Some(format!("{name} {}", time.as_ref()?))));
        if self.dedup {
            facts.push("dedup".to_owned());
        }
        facts.join(", ")
    }
}
