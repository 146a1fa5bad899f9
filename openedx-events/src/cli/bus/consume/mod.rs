//! `consume`: prints the events of topics, and runs the receivers of this program for a group.

mod args;

pub(in crate::cli) use args::Consume;

use super::follow::{Follow, Source};
use super::printer::{Printed, Printer};
use super::progress::Progress;
use crate::avro::writer::WriterSchemas;
use crate::bus::{Delivery, StopSignals, no_signals};
use crate::cli::Streams;
use crate::cli::outcome::{Outcome, Success};

impl Consume {
    pub(in crate::cli) fn run(&self, streams: Streams<'_>, shows_progress: bool) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        // A group is created, and its topic too. Who only looks creates nothing.
        let bus =
            if self.group.is_some() { self.bus.open(stderr)? } else { self.bus.open_existing(stderr)? };
        let topics = bus.topics(&self.topics)?;
        let signals = StopSignals::watch().map_err(no_signals)?;
        let mut printer = Printer::new(stdout, stderr, Progress::new(shows_progress));
        if let Some(group) = &self.group {
            // What cannot be decoded becomes a dead letter.
            self.receive(group).run(&bus, topics, &signals, &mut printer)?;
            return Ok(Success::Complete);
        }
        let (schemas, personal) = (WriterSchemas::new(), self.personal());
        let show = |delivery: &Delivery, source: &Source| {
            Printed::read(delivery, &source.topic, &schemas, &*bus.backend, personal).map(Some)
        };
        let sources = topics.into_iter().map(Source::of_topic).collect();
        let follow = Follow {
            sources,
            from: self.from(),
            count: self.count,
            until_idle: self.until_idle,
            show: &show,
        };
        let ended = follow.run(&bus, &signals, &mut printer);
        let is_complete = printer.end();
        ended.map(|_| Success::complete_if(is_complete))
    }
}
