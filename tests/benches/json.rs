//! What reading JSON with many members costs: it grows with their number and no faster, and takes no longer than a JSON value
//! of the same text.
//!
//! ```sh
//! cargo bench -p openedx-events-tests --bench json
//! ```

#![allow(missing_docs, reason = "a program; the macros make its statics as visible as their structs")]

mod support;

use std::hint::black_box;

use openedx_events::{AnySignal as _, EventData, cloudevents, signal};
use support::{Bench, EMPTY, Targets};

/// How often each word occurs.
#[derive(Clone, Debug, PartialEq, EventData)]
pub struct WordsData {
    pub counts: openedx_events::data::Map<String, i64>,
}

/// A text was counted.
#[signal("org.example.bench.words.counted.v1")]
#[derive(Clone, PartialEq)]
pub struct WordsCounted {
    pub words: WordsData,
}

const CLOUD_EVENT: [&str; 2] = ["from_json, 1,000 attributes", "from_json, 10,000 attributes"];
const DATA: [&str; 2] = ["read_json, a map of 1,000 entries", "read_json, a map of 10,000 entries"];
const CLOUD_EVENT_VALUE: [&str; 2] =
    ["the same as a serde_json::Value", "the same 10,000 as a serde_json::Value"];
const DATA_VALUE: [&str; 2] = ["the map as a serde_json::Value", "the map of 10,000 as a serde_json::Value"];

fn main() {
    let mut bench = Bench::default();
    bench.row(EMPTY, || ());
    for (place, count) in [1_000, 10_000].into_iter().enumerate() {
        let text = cloud_event(count);
        bench.row(CLOUD_EVENT[place], move || cloudevents::from_json(black_box(&text)).expect("an event"));
        let text = cloud_event(count);
        bench.row(CLOUD_EVENT_VALUE[place], move || value(&text));
        let text = data(count);
        bench.row(DATA[place], move || WORDS_COUNTED.read_json(black_box(&text)).expect("an event"));
        let text = data(count);
        bench.row(DATA_VALUE[place], move || value(&text));
    }
    let measured = bench.measure();
    measured.print();
    let mut targets = Targets::new();
    for (name, rows) in [("from_json", CLOUD_EVENT), ("read_json", DATA)] {
        let [thousand, ten_thousand] = rows.map(|row| measured.net(row));
        // Caches hold less of ten times as much.
        targets.ratio(&format!("{name}: 10,000 / 10 times 1,000"), ten_thousand, 10.0 * thousand, 1.5);
    }
    for (row, peer) in [(CLOUD_EVENT, CLOUD_EVENT_VALUE), (DATA, DATA_VALUE)] {
        targets.ratio(
            &format!("{} / serde_json::Value", row[1]),
            measured.net(row[1]),
            measured.net(peer[1]),
            1.5,
        );
    }
}

/// An event with this number of attributes that it does not need.
fn cloud_event(count: usize) -> String {
    let attributes: Vec<_> = (0..count).map(|number| format!("\"attribute{number:x}\":{number}")).collect();
    let attributes = attributes.join(",");
    format!(
        r#"{{"specversion":"1.0","type":"org.example.bench.words.counted.v1","source":"openedx/bench/web",
        "id":"0190a4f6-7f4e-7cc3-98c4-dc0c0c07398f",{attributes},"data":{{"words":{{"counts":{{}}}}}}}}"#
    )
}

fn data(count: usize) -> String {
    let entries: Vec<_> = (0..count).map(|number| format!("\"word{number:x}\":{number}")).collect();
    format!(r#"{{"words":{{"counts":{{{}}}}}}}"#, entries.join(","))
}

fn value(text: &str) -> serde_json::Value {
    serde_json::from_str(black_box(text)).expect("JSON")
}
