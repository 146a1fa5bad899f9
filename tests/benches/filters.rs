//! What running a filter costs, beside openedx-filters in the same run, if it is there.
//!
//! ```sh
//! OPENEDX_EVENTS_INTEROP_VENV=target/interop-venv cargo bench -p openedx-events-tests --bench filters
//! ```
//!
//! `tests/interop/venv.sh` makes the virtual environment. The data are those of an enrollment, with a user, a key and a mode as text;
//! they are moved into each run and taken back.

#![allow(missing_docs, reason = "a program; the macros make its statics as visible as their structs")]

mod support;

use std::env;
use std::hint::black_box;
use std::path::PathBuf;
use std::process::Command;

use openedx_events::filters::{Filter, FilterData, SyncFilter};
use openedx_events::{filter, pipeline_step};
use support::{Bench, EMPTY, Measured, Targets};

const VENV: &str = "OPENEDX_EVENTS_INTEROP_VENV";

macro_rules! filters {
    ($($name:ident $filter_type:literal)*) => {
        $(#[filter($filter_type)]
        #[derive(Clone)]
        pub(crate) struct $name {
            pub(crate) user: String,
            pub(crate) course_key: String,
            pub(crate) mode: String,
        }

        impl $name {
            fn new() -> Self {
                Self { user: "ada".to_owned(), course_key: "course-v1:a+b+c".to_owned(), mode: "audit".to_owned() }
            }
        })*
    };
}

filters! {
    Nobody "org.example.bench.enrollment.nobody.v1"
    Three "org.example.bench.enrollment.three.v1"
}

/// What is measured is the run, and not the data.
#[filter("org.example.bench.number.nobody.v1")]
#[derive(Clone)]
pub(crate) struct NumberNobody {
    pub(crate) number: u64,
}

#[filter("org.example.bench.number.one_reads.v1")]
#[derive(Clone)]
pub(crate) struct NumberOneReads {
    pub(crate) number: u64,
}

#[filter("org.example.bench.number.two_read.v1")]
#[derive(Clone)]
pub(crate) struct NumberTwoRead {
    pub(crate) number: u64,
}

#[pipeline_step(NUMBER_ONE_READS)]
#[pipeline_step(NUMBER_TWO_READ)]
fn reads_number(number: u64) {
    black_box(number);
}

#[pipeline_step(NUMBER_TWO_READ)]
fn reads_number_again(number: u64) {
    black_box(number);
}

#[pipeline_step(THREE)]
fn reads(user: &str) {
    black_box(user);
}

#[pipeline_step(THREE)]
fn changes(mode: &mut String) {
    mode.make_ascii_uppercase();
}

#[pipeline_step(THREE)]
fn changes_more(mode: &mut String) {
    mode.make_ascii_lowercase();
}

const NUMBER_NOBODY_RUNS: &str = "run_filter of a number, no steps";
const NUMBER_ONE_RUNS: &str = "run_filter of a number, one step that reads";
const NUMBER_TWO_RUN: &str = "run_filter of a number, two steps that read";
const MOVED: &str = "three Strings moved through a function";
const NOBODY_RUNS: &str = "run_filter of three Strings, no steps";
const THREE_RUN: &str = "run_filter of three Strings, three steps, of which two copy one";

/// Runs a filter with the same data again and again.
fn row<F: FilterData + SyncFilter>(
    bench: &mut Bench,
    name: &'static str,
    filter: &'static Filter<F>,
    data: F,
) {
    let mut data = Some(data);
    bench.row(name, move || {
        data = data.take().and_then(|data| filter.run_filter(black_box(data)).ok());
    });
}

fn main() {
    let mut bench = Bench::default();
    bench.row(EMPTY, || ());
    bench.row(NUMBER_NOBODY_RUNS, || NUMBER_NOBODY.run_filter(NumberNobody { number: black_box(7) }));
    bench.row(NUMBER_ONE_RUNS, || NUMBER_ONE_READS.run_filter(NumberOneReads { number: black_box(7) }));
    bench.row(NUMBER_TWO_RUN, || NUMBER_TWO_READ.run_filter(NumberTwoRead { number: black_box(7) }));
    let mut data = Some(Nobody::new());
    bench.row(MOVED, move || {
        data = data.take().and_then(|data| moved(black_box(data)));
    });
    row(&mut bench, NOBODY_RUNS, &NOBODY, Nobody::new());
    row(&mut bench, THREE_RUN, &THREE, Three::new());
    let measured = bench.measure();
    measured.print();
    judge(&measured);
}

#[inline(never)]
fn moved(data: Nobody) -> Option<Nobody> {
    (!data.mode.is_empty()).then_some(data)
}

fn judge(measured: &Measured) {
    let none = measured.net(NUMBER_NOBODY_RUNS);
    let one = measured.net(NUMBER_ONE_RUNS);
    let (first, further) = (one - none, measured.net(NUMBER_TWO_RUN) - one);
    let mut targets = Targets::new();
    targets.ratio("a run without steps, of 5 ns", none, 5.0, 1.0);
    targets.ratio("the first step that reads, of 5 ns", first, 5.0, 1.0);
    targets.ratio("a further one, of 5 ns", further, 5.0, 1.0);
    let Some([python_none, python_three]) = python() else { return };
    targets.ratio("no steps, of openedx-filters", measured.net(NOBODY_RUNS), python_none, 1.0 / 50.0);
    targets.ratio("three steps, of openedx-filters", measured.net(THREE_RUN), python_three, 1.0 / 50.0);
}

/// Nanoseconds of a run without steps, and with three. `None`, with a line, if there is no such package.
fn python() -> Option<[f64; 2]> {
    let python = env::var_os(VENV).map(|venv| PathBuf::from(venv).join("bin/python"));
    let Some(python) = python.filter(|python| python.is_file()) else {
        println!("\nwithout openedx-filters: {VENV} names no virtual environment");
        return None;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/filters.py");
    match Command::new(python).args(["-I", script]).output() {
        Ok(output) if output.status.success() => {
            let text = String::from_utf8_lossy(&output.stdout);
            Some(serde_json::from_str(text.lines().last().unwrap_or_default()).expect("two numbers"))
        }
        Ok(output) => {
            println!("\nwithout openedx-filters: {}", String::from_utf8_lossy(&output.stderr));
            None
        }
        Err(error) => {
            println!("\nwithout openedx-filters: {error}");
            None
        }
    }
}
