//! What the tests read: `conformance/catalog.json` and `conformance/vectors`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::Value;

/// A recorded event: the name of its case, and its data as JSON.
pub(crate) struct Recorded {
    pub(crate) event_type: String,
    pub(crate) case: String,
    pub(crate) record: Value,
}

/// The vectors' files of a subdomain, sorted.
pub(crate) fn vector_files(subdomain: &str) -> Vec<PathBuf> {
    let prefix = format!("org.openedx.{subdomain}.");
    let files = fs::read_dir(folder().join("vectors")).expect("the vectors are there");
    let mut files: Vec<_> = files
        .map(|file| file.expect("a file").path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&prefix)))
        .collect();
    files.sort();
    files
}

/// The cases of one file.
pub(crate) fn cases(file: &Path) -> Vec<Recorded> {
    let mut file = read(file);
    let event_type = text(&file["event_type"]).to_owned();
    let Value::Array(cases) = file["cases"].take() else { panic!("{event_type} has no cases") };
    let recorded = |mut case: Value| Recorded {
        event_type: event_type.clone(),
        case: text(&case["name"]).to_owned(),
        record: case["record"].take(),
    };
    cases.into_iter().map(recorded).collect()
}

/// Every case of a subdomain.
pub(crate) fn all_cases(subdomain: &str) -> Vec<Recorded> {
    vector_files(subdomain).iter().flat_map(|file| cases(file)).collect()
}

/// Upstream's signals of a subdomain.
pub(crate) fn signals(subdomain: &str) -> Vec<Value> {
    of_module("signals", &format!("openedx_events.{subdomain}.signals"))
}

/// Upstream's data classes of a subdomain, those without use included.
pub(crate) fn classes(subdomain: &str) -> Vec<Value> {
    of_module("classes", &format!("openedx_events.{subdomain}.data"))
}

fn of_module(list: &str, module: &str) -> Vec<Value> {
    static CATALOG: LazyLock<Value> = LazyLock::new(|| read(&folder().join("catalog.json")));
    list_of(&CATALOG[list]).iter().filter(|entry| entry["module"] == module).cloned().collect()
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

pub(crate) fn list_of(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance")
}

fn read(file: &Path) -> Value {
    let data = fs::read_to_string(file).expect("the data is there");
    serde_json::from_str(&data).expect("the data is JSON")
}
