//! The Python that has upstream's package.

use std::env;
use std::path::{Path, PathBuf};

use crate::notice::notice;

const VENV: &str = "OPENEDX_EVENTS_INTEROP_VENV";

/// The interpreter of the virtual environment that `tests/run.sh` makes; `None` if there is none, with a notice.
///
/// # Panics
///
/// It is missing, and `CI` is `true`.
pub(crate) fn interpreter() -> Option<PathBuf> {
    let venv = env::var_os(VENV).map_or_else(in_target_directory, PathBuf::from);
    let python = venv.join("bin/python");
    if python.is_file() {
        return Some(python);
    }
    let reason = format!("there is no {}, which tests/run.sh makes", python.display());
    assert_ne!(env::var("CI").as_deref(), Ok("true"), "no upstream to talk to: {reason}");
    notice(&format!("interop: skipped: {reason}"));
    None
}

fn in_target_directory() -> PathBuf {
    // Cargo's folder for the files of tests is `tmp` in the target directory.
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("interop-venv")
}

/// The version that a package has to have.
///
/// # Panics
///
/// It is not pinned.
pub(crate) fn pinned(package: &str) -> &'static str {
    let pins = include_str!("requirements.txt").lines().filter_map(|line| line.split_once("=="));
    let mut versions = pins.filter(|(name, _)| *name == package).map(|(_, version)| version);
    versions.next().unwrap_or_else(|| panic!("{package} is not in requirements.txt"))
}
