//! Replacing a file: [`replace_file`].

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::random;

/// Writes a file, or replaces one. If that fails, or the process is killed, the old one is still whole: the new one is written beside
/// it, and then takes its name and its rights. A link stays a link, and what is no file, such as a pipe, is written as it is.
pub(crate) fn replace_file(path: &Path, contents: impl AsRef<[u8]>) -> io::Result<()> {
    let contents = contents.as_ref();
    let old = fs::metadata(path).ok();
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        return fs::write(path, contents);
    }
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let beside = beside(&path);
    let file = match File::options().write(true).create_new(true).open(&beside) {
        // Whoever may write the file, and none beside it, can only overwrite it.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && old.is_some() => {
            return fs::write(path, contents);
        }
        file => file?,
    };
    let written = write(file, contents, old).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&beside);
    }
    written
}

fn write(mut file: File, contents: &[u8], old: Option<fs::Metadata>) -> io::Result<()> {
    file.write_all(contents)?;
    if let Some(old) = old {
        file.set_permissions(old.permissions())?;
    }
    file.sync_all()
}

/// A hidden file in the same folder, which nothing else has.
fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{:016x}", random::bits().0));
    path.with_file_name(name)
}
