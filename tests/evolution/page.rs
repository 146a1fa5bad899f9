//! What `docs/schema-evolution.md` shows is what the commands print.

use std::fs;

use openedx_events::evolution::{Lock, Rule};
use openedx_events_tests::conformance;

use crate::process::shipped;

const PAGE: &str = include_str!("../../docs/schema-evolution.md");
const FILE: &str = "org+openedx+learning+discussions+configuration+changed+v1.avsc";

#[test]
fn the_outputs_are_real() {
    let mut schema = conformance::data(&format!("schemas/{FILE}"));
    let fields = schema["fields"][0]["type"]["fields"].as_array_mut().expect("the fields");
    fields.retain(|field| field["name"] != "enabled");
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(FILE), schema.to_string()).expect("the folder takes it");
    for args in [&["diff", FILE][..], &["diff", "--format", "github", FILE]] {
        let ran = shipped(folder.path(), args);
        let shown = format!("$ openedx-events schema {}\n{}```", args.join(" "), ran.stdout);
        assert!(PAGE.contains(&shown), "the page lacks:\n{shown}");
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    }
}

#[test]
fn the_waiver_is_that_of_the_catalog() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../openedx-events/events.lock.json");
    let lock = Lock::read(path.as_ref()).expect("a lock file");
    let waiver =
        lock.waivers().iter().find(|waiver| waiver.path == "configuration.enabled").expect("the waiver");
    for shown in [waiver.fingerprint.to_string(), waiver.reason.clone()] {
        assert!(PAGE.contains(&format!("\"{shown}\"")), "{shown}");
    }
}

#[test]
fn every_rule_is_in_the_table() {
    for rule in Rule::ALL {
        assert!(PAGE.contains(&format!("| `{rule}` |")), "{rule}");
    }
}
