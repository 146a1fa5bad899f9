//! Which core a process runs on.

use std::process::{Command, Stdio};

/// The core of the redis-server.
pub(crate) const SERVER: usize = 0;
/// The core of this program, and of Python.
pub(crate) const CLIENT: usize = 1;

/// Keeps a process on a core, with all threads that it has and will have.
pub(crate) fn pin(process: u32, core: usize) {
    let done = Command::new("taskset")
        .args(["-acp", &core.to_string(), &process.to_string()])
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !done {
        println!("not pinned to core {core}: the figures depend on where the system puts the process");
    }
}
