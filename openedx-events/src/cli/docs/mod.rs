//! `docs`: the reference of all events and filters of the program.

mod asyncapi;
mod catalog;
mod fields;
mod html;
mod locked;
mod markdown;
mod merge;
mod since;

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Streams;
use super::outcome::{Failure, Outcome, Success};
use super::produced::ProducedOptions;
use crate::replace_file::replace_file;
use catalog::Catalog;
use locked::Locked;
use merge::Program;

/// Format of the reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Markup {
    /// GitHub-flavoured Markdown.
    #[default]
    Markdown,
    /// One file with a search, which needs no network.
    Html,
    /// `AsyncAPI` 3.0 in JSON: channels, and messages with their Avro schemas.
    Asyncapi,
}

#[derive(Args)]
pub(super) struct Docs {
    /// Format of the page.
    #[arg(long, value_enum, default_value_t)]
    format: Markup,
    /// Title of the page.
    #[arg(long, default_value = "Events")]
    title: String,
    /// File with the `list --format json` of another program, to say which events it sends and receives, and which steps its filters
    /// run; may be given several times. Not for Markdown.
    #[arg(long, value_name = "FILE")]
    merge: Vec<PathBuf>,
    /// Lock file of `schema lock`, to say what has changed since. HTML only.
    #[arg(long, value_name = "FILE")]
    lock: Option<PathBuf>,
    #[command(flatten)]
    settings: ProducedOptions,
    /// File to write instead of standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Docs {
    pub(super) fn run(&self, streams: Streams<'_>) -> Outcome {
        let Streams { stdout, stderr, .. } = streams;
        let catalog = self.catalog(stderr)?;
        let page = match self.format {
            Markup::Markdown => markdown::page(&catalog),
            Markup::Html => html::page(&catalog),
            Markup::Asyncapi => asyncapi::document(&catalog),
        };
        match &self.out {
            None => stdout.write_all(page.as_bytes())?,
            Some(path) => replace_file(path, page)
                .map_err(|error| Failure::Refused(format!("cannot write {}: {error}", path.display())))?,
        }
        Ok(Success::Complete)
    }

    fn catalog(&self, stderr: &mut dyn Write) -> Result<Catalog, Failure> {
        let refused = |option| {
            Failure::Refused(format!("`{option}` is not shown in this format: pass `--format html`"))
        };
        if self.format == Markup::Markdown && !self.merge.is_empty() {
            return Err(refused("--merge"));
        }
        if self.format != Markup::Html && self.lock.is_some() {
            return Err(refused("--lock"));
        }
        // Which steps run is known only then.
        let produced = self.settings.read(stderr)?;
        let mut catalog = Catalog::new(&self.title);
        catalog.others = self.merge.iter().map(|path| Program::read(path)).collect::<Result<_, _>>()?;
        catalog.locked = self.lock.as_deref().map(Locked::read).transpose()?;
        catalog.produced = produced;
        Ok(catalog)
    }
}
