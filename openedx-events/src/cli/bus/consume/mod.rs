//! `consume`: prints the events of topics, and runs the receivers of this program for a group.

mod args;
mod follow;

pub(in crate::cli) use args::Consume;

use super::printer::Printer;
use super::progress::Progress;
use crate::bus::{StopSignals, no_signals};
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
        let ended = follow::follow(self, &bus, topics, &signals, &mut printer);
        let is_complete = printer.end();
        ended.map(|()| Success::complete_if(is_complete))
    }
}
