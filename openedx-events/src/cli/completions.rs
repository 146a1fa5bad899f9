//! `completions`: scripts that complete the commands and options in a shell.

use std::env;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use clap_complete::Shell;

use super::outcome::{Outcome, Success};

#[derive(Args)]
pub(super) struct Completions {
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// Prints the script for this program, by the name of its file.
    pub(super) fn run(&self, command: &mut clap::Command, stdout: &mut dyn Write) -> Outcome {
        let program = env::args_os().next().map(PathBuf::from);
        let name = program.as_deref().and_then(Path::file_stem).and_then(OsStr::to_str);
        let name = name.unwrap_or(command.get_name()).to_owned();
        stdout.write_all(script(self.shell, command, &name).as_bytes())?;
        Ok(Success::Complete)
    }
}

fn script(shell: Shell, command: &mut clap::Command, name: &str) -> String {
    // In bash, clap_complete 4.6.11 spells a name with a hyphen in two ways, and so completes no options of subcommands. The
    // functions get a name without; only the last word of `complete … NAME` is that of the program.
    let plain = if shell == Shell::Bash { name.replace('-', "_") } else { name.to_owned() };
    let mut script = Vec::new();
    clap_complete::generate(shell, command, &*plain, &mut script);
    let script = String::from_utf8_lossy(&script);
    if plain == name {
        return script.into_owned();
    }
    let lines = script.lines().map(|line| match line.strip_suffix(&plain) {
        Some(start) if start.trim_start().starts_with("complete ") => format!("{start}{name}\n"),
        _ => format!("{line}\n"),
    });
    lines.collect()
}
