//! What the macros cost whoever compiles them: a crate of 100 events of 5 fields each, against the same structs with
//! serde's derives alone.
//!
//! ```sh
//! cargo bench -p openedx-events-tests --bench compile_time
//! ```
//!
//! Both crates are written to a directory of their own, and `cargo check` of each is timed in turns, without incremental
//! compilation. What both depend on is compiled before.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs};

const EVENTS: usize = 100;
const ROUNDS: usize = 9;
const MOST: f64 = 2.5;

const FIELDS: &str = "{ pub number: i64, pub title: String, pub is_active: bool, pub note: Option<String>, \
                      pub tags: Vec<String> }";

fn main() {
    let workspace = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compile_time");
    write_workspace(&workspace);
    let crates = ["bare", "with_serde", "with_signals"];
    for name in crates {
        check(&workspace, name);
    }
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        for (name, times) in crates.iter().zip(&mut times) {
            times.push(check(&workspace, name));
        }
    }
    println!("{EVENTS} structs of 5 fields   cargo check, median of {ROUNDS}");
    let [bare, with_serde, with_signals] = times.map(|times| median(times).as_secs_f64());
    println!("bare structs            {:>8.0} ms", bare * 1e3);
    println!("serde's derives         {:>8.0} ms", with_serde * 1e3);
    println!("#[signal]               {:>8.0} ms", with_signals * 1e3);
    let ratio = with_signals / with_serde;
    let verdict = if ratio <= MOST { "ok" } else { "MISSED" };
    println!("#[signal] / serde's     {ratio:>8.2}    at most {MOST}: {verdict}");
    println!("the same net of bare    {:>8.2}", (with_signals - bare) / (with_serde - bare));
}

/// Times `cargo check` of a crate whose source has just been touched.
fn check(workspace: &Path, name: &str) -> Duration {
    let source = workspace.join(name).join("src/lib.rs");
    let text = fs::read_to_string(&source).expect("written before");
    fs::write(&source, text).expect("writable");
    let mut cargo = Command::new(env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    cargo.args(["check", "--quiet", "--offline", "--package", name]).current_dir(workspace);
    cargo.env("CARGO_TARGET_DIR", workspace.join("target")).env("CARGO_INCREMENTAL", "0");
    let start = Instant::now();
    let status = cargo.status().expect("cargo runs");
    let time = start.elapsed();
    assert!(status.success(), "`cargo check` of {name} failed");
    time
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn write_workspace(workspace: &Path) {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a member of the workspace");
    let members = "[workspace]\nresolver = \"3\"\nmembers = [\"bare\", \"with_serde\", \"with_signals\"]\n";
    write(&workspace.join("Cargo.toml"), members);
    // The versions that this workspace is tested with; cargo adds what is missing and drops what is not needed.
    write(
        &workspace.join("Cargo.lock"),
        &fs::read_to_string(repository.join("Cargo.lock")).expect("a lock file"),
    );
    write_crate(workspace, "bare", "", |_| String::new());
    write_crate(workspace, "with_serde", "serde = { version = \"1\", features = [\"derive\"] }", |_| {
        "#[derive(serde::Serialize, serde::Deserialize)]".to_owned()
    });
    let core = repository.join("openedx-events");
    let dependency = format!("openedx-events = {{ path = '{}' }}", core.display());
    write_crate(workspace, "with_signals", &dependency, |index| {
        format!("#[openedx_events::signal(\"org.example.shop.order{index}.changed.v1\")]")
    });
}

fn write_crate(workspace: &Path, name: &str, dependency: &str, attribute: impl Fn(usize) -> String) {
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependency}\n"
    );
    write(&workspace.join(name).join("Cargo.toml"), &manifest);
    let mut source = String::new();
    for index in 0..EVENTS {
        writeln!(source, "/// An event.\n{}\npub struct Event{index} {FIELDS}\n", attribute(index))
            .expect("a `String` takes all");
    }
    write(&workspace.join(name).join("src/lib.rs"), &source);
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("below the workspace")).expect("writable");
    fs::write(path, text).expect("writable");
}
