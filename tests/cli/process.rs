//! Programs run as processes.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// What a program said and how it ended.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn lines(&self) -> Vec<&str> {
        self.stdout.lines().collect()
    }

    pub(crate) fn json_lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// The events of a list in JSON.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.json_lines().into_iter().filter(|line| line["filter_type"].is_null()).collect()
    }

    /// The filters of a list in JSON.
    pub(crate) fn filters(&self) -> Vec<Value> {
        self.json_lines().into_iter().filter(|line| !line["filter_type"].is_null()).collect()
    }
}

/// Runs the command line over the shipped catalog.
pub(crate) fn shipped(args: &[&str], stdin: &[u8]) -> Ran {
    run(env!("CARGO_BIN_EXE_shipped-cli"), args, stdin)
}

/// Runs the command line of `own_cli.rs`.
pub(crate) fn own(args: &[&str], stdin: &[u8]) -> Ran {
    run(env!("CARGO_BIN_EXE_own-cli"), args, stdin)
}

/// Runs the command line of `blocking_cli.rs`.
pub(crate) fn blocking(args: &[&str], stdin: &[u8]) -> Ran {
    run(env!("CARGO_BIN_EXE_blocking-cli"), args, stdin)
}

/// Runs the command line of `filters_cli.rs` with this value of `OPEN_EDX_FILTERS_CONFIG`.
pub(crate) fn filters(args: &[&str], config: &str) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_filters-cli"));
    run_command(command.args(args).env("OPEN_EDX_FILTERS_CONFIG", config), b"")
}

fn run(program: &str, args: &[&str], stdin: &[u8]) -> Ran {
    run_command(Command::new(program).args(args), stdin)
}

fn run_command(command: &mut Command, stdin: &[u8]) -> Ran {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    let input = stdin.to_vec();
    // On a thread of its own, as the program writes while it reads.
    let writer = std::thread::spawn(move || pipe.write_all(&input));
    let Output { status, stdout, stderr } = child.wait_with_output().expect("an output");
    // A program that does not want all of its input is none of our business here.
    let _ = writer.join().expect("no panic");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Ran { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}
