//! The command line over the shipped catalog.

use std::process::ExitCode;

fn main() -> ExitCode {
    openedx_events::cli::main()
}
