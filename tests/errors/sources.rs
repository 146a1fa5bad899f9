//! The errors that the sources of the library declare.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The names of all public types that implement `Error`.
pub(crate) fn public_errors() -> BTreeSet<String> {
    let mut errors = BTreeSet::new();
    for file in rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../openedx-events/src")) {
        let text = fs::read_to_string(&file).expect("the sources are here");
        for (start, end) in text.match_indices("Error for ") {
            let name = text[start + end.len()..].split([' ', '{', '<']).next().unwrap_or_default();
            let line = text[..start].rsplit('\n').next().unwrap_or_default();
            let is_impl = ["impl ", "impl std::error::", "impl error::"].contains(&line.trim_start());
            let is_public = ["struct", "enum"]
                .iter()
                .any(|kind| text.lines().any(|line| line.starts_with(&format!("pub {kind} {name}"))));
            if is_impl && is_public {
                errors.insert(name.to_owned());
            }
        }
    }
    // A macro implements it for those.
    errors.extend(["Permanent", "RetryAfter", "Skip", "Unavailable"].map(str::to_owned));
    errors
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the sources are here");
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    paths
        .flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}
