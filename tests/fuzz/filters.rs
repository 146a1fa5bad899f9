//! What must hold for the expressions of `tail --where`.

use std::process::ExitCode;
use std::sync::OnceLock;

use openedx_events::cli::{Streams, run_with};

/// One event of each type.
const EVENTS: &str = include_str!("../data/events.jsonl");
const BUS: [&str; 4] = ["-t", "fuzz", "--bus", "memory:fuzz-filters"];

static PUBLISHED: OnceLock<()> = OnceLock::new();

/// A text that is an expression chooses those events that its negation does not choose. Any other text is refused.
pub fn filter(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    PUBLISHED.get_or_init(|| {
        let (code, told) = run(&[&["openedx-events", "produce"][..], &BUS].concat(), EVENTS);
        assert_eq!(code, ExitCode::SUCCESS, "{told}");
    });
    let Some(chosen) = chosen(text) else { return };
    // Parentheses and `not` may be nested too deeply then.
    let Some(others) = self::chosen(&format!("not ({text})")) else { return };
    assert_eq!(chosen + others, EVENTS.lines().count(), "{text}");
}

/// How many events an expression chooses. `None` for a text that is refused.
fn chosen(text: &str) -> Option<usize> {
    let expression = format!("--where={text}");
    let tail = ["openedx-events", "tail", "--since", "first", "--until-idle", "0", &expression];
    let (code, told) = run(&[&tail[..], &BUS].concat(), "");
    if code != ExitCode::SUCCESS {
        assert_eq!(code, ExitCode::from(2), "{told}");
        assert!(told.starts_with("error: `--where`: "), "{told}");
        return None;
    }
    let matched = told.strip_suffix(" entries matched\n").and_then(|told| told.split(' ').next());
    Some(matched.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{told}")))
}

/// Runs a command. Returns its exit code and what it writes to stderr.
fn run(args: &[&str], stdin: &str) -> (ExitCode, String) {
    let (mut stdin, mut stdout, mut stderr) = (stdin.as_bytes(), std::io::sink(), Vec::new());
    let streams = Streams { stdin: &mut stdin, stdout: &mut stdout, stderr: &mut stderr };
    let code = run_with(args.iter().map(|arg| (*arg).to_owned()), streams);
    (code, String::from_utf8_lossy(&stderr).into_owned())
}
