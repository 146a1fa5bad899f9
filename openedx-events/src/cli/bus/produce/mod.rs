//! `produce`: publishes events in JSON to a topic.

mod batch;
mod output;
mod published;
mod publisher;

use std::ffi::OsString;
use std::io::{self, BufReader, Read};

use clap::Args;

use super::options::BusOptions;
use crate::bus::ProducerConfig;
use crate::cli::Streams;
use crate::cli::input::{self, unreadable};
use crate::cli::outcome::{Failure, Outcome, Success};
use crate::cli::output::Format;
use crate::cli::values::Values;
use batch::{Batch, MAX_BYTES};
use output::Output;
use published::Published;
use publisher::Publisher;

#[derive(Args)]
pub(in crate::cli) struct Produce {
    /// Topic, without the prefix of the settings.
    #[arg(short = 't', long, value_name = "TOPIC")]
    topic: String,
    #[command(flatten)]
    bus: BusOptions,
    /// File with CloudEvents in JSON, usually one per line; standard input if omitted or `-`.
    file: Option<OsString>,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Produce {
    pub(in crate::cli) fn run(&self, streams: Streams<'_>, shows_progress: bool) -> Outcome {
        let Streams { stdin, stdout, stderr } = streams;
        crate::check().map_err(|problems| Failure::Refused(format!("nothing was published: {problems}")))?;
        let bus = self.bus.open(stderr)?;
        let topic = bus.topic(&self.topic)?;
        let (name, reader) = input::open(self.file.as_deref(), stdin)?;
        // Large enough to read a batch ahead.
        let mut reader = BufReader::with_capacity(MAX_BYTES, reader);
        let mut output = Output::new(self.format, shows_progress, stdout, stderr);
        let mut publisher = Publisher::new(&bus, topic);
        let ended = self.publish_all(Values::new(&mut reader), &name, &mut publisher, &mut output);
        output.end(publisher.repeated());
        if ended.as_ref().is_err_and(Failure::is_closed_output) {
            output.note_closed();
        }
        ended.map(|()| Success::complete_if(output.is_complete()))
    }

    fn publish_all<R: Read>(
        &self,
        mut values: Values<'_, BufReader<R>>,
        name: &str,
        publisher: &mut Publisher<'_>,
        output: &mut Output<'_>,
    ) -> Result<(), Failure> {
        loop {
            let mut batch = Batch::default();
            let read = self
                .fill(&mut batch, &mut values, publisher.producer_config())
                .map_err(|error| unreadable(name, &error));
            let sent = publisher.publish(&mut batch, output);
            let printed = output.print(&batch.lines);
            // The bus or the input may have failed as well, which says more.
            sent?;
            let goes_on = read?;
            printed?;
            if !goes_on {
                return Ok(());
            }
        }
    }

    /// Waits for an event, and takes those that have arrived as well: they are published before more are awaited. Returns
    /// whether there may be more.
    fn fill<R: Read>(
        &self,
        batch: &mut Batch,
        values: &mut Values<'_, BufReader<R>>,
        config: &ProducerConfig,
    ) -> io::Result<bool> {
        let Some(first) = values.next()? else { return Ok(false) };
        batch.push(Published::read(first, &self.topic, config));
        while !batch.is_full() {
            let Some(value) = values.next_ready()? else { break };
            batch.push(Published::read(value, &self.topic, config));
        }
        Ok(true)
    }
}
