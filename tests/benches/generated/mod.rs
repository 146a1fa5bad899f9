//! Crates that a bench writes and compiles for itself.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// A workspace of generated crates, with a target directory of its own.
pub(crate) struct Workspace(PathBuf);

impl Workspace {
    /// A workspace of these members; `profile` is the end of its manifest.
    pub(crate) fn new(name: &str, members: &[&str], profile: &str) -> Self {
        let workspace = Self(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name));
        workspace.write(
            "Cargo.toml",
            &format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n\n{profile}"),
        );
        // The versions that this repository is tested with; cargo drops those that are not needed.
        let lock = fs::read_to_string(repository().join("Cargo.lock")).expect("a lock file");
        workspace.write("Cargo.lock", &lock);
        workspace
    }

    /// Writes the manifest of a crate and its source, at `src/lib.rs` or `src/main.rs`.
    pub(crate) fn member(&self, name: &str, dependency: &str, file: &str, source: &str) {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependency}\n"
        );
        self.write(&format!("{name}/Cargo.toml"), &manifest);
        self.write(&format!("{name}/src/{file}"), source);
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("below the workspace")).expect("writable");
        fs::write(path, text).expect("writable");
    }

    /// Has cargo look at a crate again, though it has not changed.
    #[allow(dead_code, reason = "only one of the benches asks for it")]
    pub(crate) fn touch(&self, file: &str) {
        let path = self.0.join(file);
        let text = fs::read_to_string(&path).expect("written before");
        fs::write(path, text).expect("writable");
    }

    /// Runs cargo on a crate, without the network and without incremental compilation.
    pub(crate) fn cargo(&self, command: &[&str], name: &str) {
        let mut cargo = Command::new(env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
        cargo.args(command).args(["--quiet", "--offline", "--package", name]).current_dir(&self.0);
        cargo.env("CARGO_TARGET_DIR", self.target()).env("CARGO_INCREMENTAL", "0");
        let status = cargo.status().expect("cargo runs");
        assert!(status.success(), "`cargo {}` of {name} failed", command.join(" "));
    }

    pub(crate) fn target(&self) -> PathBuf {
        self.0.join("target")
    }
}

/// The line of a manifest that names this crate.
pub(crate) fn dependency() -> String {
    format!("openedx-events = {{ path = '{}' }}", repository().join("openedx-events").display())
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a member of the workspace")
}
