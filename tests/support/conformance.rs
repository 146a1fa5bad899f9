//! The recorded data of the Python implementation, in `tests/conformance`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A recorded event.
#[derive(Debug)]
pub struct Recorded {
    /// The event type.
    pub event_type: String,
    /// The name of the case.
    pub case: String,
    /// The event's data as JSON.
    pub record: Value,
    /// Its Avro encoding.
    pub bytes: Vec<u8>,
}

/// Every recorded event, by event type and in the order of the files.
pub fn vectors() -> Vec<Recorded> {
    let mut files: Vec<_> = fs::read_dir(folder().join("vectors"))
        .expect("the vectors are there")
        .map(|file| file.expect("a file").path())
        .collect();
    files.sort();
    files.iter().flat_map(|file| cases(file)).collect()
}

fn cases(file: &Path) -> Vec<Recorded> {
    let mut file = read(file);
    let event_type = text(&file["event_type"]).to_owned();
    let Value::Array(cases) = file["cases"].take() else { panic!("{event_type} has no cases") };
    let recorded = |mut case: Value| Recorded {
        event_type: event_type.clone(),
        case: text(&case["name"]).to_owned(),
        bytes: bytes(&case["avro_hex"]),
        record: case["record"].take(),
    };
    cases.into_iter().map(recorded).collect()
}

/// The data at a path below `tests/conformance`.
pub fn data(path: &str) -> Value {
    read(&folder().join(path))
}

/// The text of a file below `tests/conformance`.
pub fn file(path: &str) -> String {
    fs::read_to_string(folder().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// `tests/conformance`.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance")
}

fn read(file: &Path) -> Value {
    let data = fs::read_to_string(file).expect("the data is there");
    serde_json::from_str(&data).expect("the data is JSON")
}

/// A text.
pub fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// A list.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

/// Bytes from the text of their hex digits.
pub fn bytes(hex: &Value) -> Vec<u8> {
    text(hex).as_bytes().chunks(2).map(byte).collect()
}

fn byte(digits: &[u8]) -> u8 {
    digits.iter().fold(0, |byte, digit| {
        byte << 4
            | char::from(*digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).expect("hex digits")
    })
}
