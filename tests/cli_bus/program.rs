//! Programs that run beside the test.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use openedx_events_tests::{DEADLINE, wait_until};
use serde_json::Value;
use tempfile::TempDir;

/// The output and the exit code of a program.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The JSON lines of the output.
    pub(crate) fn events(&self) -> Vec<Value> {
        let lines = self.stdout.lines().filter(|line| line.starts_with('{'));
        lines.map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// The member `data.number` of each event.
    pub(crate) fn numbers(&self) -> Vec<i64> {
        self.events().iter().map(|event| event["data"]["number"].as_i64().expect("a number")).collect()
    }

    #[track_caller]
    pub(crate) fn has_ended_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "\n{}\n{}", self.stdout, self.stderr);
        self
    }
}

/// A running program. Its output goes to files, so that it never waits for the test.
pub(crate) struct Running {
    child: Child,
    folder: TempDir,
}

/// The command of `bus_cli.rs`.
pub(crate) fn own(args: &[&str]) -> Command {
    command(env!("CARGO_BIN_EXE_bus-cli"), args)
}

/// The command with the shipped catalog.
pub(crate) fn shipped(args: &[&str]) -> Command {
    command(env!("CARGO_BIN_EXE_shipped-cli"), args)
}

fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("EVENT") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a program to its end.
pub(crate) fn run(command: Command, stdin: &str) -> Ran {
    let mut running = Running::start(command);
    let mut pipe = running.stdin();
    // The program may end without reading all of its input.
    let _ = pipe.write_all(stdin.as_bytes());
    drop(pipe);
    running.end()
}

impl Running {
    pub(crate) fn start(command: Command) -> Self {
        let folder = TempDir::new().expect("a folder");
        let stdout = File::create(folder.path().join("stdout")).expect("a file");
        Self::start_in(command, folder, stdout)
    }

    /// Starts it with another output than a file.
    pub(crate) fn start_into(command: Command, stdout: impl Into<Stdio>) -> Self {
        let folder = TempDir::new().expect("a folder");
        File::create(folder.path().join("stdout")).expect("a file");
        Self::start_in(command, folder, stdout)
    }

    fn start_in(mut command: Command, folder: TempDir, stdout: impl Into<Stdio>) -> Self {
        let stderr = File::create(folder.path().join("stderr")).expect("a file");
        command.stdin(Stdio::piped()).stdout(stdout).stderr(stderr);
        Self { child: command.spawn().expect("the program starts"), folder }
    }

    /// Writes all of its input, on another thread, since it may not read it to the end.
    pub(crate) fn feed(mut self, stdin: &str) -> Self {
        let (mut pipe, text) = (self.stdin(), stdin.to_owned());
        thread::spawn(move || pipe.write_all(text.as_bytes()));
        self
    }

    pub(crate) fn stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().expect("a pipe")
    }

    pub(crate) fn stdout(&self) -> String {
        self.read("stdout")
    }

    pub(crate) fn stderr(&self) -> String {
        self.read("stderr")
    }

    fn read(&self, name: &str) -> String {
        let mut text = String::new();
        let read =
            File::open(self.folder.path().join(name)).and_then(|mut file| file.read_to_string(&mut text));
        read.expect("the file can be read");
        text
    }

    /// Sends it a signal, such as `TERM`.
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args([&format!("-{signal}"), &id]).status();
        assert!(status.expect("kill can be run").success(), "kill -{signal} {id}");
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("its state is known").is_some()
    }

    /// Waits until it ends.
    pub(crate) fn end(mut self) -> Ran {
        let start = Instant::now();
        while !self.has_ended() {
            assert!(start.elapsed() < DEADLINE, "it does not end:\n{}\n{}", self.stdout(), self.stderr());
            thread::sleep(Duration::from_millis(2));
        }
        let status = self.child.wait().expect("its end");
        Ran { code: status.code(), stdout: self.stdout(), stderr: self.stderr() }
    }

    /// Waits until its standard error contains a text.
    pub(crate) fn wait_for_stderr(&self, text: &str) {
        wait_until(text, || self.stderr().contains(text));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _: io::Result<()> = self.child.kill();
        let _ = self.child.wait();
    }
}
