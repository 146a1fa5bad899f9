//! `parked list`.

use clap::Args;

use super::args::{LookArgs, Receivers};
use super::tally::{Tallies, none_waits};
use crate::cli::Streams;
use crate::cli::bus::progress::Progress;
use crate::cli::outcome::{Outcome, Success};
use crate::cli::output::{Format, json_line};
use crate::cli::terminal::Terminal;

#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    look: LookArgs,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl List {
    pub(super) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        let (mut open, receivers) = (self.look.topic.open_existing(stderr)?, self.look.receivers());
        open.progress = Progress::new(terminal.shows_progress());
        let (mut others, mut is_listed) = (Vec::new(), false);
        for group in self.look.groups(&mut open)? {
            let tallies = Tallies::of(&mut open, &group.name)?;
            for (path, tally) in tallies.chosen(receivers) {
                is_listed = true;
                match self.format {
                    Format::Human => tally.print(&group.name, path, stdout)?,
                    Format::Json => json_line(stdout, &tally.listed(&group.name, path))?,
                }
            }
            others.extend(tallies.paths().map(str::to_owned));
        }
        if !is_listed {
            if let (Receivers::One(_), false) = (receivers, others.is_empty()) {
                others.sort_unstable();
                others.dedup();
                return Err(none_waits(receivers, others.iter().map(String::as_str)));
            }
            let nothing = self.look.nothing(&open);
            match self.format {
                Format::Human => writeln!(stdout, "{nothing}")?,
                // Whoever reads lines of JSON gets none.
                Format::Json => open.note(&nothing),
            }
        }
        Ok(Success::Complete)
    }
}
