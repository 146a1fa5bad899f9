//! Compile time of the macros: a crate of 100 events of 5 fields each, against the same structs with
//! serde's derives alone.
//!
//! ```sh
//! cargo bench -p openedx-events-tests --bench compile_time
//! ```
//!
//! `cargo check` of both is timed in turns, without incremental compilation. What both depend on is compiled before.

mod generated;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use generated::Workspace;

const EVENTS: usize = 100;
const ROUNDS: usize = 9;
const MOST: f64 = 2.5;

const FIELDS: &str = "{ pub number: i64, pub title: String, pub is_active: bool, pub note: Option<String>, \
                      pub tags: Vec<String> }";

const CRATES: [&str; 3] = ["bare", "with_serde", "with_signals"];

fn main() {
    let workspace = Workspace::new("compile_time", &CRATES, "");
    write_crates(&workspace);
    for name in CRATES {
        check(&workspace, name);
    }
    let mut times = [const { Vec::new() }; CRATES.len()];
    for _ in 0..ROUNDS {
        for (name, times) in CRATES.iter().zip(&mut times) {
            times.push(check(&workspace, name));
        }
    }
    let [bare, with_serde, with_signals] = times.map(|times| median(times).as_secs_f64());
    println!("{EVENTS} structs of 5 fields, `cargo check`, median of {ROUNDS}");
    println!("bare structs            {:>8.0} ms", bare * 1e3);
    println!("serde's derives         {:>8.0} ms", with_serde * 1e3);
    println!("#[signal]               {:>8.0} ms", with_signals * 1e3);
    let ratio = with_signals / with_serde;
    let verdict = if ratio <= MOST { "ok" } else { "MISSED" };
    println!("#[signal] / serde's     {ratio:>8.2}    at most {MOST}: {verdict}");
    println!("the same net of bare    {:>8.2}", (with_signals - bare) / (with_serde - bare));
}

/// Times `cargo check` of a crate whose source has just been touched.
fn check(workspace: &Workspace, name: &str) -> Duration {
    workspace.touch(&format!("{name}/src/lib.rs"));
    let start = Instant::now();
    workspace.cargo(&["check"], name);
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn write_crates(workspace: &Workspace) {
    let [bare, with_serde, with_signals] = CRATES;
    workspace.member(bare, "", "lib.rs", &structs(|_| String::new()));
    let derives = structs(|_| "#[derive(serde::Serialize, serde::Deserialize)]".to_owned());
    workspace.member(with_serde, "serde = { version = \"1\", features = [\"derive\"] }", "lib.rs", &derives);
    let signals =
        structs(|index| format!("#[openedx_events::signal(\"org.example.shop.order{index}.changed.v1\")]"));
    workspace.member(with_signals, &generated::dependency(), "lib.rs", &signals);
}

fn structs(attribute: impl Fn(usize) -> String) -> String {
    let mut source = String::new();
    for index in 0..EVENTS {
        writeln!(source, "/// An event.\n{}\npub struct Event{index} {FIELDS}\n", attribute(index))
            .expect("a `String` takes all");
    }
    source
}
