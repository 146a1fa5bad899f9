//! `vectors`: events as JSON and Avro for the tests of a Python service. Whether these pass there is tested in `tests/interop`.

use std::collections::BTreeMap;
use std::fs;
use std::marker::PhantomData;
use std::path::Path;
use std::process::ExitCode;

use openedx_events::avro::{AvroField, DecodeError, Decoder, EncodeError, Encoder};
use openedx_events::cli::{Streams, run_with};
use openedx_events::data::FieldType;
use openedx_events::serde::{Deserializer, Serializer};
use openedx_events::{Event, EventField, PersonalData, all_events, get_signal_by_type, signal};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{Ran, own, shipped};

const PLACED: &str = "org.example.shop.order.placed.v1";
const CANCELLED: &str = "org.example.shop.order.cancelled.v1";

fn folder() -> TempDir {
    TempDir::new().expect("a folder")
}

/// Runs the command of the program with its own events.
fn vectors(folder: &Path, args: &[&str]) -> Ran {
    own(&[&["vectors", folder.to_str().expect("UTF-8")], args].concat(), b"")
}

/// All files by their paths.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("UTF-8");
        if path.is_dir() {
            found.extend(
                files(&path).into_iter().map(|(below, contents)| (format!("{name}/{below}"), contents)),
            );
        } else {
            found.insert(name.to_owned(), fs::read(&path).expect("a file"));
        }
    }
    found
}

fn json_of(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}

#[test]
fn every_event_that_can_go_on_the_bus_has_vectors() {
    let folder = folder();
    let path = folder.path().join("new/vectors");
    let ran = shipped(&["vectors", path.to_str().expect("UTF-8")], b"");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));

    let files = files(&path);
    let index = json_of(&files["vectors.json"]);
    assert_eq!(index["written_by"], format!("openedx-events {}", env!("CARGO_PKG_VERSION")));
    let listed = index["events"].as_object().expect("events");
    let catalog = all_events().iter().filter(|signal| signal.event_type().starts_with("org.openedx."));
    let on_bus: Vec<_> = catalog.filter(|signal| signal.schema().is_ok()).collect();
    assert_eq!(on_bus.len(), 73);
    assert!(listed.keys().eq(on_bus.iter().map(|signal| signal.event_type())), "{listed:?}");

    let mut expected = vec!["check_vectors.py".to_owned(), "vectors.json".to_owned()];
    for signal in on_bus {
        let event_type = signal.event_type();
        let schema = signal.schema().expect("a schema");
        assert_eq!(listed[event_type]["schema"], schema.fingerprint().to_string());
        assert_eq!(files[&format!("{event_type}/schema.avsc")], schema.to_pretty().into_bytes());
        expected.push(format!("{event_type}/schema.avsc"));
        for case in listed[event_type]["cases"].as_array().expect("cases") {
            let name = format!("{event_type}/{}", case.as_str().expect("a name"));
            let (json, avro) = (&files[&format!("{name}.json")], &files[&format!("{name}.avro")]);
            let event = signal.decode(avro).unwrap_or_else(|error| panic!("{name}: {error}"));
            let decoded = event.to_json(PersonalData::Keep).expect("JSON");
            assert_eq!(json_of(decoded.as_bytes()), json_of(json), "{name}");
            expected.extend([format!("{name}.json"), format!("{name}.avro")]);
        }
    }
    expected.sort();
    assert!(files.keys().eq(&expected));
    // Two files each, beside a schema for each event, the index and the script.
    let vectors = (files.len() - 73 - 2) / 2;
    let summary =
        format!("changed {} files in {}: 73 events, {vectors} vectors\n", files.len(), path.display());
    assert_eq!(ran.stdout, summary);
}

#[test]
fn cases_show_what_a_service_seldom_sees() {
    let folder = folder();
    assert_eq!(vectors(folder.path(), &[PLACED]).code, Some(0));
    let files = files(folder.path());
    let case = |name: &str| json_of(&files[&format!("{PLACED}/{name}.json")]);

    let lamp = json!({"name": "Introduction to Testing", "count": 3, "parts": []});
    let ada = json!({"email": "ada@example.com", "addresses": {"name": "addresses"}});
    assert_eq!(case("full"), json!({"number": 3, "payment": "card", "item": lamp, "customer": ada}));
    let defaults = json!({"number": 3, "payment": null, "item": {"name": "Introduction to Testing", "count": 1, "parts": []},
                          "customer": {"email": "ada@example.com", "addresses": {}}});
    assert_eq!(case("defaults"), defaults);
    let empty = json!({"number": 0, "payment": "card", "item": {"name": "", "count": 0, "parts": []},
                       "customer": {"email": "", "addresses": {}}});
    assert_eq!(case("empty"), empty);
    let highest = case("highest");
    assert_eq!(highest["number"], i64::MAX);
    assert_eq!(highest["payment"], "account");
    assert_eq!(highest["item"]["name"], "Zoë 漢字 \u{1d11e} \u{10ffff}");
    assert_eq!(highest["customer"]["addresses"].as_object().map(serde_json::Map::len), Some(2));
    assert_eq!(case("lowest")["number"], i64::MIN);
    assert_eq!(case("lowest")["customer"]["email"], "\"\\/\0\t\r\n\u{7f}\u{2028}");

    // Of equal ones only the first is written.
    assert_eq!(vectors(folder.path(), &[CANCELLED]).code, Some(0));
    let index = json_of(&fs::read(folder.path().join("vectors.json")).expect("the index"));
    assert_eq!(index["events"][CANCELLED]["cases"], json!(["full", "empty", "highest", "lowest"]));
}

#[test]
fn a_second_run_writes_the_same() {
    let (one, other) = (folder(), folder());
    assert_eq!(vectors(one.path(), &[]).code, Some(0));
    assert_eq!(vectors(other.path(), &[]).code, Some(0));
    assert_eq!(files(one.path()), files(other.path()));

    let ran = vectors(one.path(), &[]);
    assert!(ran.stdout.starts_with(&format!("{} is up to date: ", one.path().display())), "{}", ran.stdout);
    assert_eq!(files(one.path()), files(other.path()));
}

#[test]
fn check_names_what_differs_and_changes_nothing() {
    let folder = folder();
    let path = folder.path();
    let ran = vectors(path, &["--check", CANCELLED]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.lines().contains(&"missing: vectors.json"), "{}", ran.stdout);
    assert!(files(path).is_empty());

    assert_eq!(vectors(path, &[PLACED, CANCELLED]).code, Some(0));
    let ran = vectors(path, &["--check", PLACED, CANCELLED]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", ran.stdout);
    assert_eq!(ran.stdout, format!("{} is up to date: 2 events, 9 vectors\n", path.display()));

    let avro = path.join(PLACED).join("full.avro");
    let mut bytes = fs::read(&avro).expect("the bytes");
    bytes[2] ^= 1;
    fs::write(&avro, &bytes).expect("written");
    fs::remove_file(path.join(PLACED).join("empty.avro")).expect("it is there");
    let json = path.join(PLACED).join("full.json");
    let text = fs::read_to_string(&json).expect("the payload");
    fs::write(&json, text.replace("\"number\": 3", "\"number\": 4")).expect("written");
    let before = files(path);
    let ran = vectors(path, &["--check", PLACED]);
    assert_eq!(ran.code, Some(1));
    let mut expected = vec![
        format!("missing: {PLACED}/empty.avro"),
        format!("changed: {PLACED}/full.avro, from byte 2 on"),
        format!("changed: {PLACED}/full.json, from line 13 on"),
        "changed: vectors.json, from line 3 on".to_owned(),
    ];
    expected.extend(
        before.keys().filter(|name| name.starts_with(CANCELLED)).map(|name| format!("left over: {name}")),
    );
    assert_eq!(ran.lines(), expected);
    let hint = "is out of date: run the command without `--check`, and commit what it writes\n";
    let hint = format!("{} {hint}", path.display());
    assert_eq!(ran.stderr, hint);
    assert_eq!(files(path), before);

    // The same without `--check` mends it, and removes what is left over.
    let ran = vectors(path, &[PLACED]);
    assert_eq!(ran.code, Some(0));
    assert_eq!(ran.stdout, format!("changed 13 files in {}: 1 event, 5 vectors\n", path.display()));
    assert_eq!(vectors(path, &["--check", PLACED]).code, Some(0));
    assert!(!path.join(CANCELLED).exists());
}

#[test]
fn other_files_are_left_alone() {
    let folder = folder();
    let path = folder.path();
    fs::create_dir(path.join(PLACED)).expect("a folder");
    fs::write(path.join("notes.txt"), "mine").expect("written");
    fs::write(path.join(PLACED).join("full.json"), "{}").expect("written");
    let before = files(path);
    let ran = vectors(path, &[PLACED]);
    assert_eq!(ran.code, Some(2));
    let own_file = path.join(PLACED).join("full.json");
    let refused = format!(
        "error: {} was not written by `vectors`: move it, or choose another directory\n",
        own_file.display()
    );
    assert_eq!(ran.stderr, refused);
    assert_eq!(files(path), before);

    fs::remove_file(&own_file).expect("it is there");
    fs::write(path.join(PLACED).join("mine.json"), "{}").expect("written");
    assert_eq!(vectors(path, &[PLACED]).code, Some(0));
    // It belongs to nobody here when the event is gone.
    assert_eq!(vectors(path, &[CANCELLED]).code, Some(0));
    let left = files(path);
    assert_eq!(left["notes.txt"], b"mine");
    let of_placed: Vec<_> = left.keys().filter(|name| name.starts_with(PLACED)).collect();
    assert_eq!(of_placed, [&format!("{PLACED}/mine.json")]);
}

#[test]
fn an_index_of_somebody_else_is_refused() {
    let folder = folder();
    let path = folder.path();
    let outside = path.join("outside.json");
    fs::write(&outside, "kept").expect("written");
    let inside = path.join("inside");
    fs::create_dir(&inside).expect("a folder");
    for index in [
        "[]",
        r#"{"written_by": "x", "events": {}, "more": 1}"#,
        r#"{"written_by": "x", "events": {"..": {"cases": ["outside"], "schema": ""}}}"#,
        r#"{"written_by": "x", "events": {"a": {"cases": ["../../outside"], "schema": ""}}}"#,
    ] {
        fs::write(inside.join("vectors.json"), index).expect("written");
        let ran = vectors(&inside, &[PLACED]);
        assert_eq!(ran.code, Some(2), "{index}");
        assert!(ran.stderr.contains("vectors.json is not an index that `vectors` wrote: "), "{}", ran.stderr);
        assert!(ran.stderr.ends_with("; remove it, or choose another directory\n"), "{}", ran.stderr);
        assert_eq!(files(path).len(), 2);
    }
}

#[test]
fn types_that_have_no_vectors_are_refused() {
    let folder = folder();
    for (event_type, reason) in [
        ("org.example.shop.order.plced.v1", "did you mean `org.example.shop.order.placed.v1`"),
        ("org.openedx.content_authoring.course.certificate_config.changed.v1", " has no schema: "),
    ] {
        let ran = vectors(folder.path(), &[PLACED, event_type]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
        assert!(ran.stderr.contains(reason), "{}", ran.stderr);
    }
    assert!(files(folder.path()).is_empty());
    assert!(get_signal_by_type("org.openedx.content_authoring.course.certificate_config.changed.v1").is_ok());

    let file = folder.path().join("a file");
    fs::write(&file, "").expect("written");
    let ran = vectors(&file, &[PLACED]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.starts_with("error: cannot "), "{}", ran.stderr);
}

/// A text that is written by a rule which its description does not state.
struct Ruled<R>(String, PhantomData<R>);

trait Rule: Send + Sync + 'static {
    /// What is written for a text.
    fn written(text: &str) -> Result<String, &'static str>;
}

struct OnlyEmpty;

impl Rule for OnlyEmpty {
    fn written(text: &str) -> Result<String, &'static str> {
        if text.is_empty() { Ok(String::new()) } else { Err("not empty") }
    }
}

struct Never;

impl Rule for Never {
    fn written(_: &str) -> Result<String, &'static str> {
        Err("never written")
    }
}

struct Longer;

impl Rule for Longer {
    fn written(text: &str) -> Result<String, &'static str> {
        Ok(format!("{text}!"))
    }
}

impl<R: Rule> EventField for Ruled<R> {
    const TYPE: FieldType = <String as EventField>::TYPE;

    fn serialize<S: Serializer>(&self, serializer: S, personal: PersonalData) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer, personal)
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <String as EventField>::deserialize(deserializer).map(|text| Self(text, PhantomData))
    }
}

impl<R: Rule> AvroField for Ruled<R> {
    const MIN_LEN: usize = <String as AvroField>::MIN_LEN;

    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), EncodeError> {
        let text = R::written(&self.0).map_err(|reason| out.invalid(reason))?;
        text.encode(out)
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        <String as AvroField>::decode(input).map(|text| Self(text, PhantomData))
    }
}

#[signal("org.example.school.board.wiped.v1")]
struct BoardWiped {
    text: Ruled<OnlyEmpty>,
}

#[signal("org.example.school.bell.rung.v1")]
struct BellRung {
    tune: Ruled<Never>,
}

#[signal("org.example.school.song.sung.v1")]
struct SongSung {
    words: Ruled<Longer>,
}

/// Runs the command in this program, for the events above.
fn here(folder: &Path, event_type: &str) -> (ExitCode, String, String) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let streams = Streams { stdin: &mut std::io::empty(), stdout: &mut stdout, stderr: &mut stderr };
    let code = run_with(["program", "vectors", folder.to_str().expect("UTF-8"), event_type], streams);
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (code, text(stdout), text(stderr))
}

#[test]
fn a_case_that_a_type_does_not_accept_is_left_out() {
    let folder = folder();
    let (code, stdout, stderr) = here(folder.path(), BoardWiped::INFO.event_type);
    assert_eq!(code, ExitCode::SUCCESS, "{stderr}");
    assert!(stdout.ends_with(": 1 event, 1 vector\n"), "{stdout}");
    let lines: Vec<_> = stderr.lines().collect();
    assert_eq!(lines.len(), 4, "{stderr}");
    for (line, case) in lines.into_iter().zip(["full", "defaults", "highest", "lowest"]) {
        let expected = format!("note: {} has no vector `{case}`: `text`: ", BoardWiped::INFO.event_type);
        assert!(line.starts_with(&expected) && line.contains("not empty"), "{line}");
    }
}

#[test]
fn an_event_without_vectors_is_no_success() {
    let folder = folder();
    let (code, stdout, stderr) = here(folder.path(), BellRung::INFO.event_type);
    assert_eq!(code, ExitCode::from(1), "{stderr}");
    assert!(stdout.ends_with(": 0 events, 0 vectors\n"), "{stdout}");
    let event_type = BellRung::INFO.event_type;
    let last = format!("error: {event_type} has no vectors, as a type of it does not take made-up values");
    assert_eq!(stderr.lines().last(), Some(last.as_str()));
}

#[test]
fn an_event_that_is_read_as_another_one_is_refused() {
    let folder = folder();
    let (code, stdout, stderr) = here(folder.path(), SongSung::INFO.event_type);
    assert_eq!((code, stdout.as_str()), (ExitCode::from(2), ""));
    assert!(stderr.contains("case `full`: what was encoded is decoded as something else: "), "{stderr}");
    assert!(files(folder.path()).is_empty());
}
