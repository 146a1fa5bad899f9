//! `decode`: events from Avro to JSON.

use std::ffi::OsString;

use clap::Args;

use super::Streams;
use super::answers::{Answer, answer_lines, one_member};
use super::outcome::Outcome;
use super::request::Request;
use crate::PersonalData;
use crate::avro::DecodeError;

#[derive(Args)]
pub(super) struct Decode {
    /// File with JSON objects, usually one per line; standard input if omitted or `-`
    file: Option<OsString>,
}

impl Decode {
    pub(super) fn run(&self, streams: Streams<'_>) -> Outcome {
        answer_lines(self.file.as_deref(), streams, decode)
    }
}

fn decode(request: &mut Request<'_>) -> Answer {
    let signal = request.take_signal()?;
    let bytes = bytes(&request.take_text("avro_hex")?)?;
    let event = signal.decode(&bytes).map_err(|error: DecodeError| error.to_string())?;
    let record = event.to_json(PersonalData::Keep).map_err(|error| error.to_string())?;
    let record = serde_json::from_str(&record).map_err(|error| error.to_string())?;
    Ok(one_member("record", record))
}

fn bytes(hex: &str) -> Result<Vec<u8>, String> {
    if let Some(character) = hex.chars().find(|character| !character.is_ascii_hexdigit()) {
        return Err(format!("`avro_hex`: `{}` is not a hex digit", character.escape_debug()));
    }
    let (pairs, rest) = hex.as_bytes().as_chunks();
    if !rest.is_empty() {
        return Err(format!("`avro_hex`: expected two hex digits per byte, found {} digits", hex.len()));
    }
    Ok(pairs.iter().map(|[high, low]| digit(*high) << 4 | digit(*low)).collect())
}

/// The value of an ASCII hex digit.
fn digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}
