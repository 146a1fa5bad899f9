//! What of a command is at a terminal: [`Terminal`].

use std::io::{self, IsTerminal as _};

/// Which standard streams are at a terminal.
#[derive(Clone, Copy, Default)]
#[cfg_attr(
    not(feature = "bus"),
    expect(dead_code, reason = "only commands of the bus ask and show progress")
)]
pub(super) struct Terminal {
    stdin: bool,
    stdout: bool,
    stderr: bool,
}

impl Terminal {
    /// That of this process. Other streams than its own are at no terminal, which is the default.
    pub(super) fn of_process() -> Self {
        Self {
            stdin: io::stdin().is_terminal(),
            stdout: io::stdout().is_terminal(),
            stderr: io::stderr().is_terminal(),
        }
    }

    /// Whether someone watches stderr while stdout goes elsewhere: a command that prints many lines shows its progress.
    #[cfg(feature = "bus")]
    pub(super) fn shows_progress(self) -> bool {
        self.stderr && !self.stdout
    }

    /// Whether someone watches stderr: a command that prints nothing for a long time shows its progress.
    #[cfg(feature = "bus")]
    pub(super) fn is_watched(self) -> bool {
        self.stderr
    }

    /// Whether someone sees a question on stderr and can answer it.
    #[cfg(feature = "bus")]
    pub(super) fn can_ask(self) -> bool {
        self.stdin && self.stderr
    }
}
