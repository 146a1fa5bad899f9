//! What the tests read: `conformance/catalog.json`, `conformance/vectors` and `data/events.jsonl`.

use std::fs;
use std::sync::LazyLock;

use openedx_events_tests::conformance::{data, folder, vectors};
pub(crate) use openedx_events_tests::conformance::{file, list as list_of, text};
use serde_json::Value;

/// A recorded event: the name of its case, and its data as JSON.
pub(crate) struct Recorded {
    pub(crate) event_type: String,
    pub(crate) case: String,
    pub(crate) record: Value,
}

/// Every recorded case, by event type.
pub(crate) fn all_cases() -> Vec<Recorded> {
    vectors()
        .into_iter()
        .map(|case| Recorded { event_type: case.event_type, case: case.case, record: case.record })
        .collect()
}

/// One event of each type, those included of which there are no recorded cases, as they have no form on the bus.
pub(crate) fn one_of_each() -> Vec<Recorded> {
    let lines = fs::read_to_string(folder().with_file_name("data").join("events.jsonl"))
        .expect("the events are there");
    let event = |line: &str| {
        let mut event: Value = serde_json::from_str(line).expect("JSON");
        let event_type = text(&event["type"]).to_owned();
        Recorded { event_type, case: "events.jsonl".to_owned(), record: event["data"].take() }
    };
    lines.lines().map(event).collect()
}

/// Upstream's signals.
pub(crate) fn signals() -> &'static [Value] {
    list_of(&CATALOG["signals"])
}

/// Upstream's data classes of a subdomain that we have as types: all but two bases of others, which no event carries.
pub(crate) fn classes(subdomain: &str) -> Vec<&'static Value> {
    const BASES: [&str; 2] = ["BaseLedgerTransaction", "BaseEnterpriseFulfillment"];
    let module = format!("openedx_events.{subdomain}.data");
    list_of(&CATALOG["classes"])
        .iter()
        .filter(|class| class["module"] == module && !BASES.contains(&text(&class["class"])))
        .collect()
}

static CATALOG: LazyLock<Value> = LazyLock::new(|| data("catalog.json"));
