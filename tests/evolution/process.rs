//! The command line, as processes in a folder.

use std::path::Path;
use std::process::{Command, Output};

/// What a program said and how it ended.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs `schema` with the shipped catalog.
pub(crate) fn shipped(folder: &Path, args: &[&str]) -> Ran {
    run(env!("CARGO_BIN_EXE_shipped-cli"), folder, args)
}

/// Runs `schema` with the events of `cli/own_cli.rs`.
pub(crate) fn own(folder: &Path, args: &[&str]) -> Ran {
    run(env!("CARGO_BIN_EXE_own-cli"), folder, args)
}

fn run(program: &str, folder: &Path, args: &[&str]) -> Ran {
    let Output { status, stdout, stderr } = Command::new(program)
        .arg("schema")
        .args(args)
        .current_dir(folder)
        .output()
        .expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Ran { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}
