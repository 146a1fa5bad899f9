//! The catalog's own lock file, and upstream's history.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use openedx_events::evolution::{
    Definition, Lock, Mode, Outcome, Policy, Reader, Readers, Rule, Snapshot, check, diff,
};
use openedx_events_tests::conformance;
use serde_json::Value;

use crate::schemas::short;

const DISCUSSIONS: &str = "org.openedx.learning.discussions.configuration.changed.v1";

fn lock_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../openedx-events/events.lock.json")
}

fn lock() -> Lock {
    Lock::read(&lock_path()).unwrap_or_else(|error| panic!("{error}"))
}

/// The schemas of upstream's releases since 9.0.0 that differ from the present ones, by event type: the releases, and the
/// schema.
fn releases() -> BTreeMap<String, Vec<(String, Value)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openedx-events/src/avro/releases");
    let mut releases = BTreeMap::new();
    for file in fs::read_dir(folder).expect("the folder") {
        let path = file.expect("a file").path();
        if path.extension().is_none_or(|extension| extension != "json") || path.ends_with("releases.json") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a text");
        let file: BTreeMap<String, Vec<Value>> = serde_json::from_str(&text).expect("JSON");
        for (event_type, spans) in file {
            let spans = spans.into_iter().map(|mut span| {
                let name = |release: &Value| release.as_str().expect("a release").to_owned();
                let (first, last) = (name(&span["first"]), name(&span["last"]));
                let note = if first == last { first } else { format!("{first} to {last}") };
                (format!("openedx-events {note}"), span["schema"].take())
            });
            releases.insert(event_type, spans.collect());
        }
    }
    releases
}

#[test]
fn the_catalog_is_as_its_lock_file_has_it() {
    openedx_events::check_schema_lock!("../openedx-events/events.lock.json");
}

#[test]
fn it_has_every_event_that_goes_on_the_bus() {
    let lock = lock();
    let current: Vec<_> = lock.events().filter_map(|event| event.current.as_ref()).collect();
    let files = Snapshot::of_files(&conformance::folder().join("schemas")).expect("schemas");
    assert_eq!((current.len(), files.len()), (73, 73));
    // Upstream's fingerprints: defaults do not count.
    for event in lock.events() {
        let name = format!("schemas/{}.avsc", event.event_type.replace('.', "+"));
        let theirs: Definition = conformance::file(&name).parse().expect("a schema");
        let ours = event.current.as_ref().expect("none was removed");
        assert_eq!(ours.fingerprint, theirs.fingerprint(), "{name}");
    }
    // And nothing differs from upstream's files.
    let report =
        diff(&files, &Snapshot::of_lock(&lock), Policy { mode: Mode::FullTransitive, readers: Readers::ALL });
    assert!(report.findings.is_empty(), "{report}");
}

#[test]
fn its_history_is_that_of_upstreams_releases() {
    let releases = releases();
    assert!(releases.len() >= 8, "{}", releases.len());
    for event in lock().events() {
        let history: Vec<_> = event
            .history
            .iter()
            .map(|version| (version.note.clone().unwrap_or_default(), version.fingerprint))
            .collect();
        let expected: Vec<_> = releases
            .get(&event.event_type)
            .into_iter()
            .flatten()
            .map(|(note, schema)| {
                (note.clone(), Definition::from_json(schema).expect("a schema").fingerprint())
            })
            .collect();
        assert_eq!(history, expected, "{}", event.event_type);
    }
}

/// The lock as it was before a waiver was granted: none at all.
fn without_waivers() -> Lock {
    let mut value: Value = serde_json::from_str(&lock().to_text()).expect("JSON");
    value["waivers"] = Value::Array(Vec::new());
    Lock::parse(&value.to_string(), &lock_path()).expect("a lock file")
}

#[test]
fn the_change_of_11_1_is_found() {
    let lock = without_waivers();
    let now = Snapshot::of_program(lock.crates()).expect("no type twice");
    let report = check(&lock, &now, lock.policy());
    let found: Vec<_> = report.breaking().filter(|finding| finding.event_type == DISCUSSIONS).collect();
    let [finding] = found.as_slice() else { panic!("{report}") };
    // Rust fills in the default; Python on Kafka cannot read what was written before; positions are off both ways.
    assert_eq!(short(&finding.change), "FIELD_ADDED_WITH_DEFAULT configuration.enabled b:kp f:p");
    assert_eq!(finding.change.detail, "boolean, default true, inserted before `enable_in_context`");
    assert_eq!(finding.against[0].note.as_deref(), Some("openedx-events 11.0.0"));
    // By upstream's own rule, without a thought for positions, it is fine.
    let resolving = [Reader::Rust, Reader::PythonKafka].into_iter().collect();
    let report = check(&lock, &now, Policy { mode: Mode::ForwardTransitive, readers: resolving });
    assert!(!report.breaking().any(|finding| finding.event_type == DISCUSSIONS), "{report}");
    let positional = Policy { mode: Mode::Positional, readers: Readers::ALL };
    assert!(check(&lock, &now, positional).breaking().any(|finding| finding.event_type == DISCUSSIONS));
}

#[test]
fn the_change_of_11_1_is_found_in_upstreams_own_files() {
    let path = format!("schemas/{}.avsc", DISCUSSIONS.replace('.', "+"));
    let mut schema = conformance::data(&path);
    let fields = schema["fields"][0]["type"]["fields"].as_array_mut().expect("the fields");
    fields.retain(|field| field["name"] != "enabled");
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("the folder takes it");
        Snapshot::of_files(&path).expect("a schema")
    };
    let old = write("old.avsc", schema.to_string());
    let new = write("new.avsc", conformance::file(&path));
    let report = diff(&old, &new, Policy::default());
    let found: Vec<_> = report.findings.iter().map(|finding| short(&finding.change)).collect();
    assert_eq!(found, ["FIELD_ADDED_WITHOUT_DEFAULT configuration.enabled b:rkp f:p"]);
}

#[test]
fn adding_at_the_end_was_fine() {
    // 9.15.0 added `background` at the end of the events of collections.
    let event_type = "org.openedx.content_authoring.content_library.collection.created.v1";
    let lock = lock();
    let event = lock.events().find(|event| event.event_type == event_type).expect("the event");
    let changes =
        openedx_events::evolution::compare(&event.history[0].definition, &event.history[1].definition);
    let found: Vec<_> = changes.iter().map(short).collect();
    assert_eq!(found, ["FIELD_ADDED_WITHOUT_DEFAULT library_collection.background b:rkp f:"]);
}

#[test]
fn minor_versions_are_upstreams_business() {
    let report =
        check(&without_waivers(), &Snapshot::of_program(lock().crates()).expect("events"), Policy::default());
    assert!(report.findings.iter().all(|finding| finding.change.rule != Rule::MinorVersionNotRaised));
    let waived = check(&lock(), &Snapshot::of_program(lock().crates()).expect("events"), lock().policy());
    let reasons = waived.findings.iter().filter_map(|finding| match &finding.outcome {
        Outcome::Waived(reason) => Some(reason),
        _ => None,
    });
    assert_eq!(
        reasons.filter(|reason| reason.starts_with("Released by upstream in ")).count(),
        waived.findings.len()
    );
}
