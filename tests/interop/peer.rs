//! A process that answers for upstream's packages: a script of this folder.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;

use openedx_events_tests::DEADLINE;
use serde_json::Value;

use crate::python::pinned;

/// Asks one question at a time. The process ends with it.
pub(crate) struct Peer {
    process: Child,
    questions: ChildStdin,
    /// Lines as they come, read on a thread of its own, so that a peer that hangs is a failure and not a hang.
    answers: Receiver<String>,
}

impl Peer {
    /// Starts the process: a script with its arguments, with this Python.
    ///
    /// # Panics
    ///
    /// It does not start, or has another version of a package than the pinned one.
    pub(crate) fn start(python: &Path, script: &str, arguments: &[&str]) -> Self {
        let mut process = Command::new(python)
            .arg("-I")
            .arg(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/interop")).join(script))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", python.display()));
        let questions = process.stdin.take().expect("piped");
        let lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let (sender, answers) = mpsc::channel();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                // Nobody listens once a test has failed.
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut peer = Self { process, questions, answers };
        let versions = peer.answer().unwrap_or_else(|error| panic!("{error}"));
        for (package, version) in versions.as_object().expect("the versions of packages") {
            assert_eq!(version, pinned(package), "{package}: tests/run.sh brings it up to date");
        }
        peer
    }

    /// What the process answers. An answer that is an error is an error.
    ///
    /// # Panics
    ///
    /// It ends, or takes longer than [`DEADLINE`].
    pub(crate) fn ask(&mut self, question: &Value) -> Result<Value, String> {
        if let Err(error) = writeln!(self.questions, "{question}").and_then(|()| self.questions.flush()) {
            panic!("the peer takes no questions: {error}: {:?}", self.process.wait());
        }
        self.answer()
    }

    /// What the process says next.
    ///
    /// # Panics
    ///
    /// It ends, or takes longer than [`DEADLINE`].
    pub(crate) fn answer(&mut self) -> Result<Value, String> {
        let line = match self.answers.recv_timeout(DEADLINE) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => panic!("the peer does not answer within {DEADLINE:?}"),
            Err(RecvTimeoutError::Disconnected) => panic!("the peer ended: {:?}", self.process.wait()),
        };
        let answer: Value = serde_json::from_str(&line).map_err(|error| format!("{error} in {line}"))?;
        match answer.get("error") {
            Some(error) => Err(format!("Python: {error}")),
            None => Ok(answer),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Gone already if it ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
