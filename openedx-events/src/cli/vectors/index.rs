//! The list of what a directory of vectors has: [`Index`].

use std::collections::BTreeMap;

use serde_json::Value;

use super::SCRIPT;
use crate::avro::Schema;
use crate::cli::outcome::Failure;
use crate::data::{from_json, to_json};
use crate::{EventData, PersonalData};

/// The name of its file.
pub(super) const INDEX: &str = "vectors.json";

#[derive(EventData)]
pub(super) struct Index {
    /// The package that wrote it, and its version.
    written_by: String,
    /// By event type.
    pub(super) events: BTreeMap<String, Entry>,
}

/// The vectors of an event.
#[derive(EventData)]
pub(super) struct Entry {
    cases: Vec<String>,
    /// The fingerprint of the schema.
    schema: String,
}

impl Default for Index {
    fn default() -> Self {
        let written_by = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
        Self { written_by: written_by.to_owned(), events: BTreeMap::new() }
    }
}

impl Index {
    pub(super) fn add(&mut self, schema: &Schema, cases: impl Iterator<Item = &'static str>) {
        let cases = cases.map(str::to_owned).collect();
        let entry = Entry { cases, schema: schema.fingerprint().to_string() };
        self.events.insert(schema.event_type().to_owned(), entry);
    }

    /// Reads the text of an index.
    ///
    /// # Errors
    ///
    /// It is not one, or a name in it cannot be that of a file below the directory.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let index: Self = from_json(text).map_err(|error| error.to_string())?;
        let cases = index.events.values().flat_map(|entry| &entry.cases);
        match index.events.keys().chain(cases).find(|name| !is_file_name(name)) {
            Some(name) => Err(format!("`{}` is not a name", name.escape_debug())),
            None => Ok(index),
        }
    }

    /// The text of the index, formatted for people.
    pub(super) fn to_text(&self) -> Result<String, Failure> {
        let refused = |error: serde_json::Error| Failure::Refused(error.to_string());
        let text = to_json(self, PersonalData::Keep).map_err(refused)?;
        let value: Value = serde_json::from_str(&text).map_err(refused)?;
        Ok(format!("{value:#}\n"))
    }

    /// The number of vectors.
    pub(super) fn vectors(&self) -> usize {
        self.events.values().map(|entry| entry.cases.len()).sum()
    }

    /// The paths of all files, relative to the directory.
    pub(super) fn files(&self) -> impl Iterator<Item = String> {
        let of_event = |(event_type, entry): (&String, &Entry)| {
            let mut files = vec![schema(event_type)];
            files.extend(
                entry.cases.iter().flat_map(|case| [payload(event_type, case), bytes(event_type, case)]),
            );
            files
        };
        let files: Vec<_> = self.events.iter().flat_map(of_event).collect();
        files.into_iter().chain([SCRIPT.0.to_owned(), INDEX.to_owned()])
    }
}

/// The paths of the files of an event.
pub(super) fn schema(event_type: &str) -> String {
    format!("{event_type}/schema.avsc")
}

pub(super) fn payload(event_type: &str, case: &str) -> String {
    format!("{event_type}/{case}.json")
}

pub(super) fn bytes(event_type: &str, case: &str) -> String {
    format!("{event_type}/{case}.avro")
}

/// Whether it is a name of which `vectors` makes files. The index may have been written by anybody.
fn is_file_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !name.starts_with('.') && !name.is_empty() && name.bytes().all(is_letter)
}
