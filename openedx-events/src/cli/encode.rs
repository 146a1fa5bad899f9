//! `encode`: events from JSON to Avro.

use std::ffi::OsString;

use clap::Args;
use serde_json::Value;

use super::Streams;
use super::answers::{Answer, answer_lines, one_member};
use super::outcome::Outcome;
use super::request::Request;
use crate::data::JsonError;

#[derive(Args)]
pub(super) struct Encode {
    /// File with JSON objects, usually one per line; standard input if omitted or `-`
    file: Option<OsString>,
}

impl Encode {
    pub(super) fn run(&self, streams: Streams<'_>) -> Outcome {
        answer_lines(self.file.as_deref(), streams, encode)
    }
}

fn encode(request: &mut Request<'_>) -> Answer {
    let signal = request.take_signal()?;
    let event = signal.read_json(request.take("record")?).map_err(|error| in_record(&error))?;
    let mut bytes = Vec::new();
    event.encode(&mut bytes).map_err(|error| error.to_string())?;
    Ok(one_member("avro_hex", Value::String(hex(&bytes))))
}

/// Without the position, which would be that in the record and not that in the file.
fn in_record(error: &JsonError) -> String {
    match error.path() {
        "." => format!("`record`: {}", error.reason()),
        path => format!("`record`: `{path}`: {}", error.reason()),
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}
