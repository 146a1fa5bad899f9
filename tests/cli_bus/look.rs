//! Who looks into a bus creates none.

use std::fs;

use crate::fixture::TOPIC;
use crate::program::{own, run};

const IN_GROUP: [&str; 4] = ["-t", TOPIC, "-g", "porters"];

#[test]
fn a_file_that_does_not_exist_is_not_created_by_looking() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("typo.db");
    let url = format!("sqlite:{}", path.display());
    for args in [
        &["consume", "-t", TOPIC][..],
        &["topic", "list"],
        &["lag"],
        &["doctor"],
        &["tail", "-t", TOPIC],
        &["pending", "-t", TOPIC],
        &["group", "list", "-t", TOPIC],
        &[&["group", "delete", "--yes"][..], &IN_GROUP].concat(),
        &[&["parked", "list"][..], &IN_GROUP].concat(),
        &[&["parked", "drain"][..], &IN_GROUP].concat(),
        &[&["parked", "drop", "--all", "--yes"][..], &IN_GROUP].concat(),
    ] {
        let ran = run(own(&[args, &["--bus", &url]].concat()), "").has_ended_with(2);
        let expected = format!(
            "error: there is no event bus in the file {}: check the path, or publish to it first\n",
            path.display()
        );
        assert_eq!(ran.stderr, expected, "{args:?}");
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 0, "{args:?}");
    }
}
