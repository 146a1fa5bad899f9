//! The corpus of the fuzz targets, replayed.

use std::fs;
use std::path::Path;

#[expect(unreachable_pub, reason = "a crate of its own for the fuzzer")]
#[path = "../fuzz/lib.rs"]
pub(crate) mod targets;

use openedx_events::keys::{
    CCXLocator, CourseKey, LibraryCollectionLocator, LibraryContainerLocator, LibraryLocatorV2,
    LibraryUsageLocatorV2, UsageKey,
};

/// The inputs of a target, its own and those that the fuzzer has found.
fn inputs(target: &str) -> Vec<Vec<u8>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fuzz/corpus/{target}.hex"));
    let corpus = fs::read_to_string(file).expect("a corpus");
    corpus.lines().map(|line| openedx_events_tests::conformance::bytes(&line.into())).collect()
}

/// What is done with an input.
type Target = fn(&[u8]);

/// The targets, as `tests/fuzz/targets` has them.
const TARGETS: [(&str, Target); 15] = [
    ("ccx_locator", targets::key::<CCXLocator>),
    ("cloud_event", targets::cloud_events::cloud_event),
    ("course_key", targets::key::<CourseKey>),
    ("dead_letter", targets::bus::dead_letter),
    ("decode", targets::decode),
    ("filter", targets::filters::filter),
    ("library_collection_locator", targets::key::<LibraryCollectionLocator>),
    ("library_container_locator", targets::key::<LibraryContainerLocator>),
    ("library_locator_v2", targets::key::<LibraryLocatorV2>),
    ("library_usage_locator_v2", targets::key::<LibraryUsageLocatorV2>),
    ("older_release", targets::older_release),
    ("redis_replies", targets::bus::redis_replies),
    ("settings", targets::bus::settings),
    ("usage_key", targets::key::<UsageKey>),
    ("writer_schema", targets::writer_schema::writer_schema),
];

#[test]
fn every_input_that_the_fuzzer_kept_is_harmless() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let names = |path: &str, end: &str| {
        let files = fs::read_dir(folder.join(path)).expect("a folder");
        let mut names: Vec<_> = files
            .filter_map(|file| {
                file.expect("a file").file_name().to_str()?.strip_suffix(end).map(str::to_owned)
            })
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("targets", ".rs"), TARGETS.map(|(name, _)| name));
    assert_eq!(names("corpus", ".hex"), TARGETS.map(|(name, _)| name));
    for (name, target) in TARGETS {
        let inputs = inputs(name);
        assert!(inputs.len() > 20, "{name}: {} inputs", inputs.len());
        for input in inputs {
            target(&input);
        }
    }
}
