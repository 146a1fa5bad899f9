//! What CPython wrote and read, in `conformance/isoformat.json`.

use std::fs;

use chrono::{NaiveDate, NaiveDateTime};
use openedx_events::isoformat::IsoDateTime;
use serde_json::Value;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/conformance/isoformat.json");

#[test]
fn what_python_writes() {
    let cases = cases("format");
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let written = value_of(case).to_string();
            (written != case["isoformat"]).then(|| format!("{case}: {written}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(cases.len(), 60);
}

#[test]
fn what_python_reads() {
    let cases = cases("parse");
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let text = case["text"].as_str().expect("a text");
            let read = text.parse::<IsoDateTime>();
            (!agrees(case, read.as_ref().ok())).then(|| format!("{case}: {read:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(cases.len(), 100);
}

/// Where CPython's ways are its own, a refusal will do.
fn agrees(case: &Value, read: Option<&IsoDateTime>) -> bool {
    let expected = (case["ok"] == true).then(|| value_of(case));
    match case["kind"].as_str().expect("a kind") {
        "canonical" | "iso" | "refuse" => read == expected.as_ref() && written_as(case, read),
        "quirk" | "random" => read.is_none() || (read == expected.as_ref() && written_as(case, read)),
        kind => panic!("unknown kind {kind}"),
    }
}

fn written_as(case: &Value, read: Option<&IsoDateTime>) -> bool {
    read.is_none_or(|read| read.to_string() == case["isoformat"])
}

fn cases(name: &str) -> Vec<Value> {
    let data = fs::read_to_string(DATA).expect("the data is there");
    let data: Value = serde_json::from_str(&data).expect("the data is JSON");
    data[name].as_array().expect("a list of cases").clone()
}

fn value_of(case: &Value) -> IsoDateTime {
    IsoDateTime::new(naive_of(case), case["utc_offset_microseconds"].as_i64()).expect("Python has it")
}

fn naive_of(case: &Value) -> NaiveDateTime {
    let part = |name: &str| u32::try_from(case[name].as_u64().expect("a number")).expect("a small number");
    NaiveDate::from_ymd_opt(part("year").cast_signed(), part("month"), part("day"))
        .and_then(|date| {
            date.and_hms_micro_opt(part("hour"), part("minute"), part("second"), part("microsecond"))
        })
        .expect("a date and a time")
}
