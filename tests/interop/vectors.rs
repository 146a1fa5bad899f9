//! The files of `vectors`, and the script among them: run with upstream's package, in a Python program with signals of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Output};

use chrono::{DateTime, FixedOffset, Utc};
use openedx_events::avro::{AvroField, DecodeError, Decoder, EncodeError, Encoder};
use openedx_events::cli::{Streams, run_with};
use openedx_events::data::FieldType;
use openedx_events::keys::{
    CCXLocator, CourseKey, LibraryCollectionLocator, LibraryContainerLocator, LibraryLocatorV2,
    LibraryUsageLocatorV2, UsageKey,
};
use openedx_events::serde::{Deserializer, Serializer};
use openedx_events::{EventData, EventField, PersonalData, signal};
use tempfile::TempDir;
use uuid::Uuid;

use crate::notice::notice;
use crate::python;

const COUNTED: &str = "org.example.warehouse.stock.counted.v1";
const SCANNED: &str = "org.example.warehouse.label.scanned.v1";

/// Data about a warehouse, with each type that data classes of Python have. `vectors_signals.py` declares the same.
#[derive(Clone, PartialEq, EventData)]
pub(crate) struct StockData {
    pub boolean: bool,
    pub long: i64,
    pub byte: i8,
    pub short: i16,
    pub unsigned_short: u16,
    pub word: i32,
    pub unsigned: u32,
    pub double: f64,
    pub single: f32,
    pub text: String,
    pub uuid: Uuid,
    pub time: DateTime<Utc>,
    pub local_time: DateTime<FixedOffset>,
    pub course_key: CourseKey,
    pub usage_key: UsageKey,
    pub ccx: CCXLocator,
    pub library: LibraryLocatorV2,
    pub library_block: LibraryUsageLocatorV2,
    pub collection: LibraryCollectionLocator,
    pub container: LibraryContainerLocator,
    pub colour: Colour,
    pub full: Percent,
    pub shelves: Vec<ShelfData>,
    pub rows: Vec<Vec<f64>>,
    pub by_name: BTreeMap<String, ShelfData>,
    pub maybe_number: Option<i64>,
    pub maybe_text: Option<String>,
    pub maybe_time: Option<DateTime<Utc>>,
    pub maybe_key: Option<CourseKey>,
    pub maybe_shelf: Option<ShelfData>,
    #[event_data(default = true)]
    pub is_open: bool,
    #[event_data(default = 7)]
    pub days: i64,
    #[event_data(default)]
    pub notes: Vec<String>,
    #[event_data(default)]
    pub counts: BTreeMap<String, i64>,
}

#[derive(Clone, PartialEq, EventData)]
pub(crate) struct ShelfData {
    pub name: String,
    #[event_data(pii)]
    pub keeper: Option<String>,
}

#[derive(Clone, Copy, PartialEq, EventData)]
pub(crate) enum Colour {
    Red,
    Green,
}

/// Accepts less than its description says.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Percent(i64);

impl EventField for Percent {
    const TYPE: FieldType = <i64 as EventField>::TYPE;

    fn serialize<S: Serializer>(&self, serializer: S, personal: PersonalData) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer, personal)
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <i64 as EventField>::deserialize(deserializer).map(Percent)
    }
}

impl AvroField for Percent {
    const MIN_LEN: usize = <i64 as AvroField>::MIN_LEN;

    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.0.encode(out)
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.read_converted("a percentage", |number| match number {
            0..=100 => Ok(Percent(number)),
            _ => Err(format!("{number} is not from 0 to 100")),
        })
    }
}

/// What a warehouse has.
#[signal("org.example.warehouse.stock.counted.v1")]
pub(crate) struct StockCounted {
    pub stock: StockData,
    pub number: i64,
    pub course_key: CourseKey,
}

/// A picture, which Python can only read.
#[signal("org.example.warehouse.label.scanned.v1")]
pub(crate) struct LabelScanned {
    pub label: LabelData,
}

#[derive(Clone, PartialEq, EventData)]
pub(crate) struct LabelData {
    pub picture: Vec<u8>,
    #[event_data(default = b"none".to_vec())]
    pub code: Vec<u8>,
}

/// A list with missing items, which data classes of Python cannot have.
#[signal("org.example.warehouse.door.opened.v1")]
pub(crate) struct DoorOpened {
    pub times: Vec<Option<i64>>,
}

/// Writes vectors of this program, that is, of these events and of the catalog.
fn write(folder: &Path, types: &[&str]) -> String {
    let folder = folder.to_str().expect("UTF-8");
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let streams = Streams { stdin: &mut std::io::empty(), stdout: &mut stdout, stderr: &mut stderr };
    let code = run_with([&["events", "vectors", folder], types].concat(), streams);
    let stderr = String::from_utf8(stderr).expect("UTF-8");
    assert_eq!((code, stderr.as_str()), (ExitCode::SUCCESS, ""));
    String::from_utf8(stdout).expect("UTF-8")
}

/// How the script ended and what it printed.
fn check(python: &Path, folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let modules = concat!(env!("CARGO_MANIFEST_DIR"), "/interop");
    let Output { status, stdout, stderr } = Command::new(python)
        .arg("-B")
        .arg(folder.join("check_vectors.py"))
        .args(args)
        .current_dir(modules)
        .output()
        .expect("Python starts");
    assert_eq!(String::from_utf8_lossy(&stderr), "");
    (status.code(), String::from_utf8(stdout).expect("UTF-8"))
}

const SIGNALS: &[&str] = &["--import", "vectors_signals"];

#[test]
fn a_python_service_passes() {
    let Some(python) = python::interpreter() else { return };
    let folder = TempDir::new().expect("a folder");
    let wrote = write(folder.path(), &[]);
    let (code, printed) = check(&python, folder.path(), SIGNALS);
    assert_eq!(code, Some(0), "{printed}");
    let last = printed.lines().last().expect("a line");
    notice(&format!("interop: {}: {last}", wrote.trim_end().rsplit(": ").next().unwrap_or_default()));

    let vectors = |event_types: &dyn Fn(&str) -> bool| {
        let index = fs::read_to_string(folder.path().join("vectors.json")).expect("the index");
        let index: serde_json::Value = serde_json::from_str(&index).expect("JSON");
        let events = index["events"].as_object().expect("events").iter();
        let chosen = events.filter(|(event_type, _)| event_types(event_type));
        chosen.map(|(_, entry)| entry["cases"].as_array().map_or(0, Vec::len)).sum::<usize>()
    };
    let is_there =
        |event_type: &str| event_type.starts_with("org.openedx.") || [COUNTED, SCANNED].contains(&event_type);
    let (passed, skipped) = (vectors(&is_there), vectors(&|event_type| !is_there(event_type)));
    assert!(passed > 250 && skipped > 4, "{passed}, {skipped}");
    assert_eq!(last, format!("{passed} vectors passed, 0 failed, {skipped} skipped (no such signal here)"));

    // What Python reads as something else is no failure, and it is named.
    let noted = |note: &str| {
        let lines = printed.lines().skip_while(|line| line.strip_prefix("note: ") != Some(note)).skip(1);
        lines.map_while(|line| line.strip_prefix("  ")).collect::<Vec<_>>()
    };
    let replaced = noted("a default is read in place of an empty or zero value:");
    for path in ["is_open", "days", "maybe_number", "maybe_text"] {
        assert!(replaced.contains(&format!("{COUNTED}.stock.{path}").as_str()), "{path}: {printed}");
    }
    let enabled = "org.openedx.learning.discussions.configuration.changed.v1.configuration.enabled";
    assert!(replaced.contains(&enabled), "{printed}");
    assert_eq!(noted("only read, as openedx_events cannot write bytes:"), [SCANNED]);
}

#[test]
fn numbers_that_a_type_refuses_are_replaced() {
    let folder = TempDir::new().expect("a folder");
    write(folder.path(), &[COUNTED]);
    let payload = |case: &str| {
        let text = fs::read_to_string(folder.path().join(COUNTED).join(case)).expect("a payload");
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON")["stock"].clone()
    };
    let (highest, lowest) = (payload("highest.json"), payload("lowest.json"));
    let numbers = [
        ("long", i64::MIN, i64::MAX),
        ("byte", i8::MIN.into(), i8::MAX.into()),
        ("short", i16::MIN.into(), i16::MAX.into()),
        ("unsigned_short", 0, u16::MAX.into()),
        ("word", i32::MIN.into(), i32::MAX.into()),
        ("unsigned", 0, u32::MAX.into()),
        ("full", 0, 3),
    ];
    for (name, least, greatest) in numbers {
        assert_eq!((&lowest[name], &highest[name]), (&least.into(), &greatest.into()), "{name}");
    }
}

#[test]
fn a_byte_that_was_changed_fails() {
    let Some(python) = python::interpreter() else { return };
    let folder = TempDir::new().expect("a folder");
    write(folder.path(), &[COUNTED]);
    let path = folder.path().join(COUNTED).join("full.avro");
    let good = fs::read(&path).expect("the bytes");
    // Each byte of the first numbers, one after the other.
    for place in 0..6 {
        let mut bytes = good.clone();
        bytes[place] ^= 1;
        fs::write(&path, bytes).expect("written");
        let (code, printed) = check(&python, folder.path(), SIGNALS);
        assert_eq!(code, Some(1), "byte {place}: {printed}");
        assert!(
            printed.starts_with(&format!("failed: {COUNTED}/full: "))
                || printed.contains(&format!("\nfailed: {COUNTED}/full: ")),
            "{printed}"
        );
        assert!(
            printed.ends_with("\n4 vectors passed, 1 failed, 0 skipped (no such signal here)\n"),
            "{printed}"
        );
    }
}

#[test]
fn a_signal_that_differs_fails() {
    let Some(python) = python::interpreter() else { return };
    let folder = TempDir::new().expect("a folder");
    write(folder.path(), &[COUNTED]);
    let payload = folder.path().join(COUNTED).join("full.json");
    let text = fs::read_to_string(&payload).expect("the payload");
    fs::write(&payload, text.replace("\"long\": 3", "\"long\": 4")).expect("written");
    let (code, printed) = check(&python, folder.path(), SIGNALS);
    assert_eq!(code, Some(1));
    assert!(
        printed.contains(&format!("failed: {COUNTED}/full: {COUNTED}.stock.long: 3 instead of 4\n")),
        "{printed}"
    );

    // A data class with another type.
    let declared =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/vectors_signals.py"));
    let declared =
        declared.expect("the module").replace("days = attr.ib(type=int, ", "days = attr.ib(type=float, ");
    fs::write(folder.path().join("other_signals.py"), declared).expect("written");
    write(folder.path(), &[COUNTED]);
    let (code, printed) = check(&python, folder.path(), &["--import", "other_signals"]);
    assert_eq!(code, Some(1));
    let place = "the schema.fields[0].type.fields[31].type: 'double' instead of 'long'";
    assert!(printed.contains(&format!("failed: {COUNTED}/full: {place}\n")), "{printed}");

    // Without the module there is nothing to test, which must not pass for a success.
    let (code, printed) = check(&python, folder.path(), &[]);
    assert_eq!(code, Some(1));
    assert!(
        printed.starts_with("0 vectors passed, 0 failed, 5 skipped (no such signal here)\n"),
        "{printed}"
    );
    assert!(printed.contains("--import"), "{printed}");
}
