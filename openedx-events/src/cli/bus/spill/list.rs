//! `spill list`.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::args::Files;
use crate::EventData;
use crate::bus::spill::{SpillFiles, existing, in_file};
use crate::cli::Streams;
use crate::cli::bus::amount::{events, number};
use crate::cli::outcome::{Outcome, Success};
use crate::cli::output::{Format, json_line, one_line};

#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    files: Files,
    /// File with settings of the bus, `.toml` or `.json`; may be given several times.
    #[arg(long, value_name = "FILE")]
    config: Vec<PathBuf>,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// The events of a topic in a file.
#[derive(EventData)]
struct Listed {
    file: String,
    topic: String,
    /// The number of events that wait to be published.
    events: i64,
    /// The number of events that the bus did not take.
    set_aside: i64,
    /// Whether a running process uses the file.
    in_use: bool,
}

impl List {
    pub(super) fn run(&self, streams: Streams<'_>) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        let path = self.files.path(&self.config, stderr)?;
        // Held, so that the files that are free now stay so.
        let free = SpillFiles::left_behind(&path)?;
        for file in existing(&path)? {
            let in_use = !free.paths().any(|path| path == file);
            for (topic, found) in in_file(&file)? {
                let listed = Listed {
                    file: file.display().to_string(),
                    topic: topic.to_string(),
                    events: number(found.events),
                    set_aside: number(found.set_aside),
                    in_use,
                };
                match self.format {
                    Format::Human => listed.print((found.events, found.set_aside), stdout)?,
                    Format::Json => json_line(stdout, &listed)?,
                }
            }
        }
        Ok(Success::Complete)
    }
}

impl Listed {
    fn print(&self, (waiting, set_aside): (usize, usize), out: &mut dyn Write) -> io::Result<()> {
        let Self { file, topic, in_use, .. } = self;
        let set_aside = match set_aside {
            0 => String::new(),
            number => format!(", {number} set aside"),
        };
        let in_use = if *in_use { "; in use by a running process" } else { "" };
        writeln!(out, "{}", one_line(&format!("{file}: {topic}: {}{set_aside}{in_use}", events(waiting))))
    }
}
