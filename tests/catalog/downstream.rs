//! A crate outside, and data classes that get one more field: nothing that the crate can write breaks by it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

#[test]
fn a_new_optional_field_breaks_no_caller() {
    for version in ["v1", "v2"] {
        let output = cargo(&["run", "--bin", "downstream-uses", "--features", version]);
        assert!(output.status.success(), "{version}: {}", stderr(&output));
    }
}

#[test]
fn what_a_new_field_would_break_is_refused_from_the_start() {
    for (bin, code) in [
        // "cannot create non-exhaustive struct using struct expression"
        ("downstream-literal", "error[E0639]"),
        // "`..` required with struct marked as non-exhaustive"
        ("downstream-pattern", "error[E0638]"),
        // "the member … was not set, but this method requires it to be set"
        ("downstream-incomplete", "error[E0277]"),
    ] {
        let output = cargo(&["build", "--bin", bin, "--features", "v1"]);
        let stderr = stderr(&output);
        assert!(!output.status.success(), "{bin} was built");
        // One for the crate's class, one for the shipped one, and nothing else.
        let errors: Vec<_> = stderr.lines().filter(|line| line.starts_with("error[")).collect();
        assert!(errors.len() == 2 && errors.iter().all(|error| error.starts_with(code)), "{bin}: {stderr}");
    }
}

/// Runs cargo on the crates outside. It shares the target folder that this test was built in, and with it most of what
/// is to be built.
fn cargo(arguments: &[&str]) -> Output {
    static WORKSPACE: LazyLock<PathBuf> = LazyLock::new(copy_of_the_crates);
    let openedx_events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openedx-events");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder");
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(&*WORKSPACE)
        .args(arguments)
        .args(["--offline", "--package", "downstream-caller"])
        .arg("--config")
        .arg(format!("patch.crates-io.openedx-events.path = {:?}", openedx_events.display().to_string()))
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_TERM_COLOR", "never")
        .output()
        .expect("cargo is there")
}

/// A copy, as cargo writes the lock file beside the manifest.
fn copy_of_the_crates() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("downstream");
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the copy of another time");
    }
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    copy(&tests.join("downstream"), &folder);
    // The repository's versions of everything, so that nothing has to be fetched.
    fs::copy(tests.join("../Cargo.lock"), folder.join("Cargo.lock")).expect("the lock file is there");
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("its type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file");
        }
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
