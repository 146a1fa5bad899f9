//! What of a command is at a terminal: [`Terminal`].

use std::env;
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
    colors: Colors,
}

/// Whether alarms on stdout are printed in colours.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Colors {
    On,
    #[default]
    Off,
}

impl Colors {
    /// Those of this process: none without a terminal, or if the environment wants none (<https://no-color.org>).
    fn of_process() -> Self {
        let is_plain = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        if io::stdout().is_terminal() && !is_plain { Self::On } else { Self::Off }
    }
}

impl Terminal {
    /// Whether someone reads stdout there.
    pub(super) fn shows_output(self) -> bool {
        self.stdout
    }

    /// That of this process. Other streams than its own are at no terminal, which is the default.
    pub(super) fn of_process() -> Self {
        Self {
            stdin: io::stdin().is_terminal(),
            stdout: io::stdout().is_terminal(),
            stderr: io::stderr().is_terminal(),
            colors: Colors::of_process(),
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

    /// The colours of stdout.
    #[cfg(feature = "bus")]
    pub(super) fn colors(self) -> Colors {
        self.colors
    }

    /// Whether someone sees a question on stderr and can answer it.
    #[cfg(feature = "bus")]
    pub(super) fn can_ask(self) -> bool {
        self.stdin && self.stderr
    }
}
