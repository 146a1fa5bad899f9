//! Asking before something is changed: [`Consent`].

use std::io::{BufRead, Write};

use clap::Args;

use crate::cli::outcome::Failure;
use crate::cli::terminal::Terminal;

/// The options of a command that changes something. It says before what it will change.
#[derive(Args)]
pub(super) struct Consent {
    /// Do it without asking. Needed where nobody can be asked, as there is no terminal.
    #[arg(long)]
    yes: bool,
    /// Only show what would be done.
    #[arg(long)]
    dry_run: bool,
}

/// What is to be done.
pub(super) struct Question<'a> {
    /// As a command: `drop`.
    pub(super) verb: &'a str,
    /// And when it is done: `dropped`.
    pub(super) done: &'a str,
    /// To what: `3 events`.
    pub(super) what: &'a str,
    /// What is lost with it, if that is not clear.
    pub(super) loss: Option<&'a str>,
}

/// Where the question is asked.
pub(super) struct Asked<'a> {
    pub(super) stdin: &'a mut dyn BufRead,
    pub(super) stderr: &'a mut dyn Write,
    pub(super) terminal: Terminal,
}

impl Consent {
    /// Whether to do it; `false` if it should only be shown.
    ///
    /// # Errors
    ///
    /// It is not wanted, or nobody can be asked.
    pub(super) fn ask(&self, question: &Question<'_>, asked: Asked<'_>) -> Result<bool, Failure> {
        let Question { verb, done, what, loss } = question;
        if self.dry_run || self.yes {
            return Ok(!self.dry_run);
        }
        let Asked { stdin, stderr, terminal } = asked;
        if !terminal.can_ask() {
            let loss = loss.map(|loss| format!(": {loss}")).unwrap_or_default();
            return Err(Failure::Refused(format!("nothing was {done}{loss}; pass `--yes` to {verb} {what}")));
        }
        let loss = loss.map(|loss| format!("{loss}\n")).unwrap_or_default();
        // Without stderr there is no question and, as nobody has seen it, no answer.
        write!(stderr, "{loss}{verb} {what}? [y/N] ").and_then(|()| stderr.flush())?;
        let mut answer = String::new();
        // What is no text is no consent.
        let _ = stdin.read_line(&mut answer);
        if ["y", "yes"].contains(&answer.trim().to_lowercase().as_str()) {
            return Ok(true);
        }
        Err(Failure::Refused(format!("nothing was {done}")))
    }
}
