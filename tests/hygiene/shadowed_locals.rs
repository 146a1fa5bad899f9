//! Statics, constants, functions and macros that are called as something in generated code is.

#![allow(dead_code, non_upper_case_globals, clippy::used_underscore_binding)]

use std::sync::atomic::{AtomicI64, Ordering};

use openedx_events::{EventData, EventsMetadata, filter, pipeline_step, receiver, signal};

/// A constant in the place of a name makes `let name = …` a pattern that compares.
pub mod constants {
    pub const event: &str = "a constant";
    pub const context: &str = "a constant";
    pub const metadata: &str = "a constant";
    pub const signal: &str = "a constant";
    pub const writer: &str = "a constant";
    pub const reader: &str = "a constant";
    pub const slot: &str = "a constant";
    pub const index: &str = "a constant";
    pub const field0: &str = "a constant";
    pub const arg0: &str = "a constant";
    pub const formatter: &str = "a constant";
    pub const f: &str = "a constant";
    pub const value: &str = "a constant";
    pub const serializer: &str = "a constant";
    pub const deserializer: &str = "a constant";
    pub const key: &str = "a constant";
    pub const SLOT: &str = "a constant";
    pub const RECORD: &str = "a constant";
    pub const INFO: &str = "a constant";
    pub const data: &str = "a constant";
    pub const step: &str = "a constant";
    pub const result: &str = "a constant";
    pub const output: &str = "a constant";
    pub const options: &str = "a constant";
    pub const registration: &str = "a constant";
    pub const place0: &str = "a constant";
    pub const argument0: &str = "a constant";
    pub const value0: &str = "a constant";
    pub const NEED: &str = "a constant";
}
#[allow(unused_imports)]
use constants::*;

fn finish() {}
fn boxed() {}
fn by_value() {}
fn copy() {}
fn of_data() {}
fn of_filter() {}
fn finish_step() {}
fn boxed_step() {}

static SEEN: AtomicI64 = AtomicI64::new(0);

/// A state, so that its static stands beside the constants.
pub struct Pool(i64);

#[derive(EventData)]
pub struct Line {
    pub key: i64,
    #[event_data(pii)]
    pub writer: String,
    pub reader: Vec<i64>,
    pub slot: Option<i64>,
    pub f: bool,
}

#[signal("org.example.locals.line.added.v1", key = line.key)]
pub struct LineAdded {
    pub line: Line,
    pub context: i64,
    pub value: i64,
    pub serializer: String,
}

#[receiver(LINE_ADDED)]
fn sync(
    line: &Line,
    _context: i64,
    _value: i64,
    _serializer: &str,
    _event: &LineAdded,
    _metadata: &EventsMetadata,
    #[state] pool: &Pool,
) {
    assert_eq!(_metadata.event_type(), "org.example.locals.line.added.v1");
    let length = i64::try_from(_serializer.len()).unwrap();
    SEEN.fetch_add(line.key + _context + _value + length + pool.0, Ordering::Relaxed);
}

#[test]
fn nothing_generated_meets_a_name_of_the_user() {
    let _ = openedx_events::provide(Pool(1000));
    let line = Line { key: 1, writer: String::new(), reader: Vec::new(), slot: None, f: true };
    let happened = LineAdded { line, context: 10, value: 100, serializer: "four".to_owned() };
    let shown = format!("{happened:?}");
    assert!(shown.contains("<redacted>"), "{shown}");
    LINE_ADDED.send_event(happened);
    assert_eq!(SEEN.load(Ordering::Relaxed), 1115);
}

#[filter("org.example.locals.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub data: i64,
    pub context: String,
    pub step: Option<String>,
    pub result: i64,
    pub filter: i64,
}

#[filter("org.example.locals.fee.requested.v1", async, name = FILTER)]
#[derive(Clone)]
pub struct FeeRequested {
    pub data: i64,
    pub result: i64,
}

#[pipeline_step(PRICE_REQUESTED)]
fn changes(
    _data: &mut i64,
    _context: &str,
    _step: Option<&str>,
    _result: i64,
    _filter: &mut i64,
    #[options] _options: &std::collections::BTreeMap<String, i64>,
    #[state] _pool: &Pool,
) -> std::ops::ControlFlow<()> {
    *_data += 1 + _result;
    *_filter += 1;
    std::ops::ControlFlow::Break(())
}

#[pipeline_step(FILTER)]
async fn changes_async(_data: &mut i64, _result: &i64) {
    *_data += _result;
}

#[test]
fn nothing_generated_for_filters_meets_a_name_of_the_user() {
    let _ = openedx_events::provide(Pool(1000));
    let price = PriceRequested { data: 1, context: String::new(), step: None, result: 10, filter: 1 };
    let price = PRICE_REQUESTED.run_filter(price).unwrap();
    assert_eq!((price.data, price.result, price.filter), (12, 10, 2));
}
