//! What must hold for the expressions of `tail --where`.

use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use openedx_events::bus::{self, Backend, Message, Topic};
use openedx_events::cli::{Streams, run_with};
use openedx_events::cloudevents;

/// One event of each type.
const EVENTS: &str = include_str!("../data/events.jsonl");
const URL: &str = "memory:fuzz-filters";
const TOPIC: &str = "fuzz";

/// The bus, which ends with its last user, and the number of events on it.
static BUS: OnceLock<(Arc<dyn Backend>, usize)> = OnceLock::new();

/// A text that is an expression chooses those events that its negation does not choose. Any other text is refused.
pub fn filter(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (_, number) = BUS.get_or_init(publish);
    let Some(chosen) = chosen(text) else { return };
    // Parentheses and `not` may be nested too deeply then.
    let Some(others) = self::chosen(&format!("not ({text})")) else { return };
    assert_eq!(chosen + others, *number, "{text}");
}

/// How many events an expression chooses. `None` for a text that is refused.
fn chosen(text: &str) -> Option<usize> {
    let expression = format!("--where={text}");
    let tail = [
        "openedx-events",
        "tail",
        "-t",
        TOPIC,
        "--bus",
        URL,
        "--since",
        "first",
        "--until-idle",
        "0",
        &expression,
    ];
    let (code, told) = run(&tail);
    if code != ExitCode::SUCCESS {
        assert_eq!(code, ExitCode::from(2), "{told}");
        assert!(told.starts_with("error: `--where`: "), "{told}");
        return None;
    }
    let matched = told.strip_suffix(" entries matched\n").and_then(|told| told.split(' ').next());
    Some(matched.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{told}")))
}

/// Runs a command. Returns its exit code and what it writes to stderr.
fn run(args: &[&str]) -> (ExitCode, String) {
    let (mut stdout, mut stderr) = (std::io::sink(), Vec::new());
    let streams = Streams { stdin: &mut std::io::empty(), stdout: &mut stdout, stderr: &mut stderr };
    let code = run_with(args.iter().map(|arg| (*arg).to_owned()), streams);
    (code, String::from_utf8_lossy(&stderr).into_owned())
}

fn publish() -> (Arc<dyn Backend>, usize) {
    let bus = bus::open(URL).expect("a bus in memory");
    let message = |line| {
        let (event, metadata) = cloudevents::from_json(line).expect("an event");
        // Some stay in the process.
        Message::of_event(&*event, &metadata).ok()
    };
    let messages: Vec<_> = EVENTS.lines().filter_map(message).collect();
    let topic = Topic::new(TOPIC).expect("a name");
    bus.producer().expect("a producer").publish(&topic, &messages).expect("published");
    (bus, messages.len())
}
