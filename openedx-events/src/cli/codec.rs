//! `encode` and `decode`: events from JSON to Avro bytes and back.

use serde_json::{Map, Value};

use super::answers::Answer;
use super::request::Request;
use crate::avro::DecodeError;
use crate::{AnySignal, PersonalData, get_signal_by_type};

/// `{"event_type", "record"}` to `{"avro_hex"}`
pub(super) fn encode(request: &mut Request<'_>) -> Answer {
    let signal = signal(request)?;
    let event = signal.read_json(request.take("record")?).map_err(|error| format!("`record`: {error}"))?;
    let mut bytes = Vec::new();
    event.encode(&mut bytes).map_err(|error| error.to_string())?;
    Ok(one_member("avro_hex", Value::String(hex(&bytes))))
}

/// `{"event_type", "avro_hex"}` to `{"record"}`
pub(super) fn decode(request: &mut Request<'_>) -> Answer {
    let signal = signal(request)?;
    let bytes = bytes(&request.take_text("avro_hex")?)?;
    let event = signal.decode(&bytes).map_err(|error: DecodeError| error.to_string())?;
    let record = event.to_json(PersonalData::Keep).map_err(|error| error.to_string())?;
    let record = serde_json::from_str(&record).map_err(|error| error.to_string())?;
    Ok(one_member("record", record))
}

fn signal(request: &mut Request<'_>) -> Result<&'static dyn AnySignal, String> {
    get_signal_by_type(&request.take_text("event_type")?).map_err(|error| error.to_string())
}

fn one_member(name: &str, value: Value) -> Map<String, Value> {
    [(name.to_owned(), value)].into_iter().collect()
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}

fn bytes(hex: &str) -> Result<Vec<u8>, String> {
    if let Some(character) = hex.chars().find(|character| !character.is_ascii_hexdigit()) {
        return Err(format!("`avro_hex`: `{}` is no hex digit", character.escape_debug()));
    }
    let (pairs, rest) = hex.as_bytes().as_chunks();
    if !rest.is_empty() {
        return Err(format!("`avro_hex`: a byte has two hex digits, and there are {}", hex.len()));
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
