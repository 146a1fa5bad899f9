//! A send costs the same however many signals and receivers the program has: 1, 75 or 1,000 of each, in programs
//! that are alike but for that.
//!
//! ```sh
//! cargo bench -p openedx-events-tests --bench scale
//! ```
//!
//! The programs run in turns. Where valgrind is installed, the instructions of a send are counted too: those are the
//! same number, while nanoseconds differ by the layout of each binary.

mod generated;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use generated::Workspace;

/// Each program, and how many signals it has beside the one that is measured.
const PROGRAMS: [(&str, usize); 3] = [("signals_1", 0), ("signals_75", 74), ("signals_1000", 999)];
/// Where those signals are: in a crate of their own, as nothing calls them and optimising them would take minutes.
const UNRELATED: [&str; 3] = ["unrelated_to_1", "unrelated_to_75", "unrelated_to_1000"];
const ROUNDS: usize = 60;
const SAMPLES: usize = 20;
const SENDS: u64 = 10_000;

fn main() {
    let programs = build();
    let mut samples = [const { Vec::new() }; PROGRAMS.len()];
    for _ in 0..ROUNDS {
        for (program, samples) in programs.iter().zip(&mut samples) {
            samples.extend(nanoseconds(program));
        }
    }
    println!("| signals, each with a receiver | ns | instructions |\n|---|---:|---:|");
    for (((name, _), program), mut samples) in PROGRAMS.iter().zip(&programs).zip(samples) {
        samples.sort_unstable_by(f64::total_cmp);
        let instructions = instructions(program).map_or("-".to_owned(), |count| format!("{count}"));
        println!("| {name} | {:.2} | {instructions} |", samples[samples.len() / 4]);
    }
}

/// Runs the program; the nanoseconds of one send, by sample.
fn nanoseconds(program: &Path) -> Vec<f64> {
    let output =
        Command::new(program).args([SAMPLES.to_string(), SENDS.to_string()]).output().expect("it was built");
    assert!(output.status.success(), "{} failed", program.display());
    let text = String::from_utf8(output.stdout).expect("numbers");
    text.lines().map(|line| line.parse().expect("a number")).collect()
}

/// The instructions of one send, by callgrind: the cost of one more sample, divided by its sends.
fn instructions(program: &Path) -> Option<u64> {
    let of_samples = |samples: u64| -> Option<u64> {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program);
        let output = valgrind.args([samples.to_string(), SENDS.to_string()]).output().ok()?;
        let text = String::from_utf8(output.stderr).ok()?;
        text.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
    };
    Some((of_samples(11)? - of_samples(1)?) / (10 * SENDS))
}

fn build() -> [PathBuf; PROGRAMS.len()] {
    let members: Vec<_> = PROGRAMS.iter().map(|(name, _)| *name).chain(UNRELATED).collect();
    let profile = UNRELATED.map(|name| format!("[profile.release.package.{name}]\nopt-level = 0\n")).concat();
    let workspace = Workspace::new("scale", &members, &profile);
    let dependency = generated::dependency();
    for ((name, signals), unrelated) in PROGRAMS.iter().zip(UNRELATED) {
        workspace.member(unrelated, &dependency, "lib.rs", &unrelated_signals(*signals));
        let dependencies =
            format!("{dependency}\nunrelated = {{ path = '../{unrelated}', package = '{unrelated}' }}");
        workspace.member(name, &dependencies, "main.rs", &PROGRAM.replace("SIGNALS", &signals.to_string()));
    }
    PROGRAMS.map(|(name, _)| {
        workspace.cargo(&["build", "--release"], name);
        workspace.target().join("release").join(name)
    })
}

fn unrelated_signals(signals: usize) -> String {
    let mut source = String::new();
    for index in 0..signals {
        write!(
            source,
            "
#[openedx_events::signal(\"org.example.scale.unrelated{index}.sent.v1\")]
pub struct Unrelated{index} {{ pub number: i64 }}
#[openedx_events::receiver(UNRELATED{index})]
fn receive{index}(number: i64) {{ std::hint::black_box(number); }}
"
        )
        .expect("a `String` takes all");
    }
    source
}

/// Sends with prepared metadata: what the clock and the random generator cost would hide the rest.
const PROGRAM: &str = r#"
use std::hint::black_box;
use std::time::Instant;

use openedx_events::{receiver, signal};

extern crate unrelated as _;

#[signal("org.example.scale.measured.sent.v1")]
#[derive(Clone)]
pub struct Measured { pub number: i64 }

#[receiver(MEASURED)]
fn receive(number: i64) { black_box(number); }

fn main() {
    let [samples, sends] =
        [1, 2].map(|place| std::env::args().nth(place).and_then(|text| text.parse::<u64>().ok()).unwrap());
    let (event, metadata) = (Measured { number: 1 }, MEASURED.generate_metadata());
    assert_eq!(MEASURED.event_ref(&event).send().len(), 1);
    assert_eq!(openedx_events::all_events().len(), SIGNALS + 1);
    for _ in 0..samples {
        let start = Instant::now();
        for _ in 0..sends {
            let responses = MEASURED.event_ref(black_box(&event)).metadata(black_box(&metadata)).from_event_bus().send();
            black_box(responses.is_ok());
        }
        println!("{}", start.elapsed().as_nanos() as f64 / sends as f64);
    }
}
"#;
