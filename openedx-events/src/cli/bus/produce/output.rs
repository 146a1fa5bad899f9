//! The output of `produce`: [`Output`].

use std::io::{self, Write};

use super::published::Published;
use crate::cli::bus::progress::Progress;
use crate::cli::outcome::{LineOutcome, stopped_after};
use crate::cli::output::Format;

/// Prints the outcome of each line to stdout, and everything else to stderr.
pub(super) struct Output<'a> {
    format: Format,
    totals: Totals,
    progress: Progress,
    stdout: &'a mut dyn Write,
    stderr: &'a mut dyn Write,
}

/// The number of lines with each outcome.
#[derive(Default)]
struct Totals {
    published: u64,
    bad: u64,
    failed: u64,
    last_line: i64,
}

impl<'a> Output<'a> {
    pub(super) fn new(
        format: Format,
        shows_progress: bool,
        stdout: &'a mut dyn Write,
        stderr: &'a mut dyn Write,
    ) -> Self {
        Self { format, totals: Totals::default(), progress: Progress::new(shows_progress), stdout, stderr }
    }

    pub(super) fn print(&mut self, lines: &[Published]) -> io::Result<()> {
        for line in lines {
            *match line.outcome() {
                LineOutcome::Ok => &mut self.totals.published,
                LineOutcome::Failed => &mut self.totals.failed,
                LineOutcome::Bad => &mut self.totals.bad,
            } += 1;
            self.totals.last_line = line.line();
        }
        lines.iter().try_for_each(|line| line.print(self.format, self.stdout))?;
        self.stdout.flush()?;
        let Totals { published, bad, failed, .. } = self.totals;
        self.progress.show(published + bad + failed, self.stderr);
        Ok(())
    }

    pub(super) fn note(&mut self, note: &str) {
        self.progress.clear(self.stderr);
        // A command does not fail because stderr is closed.
        let _ = writeln!(self.stderr, "{note}");
    }

    /// Whether all lines were published so far.
    pub(super) fn is_complete(&self) -> bool {
        self.totals.bad + self.totals.failed == 0
    }

    /// Says how far the command has come.
    pub(super) fn note_closed(&mut self) {
        self.note(&stopped_after(self.totals.last_line));
    }

    pub(super) fn end(&mut self, repeated: u64) {
        let Totals { published, bad, failed, .. } = self.totals;
        let plural = if bad == 1 { "" } else { "s" };
        self.note(&format!("{published} published, {bad} bad line{plural}, {failed} failed"));
        if repeated > 0 {
            self.note(&format!(
                "{repeated} of them may be duplicated, because the bus did not answer in time"
            ));
        }
    }
}
