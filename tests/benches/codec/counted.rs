//! Instructions instead of time: the same operations under valgrind's callgrind.

use std::hint::black_box;
use std::process::Command;

use openedx_events::avro;

use crate::payloads::{self, Payload};

const OPERATIONS: usize = 2_000;

/// What one run under callgrind repeats.
type Operation = fn(usize);

const OPERATIONS_BY_NAME: [(&str, Operation); 12] = [
    ("small encode", |times| encode(&payloads::small(), times)),
    ("small encode by hand", |times| encode_by_hand(&payloads::SMALL, &payloads::small(), times)),
    ("small decode", |times| decode(&payloads::small(), times)),
    ("small decode by hand", |times| decode_by_hand(&payloads::SMALL, &payloads::small(), times)),
    ("full encode", |times| encode(&payloads::full(), times)),
    ("full encode by hand", |times| encode_by_hand(&payloads::FULL, &payloads::full(), times)),
    ("full decode", |times| decode(&payloads::full(), times)),
    ("full decode by hand", |times| decode_by_hand(&payloads::FULL, &payloads::full(), times)),
    ("large encode", |times| encode(&payloads::large(), times)),
    ("large encode by hand", |times| encode_by_hand(&payloads::LARGE, &payloads::large(), times)),
    ("large decode", |times| decode(&payloads::large(), times)),
    ("large decode by hand", |times| decode_by_hand(&payloads::LARGE, &payloads::large(), times)),
];

fn encode<E: avro::AvroData>(event: &E, times: usize) {
    let mut out = Vec::with_capacity(20_000);
    for _ in 0..times {
        out.clear();
        avro::encode(black_box(event), &mut out).expect("it has a form");
        black_box(&out);
    }
}

fn encode_by_hand<E, S>(payload: &Payload<E, S>, event: &E, times: usize) {
    let mut out = Vec::with_capacity(20_000);
    for _ in 0..times {
        out.clear();
        (payload.encode_by_hand)(black_box(event), &mut out);
        black_box(&out);
    }
}

fn decode<E: avro::AvroData>(event: &E, times: usize) {
    let bytes = avro::to_vec(event).expect("it has a form");
    for _ in 0..times {
        black_box(avro::decode::<E>(black_box(&bytes)).expect("our own bytes"));
    }
}

fn decode_by_hand<E: avro::AvroData, S>(payload: &Payload<E, S>, event: &E, times: usize) {
    let bytes = avro::to_vec(event).expect("it has a form");
    for _ in 0..times {
        black_box((payload.decode_by_hand)(black_box(&bytes)));
    }
}

/// Counts if it was asked to, as the parent or as the child that is looked at. Gives the exit code then.
pub(crate) fn run() -> Option<i32> {
    let args: Vec<_> = std::env::args().collect();
    if let [.., flag, name, times] = args.as_slice()
        && flag == "--operation"
    {
        let (_, operation) = OPERATIONS_BY_NAME.iter().find(|(each, _)| each == name)?;
        operation(times.parse().ok()?);
        return Some(0);
    }
    if !args.iter().any(|arg| arg == "--instructions") {
        return None;
    }
    println!("\n| operation | instructions |\n|---|---:|");
    for (name, _) in OPERATIONS_BY_NAME {
        let (Some(all), Some(none)) = (count(name, OPERATIONS), count(name, 0)) else {
            eprintln!("valgrind is missing or failed");
            return Some(1);
        };
        println!("| {name} | {} |", (all - none) / OPERATIONS as u64);
    }
    Some(0)
}

fn count(name: &str, times: usize) -> Option<u64> {
    let program = std::env::current_exe().ok()?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["--operation", name, &times.to_string()])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stderr).ok()?;
    text.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
}
