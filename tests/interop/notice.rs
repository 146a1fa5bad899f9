//! Notices for the person who runs the tests.

use std::io::{self, Write as _};

/// Prints a line that is visible without `--nocapture` too.
pub(crate) fn notice(line: &str) {
    // Standard error may be closed.
    let _ = writeln!(io::stderr(), "{line}");
}
