//! What other programs do with the events and filters: [`Program`], read from their `list --format json`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::cli::outcome::Failure;
use crate::text_file;

/// What is missing if a file cannot be used.
const REMEDY: &str = "write the file with `list --format json` of the other program";

/// Another program.
#[derive(Debug)]
pub(super) struct Program {
    /// Its service, or the name of its file.
    pub(super) name: String,
    /// By event type.
    pub(super) events: BTreeMap<String, Listed>,
    /// By filter type.
    pub(super) filters: BTreeMap<String, ListedFilter>,
}

/// An event of another program.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) signal: String,
    pub(super) crate_name: String,
    pub(super) key: Option<String>,
    pub(super) is_personal: bool,
    pub(super) fingerprint: Option<String>,
    pub(super) receivers: u64,
    /// The paths of the receivers; empty if the program lists only their number.
    pub(super) receiver_paths: Vec<String>,
    /// The topics that it publishes the event to.
    pub(super) topics: Vec<String>,
    pub(super) trigger_repository: Option<String>,
}

/// A filter of another program.
#[derive(Debug)]
pub(super) struct ListedFilter {
    pub(super) filter: String,
    pub(super) crate_name: String,
    pub(super) is_async: bool,
    pub(super) halts: Option<String>,
    /// The paths of the steps that run, in their order.
    pub(super) step_paths: Vec<String>,
    /// The paths of those that do not run.
    pub(super) steps_off: Vec<String>,
}

impl Program {
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let text = text_file::read(path)
            .map_err(|error| Failure::Refused(format!("cannot read {}: {error}", path.display())))?;
        let stem = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
        Self::parse(&text, &stem).map_err(|problem| {
            Failure::Refused(format!("`--merge`: {}: {problem}; {REMEDY}", path.display()))
        })
    }

    fn parse(text: &str, file_name: &str) -> Result<Self, String> {
        let (mut events, mut filters, mut name) = (BTreeMap::new(), BTreeMap::new(), None);
        for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
            let at = |problem: String| format!("line {line}: {problem}");
            let value: Value = serde_json::from_str(text)
                .map_err(|error| at(format!("not JSON: {}", without_place(&error))))?;
            let (listed_type, is_new) = if value["filter_type"].is_null() {
                let (event_type, listed) = Listed::of(&value).map_err(at)?;
                (event_type.clone(), events.insert(event_type, listed).is_none())
            } else {
                let (filter_type, listed) = ListedFilter::of(&value).map_err(at)?;
                (filter_type.clone(), filters.insert(filter_type, listed).is_none())
            };
            name = name.or_else(|| value["source"].as_str().map(str::to_owned));
            if !is_new {
                return Err(at(format!("`{}` is listed twice", listed_type.escape_debug())));
            }
        }
        if events.is_empty() && filters.is_empty() {
            return Err("it has no events".to_owned());
        }
        Ok(Self { name: name.unwrap_or_else(|| file_name.to_owned()), events, filters })
    }
}

/// The error with its column. Its line is always the first one.
fn without_place(error: &serde_json::Error) -> String {
    error.to_string().replace(" at line 1 column", " at column")
}

impl Listed {
    fn of(value: &Value) -> Result<(String, Self), String> {
        if !value.is_object() {
            return Err("not an object".to_owned());
        }
        let listed = Self {
            signal: required(value, "signal")?,
            crate_name: required(value, "crate_name")?,
            key: text(value, "key")?,
            is_personal: value["personal_data"].as_bool().ok_or("`personal_data`: expected true or false")?,
            fingerprint: text(value, "fingerprint")?,
            receivers: value["receivers"].as_u64().ok_or("`receivers`: expected a number")?,
            receiver_paths: texts(value, "receiver_paths")?,
            topics: texts(value, "topics")?,
            trigger_repository: text(value, "trigger_repository")?,
        };
        Ok((required(value, "type")?, listed))
    }
}

impl ListedFilter {
    fn of(value: &Value) -> Result<(String, Self), String> {
        let listed = Self {
            filter: required(value, "filter")?,
            crate_name: required(value, "crate_name")?,
            is_async: value["is_async"].as_bool().ok_or("`is_async`: expected true or false")?,
            halts: text(value, "halts")?,
            step_paths: texts(value, "step_paths")?,
            steps_off: texts(value, "steps_off")?,
        };
        Ok((required(value, "filter_type")?, listed))
    }
}

fn required(value: &Value, name: &str) -> Result<String, String> {
    text(value, name)?.ok_or_else(|| format!("`{name}` is missing"))
}

/// A member that is a string, null or missing.
fn text(value: &Value, name: &str) -> Result<Option<String>, String> {
    match &value[name] {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        _ => Err(format!("`{name}`: expected a string")),
    }
}

/// A member that is a list of strings, null or missing.
fn texts(value: &Value, name: &str) -> Result<Vec<String>, String> {
    let wrong = || format!("`{name}`: expected a list of strings");
    match &value[name] {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => {
            items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        _ => Err(wrong()),
    }
}
