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

fn run(program: &str, args: &[&str], stdin: &[u8]) -> Ran {
    let mut child = Command::new(program)
        .args(args)
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
