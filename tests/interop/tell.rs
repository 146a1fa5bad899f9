//! Lines for whoever runs the tests.

use std::io::{self, Write as _};

/// Says something that is seen without `--nocapture`, too.
pub(crate) fn tell(line: &str) {
    // Where standard error is closed, there is nobody to tell.
    let _ = writeln!(io::stderr(), "{line}");
}
