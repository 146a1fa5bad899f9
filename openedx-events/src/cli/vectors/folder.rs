//! A directory of vectors: [`Folder`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::index::{INDEX, Index};
use crate::cli::outcome::Failure;
use crate::replace_file::replace_file;
use crate::text_file;

/// The contents of files by their paths, relative to the directory, with `/` between names.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// A directory with the files that `vectors` has written before, and others.
pub(super) struct Folder<'a> {
    pub(super) path: &'a Path,
    /// The files of its index.
    own: BTreeSet<String>,
}

/// How the directory differs from what would be written.
pub(super) enum Difference {
    Missing(String),
    /// With the number of the first line, or of the first byte in Avro, that differs.
    Changed(String, usize),
    LeftOver(String),
}

impl<'a> Folder<'a> {
    /// Reads the index of the directory, if it has one.
    pub(super) fn open(path: &'a Path) -> Result<Self, Failure> {
        let index = path.join(INDEX);
        let text = match text_file::read(&index) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { path, own: BTreeSet::new() });
            }
            text => text.map_err(|error| unreadable(&index, &error))?,
        };
        let index = Index::parse(&text).map_err(|problem| {
            Failure::Refused(format!(
                "{} is not an index that `vectors` wrote: {problem}; remove it, or choose another directory",
                index.display()
            ))
        })?;
        Ok(Self { path, own: index.files().collect() })
    }

    /// What has to be changed, by the paths.
    pub(super) fn differences(&self, files: &Files) -> Result<Vec<Difference>, Failure> {
        let mut differences = Vec::new();
        for (name, contents) in files {
            match self.read(name)? {
                None => differences.push(Difference::Missing(name.clone())),
                Some(found) if found == *contents => {}
                Some(found) => {
                    differences
                        .push(Difference::Changed(name.clone(), first_difference(name, &found, contents)));
                }
            }
        }
        for name in self.left_over(files) {
            if self.read(name)?.is_some() {
                differences.push(Difference::LeftOver(name.clone()));
            }
        }
        Ok(differences)
    }

    /// Writes what differs, and removes what is left over. Returns the number of files that were changed or removed.
    ///
    /// # Errors
    ///
    /// A file that `vectors` has not written is in the way, and nothing was changed; or the directory cannot be written to.
    pub(super) fn write(&self, files: &Files) -> Result<usize, Failure> {
        let differences = self.differences(files)?;
        let is_foreign = |difference: &&Difference| match difference {
            Difference::Changed(name, _) => !self.own.contains(name),
            Difference::Missing(_) | Difference::LeftOver(_) => false,
        };
        if let Some(foreign) = differences.iter().find(is_foreign) {
            return Err(Failure::Refused(format!(
                "{} was not written by `vectors`: move it, or choose another directory",
                self.join(foreign.name()).display()
            )));
        }
        // The index comes last: until then the former one says which files may be replaced.
        let (index, others): (Vec<_>, Vec<_>) = differences.iter().partition(|each| each.name() == INDEX);
        for difference in others.into_iter().chain(index) {
            let path = self.join(difference.name());
            let written = match files.get(difference.name()) {
                Some(contents) => write(&path, contents),
                None => remove(&path),
            };
            written.map_err(|error| Failure::Refused(format!("cannot write {}: {error}", path.display())))?;
        }
        Ok(differences.len())
    }

    fn left_over<'b>(&'b self, files: &'b Files) -> impl Iterator<Item = &'b String> {
        self.own.iter().filter(|name| !files.contains_key(*name))
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        let path = self.join(name);
        match fs::read(&path) {
            Ok(contents) => Ok(Some(contents)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(&path, &error)),
        }
    }

    fn join(&self, name: &str) -> PathBuf {
        name.split('/').fold(self.path.to_owned(), |path, name| path.join(name))
    }
}

impl Difference {
    fn name(&self) -> &str {
        match self {
            Self::Missing(name) | Self::Changed(name, _) | Self::LeftOver(name) => name,
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "missing: {name}"),
            Self::Changed(name, byte) if is_binary(name) => write!(f, "changed: {name}, from byte {byte} on"),
            Self::Changed(name, line) => write!(f, "changed: {name}, from line {line} on"),
            Self::LeftOver(name) => write!(f, "left over: {name}"),
        }
    }
}

fn is_binary(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "avro")
}

/// The first line, or in Avro the first byte, in which the contents differ. Lines count from 1, bytes from 0.
fn first_difference(name: &str, one: &[u8], other: &[u8]) -> usize {
    let same = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    if is_binary(name) { same } else { one[..same].split(|byte| *byte == b'\n').count() }
}

fn write(path: &Path, contents: &[u8]) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    replace_file(path, contents)
}

/// Removes a file, and its folder once that is empty.
fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    // Other files may be in it.
    let _ = path.parent().map(fs::remove_dir);
    Ok(())
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::Refused(format!("cannot read {}: {error}", path.display()))
}
