//! The file or standard input that a command reads: [`Input`].

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader};

use super::outcome::Failure;

pub(super) struct Input<'a> {
    name: Cow<'a, str>,
    reader: Box<dyn BufRead + 'a>,
}

impl<'a> Input<'a> {
    /// Opens the file. Without one, or with `-`, this is standard input.
    pub(super) fn open(file: Option<&'a OsStr>, stdin: &'a mut dyn BufRead) -> Result<Self, Failure> {
        let Some(path) = file.filter(|path| *path != "-") else {
            return Ok(Self { name: "standard input".into(), reader: Box::new(stdin) });
        };
        let name = path.to_string_lossy();
        match File::open(path) {
            Ok(file) => Ok(Self { name, reader: Box::new(BufReader::new(file)) }),
            Err(error) => Err(Failure::Refused(format!("cannot open {name}: {error}"))),
        }
    }

    /// Splits the input into its name, for [`unreadable`], and its reader.
    pub(super) fn into_parts(self) -> (Cow<'a, str>, Box<dyn BufRead + 'a>) {
        (self.name, self.reader)
    }
}

pub(super) fn unreadable(name: &str, error: &io::Error) -> Failure {
    Failure::Refused(format!("cannot read {name}: {error}"))
}
