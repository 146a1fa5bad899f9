//! `produce`: publishes events from lines of JSON to a topic.

mod batch;
mod lines_ahead;
mod output;
mod published;
mod publisher;

use std::ffi::OsString;
use std::io::{BufReader, Read};

use clap::Args;

use super::options::BusOptions;
use crate::cli::Streams;
use crate::cli::input::{self, unreadable};
use crate::cli::lines::Lines;
use crate::cli::outcome::{Failure, Outcome, Success};
use crate::cli::output::Format;
use batch::{Batch, MAX_BYTES};
use lines_ahead::has_line;
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
    /// File with one CloudEvent in JSON per line; standard input if omitted or `-`.
    file: Option<OsString>,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Produce {
    pub(in crate::cli) fn run(&self, streams: Streams<'_>, shows_progress: bool) -> Outcome {
        let Streams { stdin, stdout, stderr } = streams;
        crate::check().map_err(|problems| Failure::Refused(format!("nothing was published: {problems}")))?;
        let bus = self.bus.open()?;
        let topic = bus.topic(&self.topic)?;
        let (name, reader) = input::open(self.file.as_deref(), stdin)?;
        // Large enough to read a batch ahead.
        let mut reader = BufReader::with_capacity(MAX_BYTES, reader);
        let mut output = Output::new(self.format, shows_progress, stdout, stderr);
        let mut publisher = Publisher::new(&bus, topic);
        let ended = self.publish_all(Lines::new(&mut reader), &name, &mut publisher, &mut output);
        output.end(publisher.repeated());
        if ended.as_ref().is_err_and(Failure::is_closed_output) {
            output.note_closed();
        }
        ended.map(|()| Success::complete_if(output.is_complete()))
    }

    fn publish_all<R: Read>(
        &self,
        mut lines: Lines<'_, BufReader<R>>,
        name: &str,
        publisher: &mut Publisher<'_>,
        output: &mut Output<'_>,
    ) -> Result<(), Failure> {
        loop {
            let mut batch = Batch::default();
            let read = loop {
                match lines.next() {
                    Ok(Some(line)) => {
                        batch.push(Published::read(line, &self.topic, publisher.producer_config()));
                    }
                    Ok(None) => break Ok(false),
                    Err(error) => break Err(unreadable(name, &error)),
                }
                // Lines that have arrived are published before the next one is awaited.
                if batch.is_full() || !has_line(lines.input()) {
                    break Ok(true);
                }
            };
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
}
