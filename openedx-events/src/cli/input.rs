//! The file or standard input that a command reads.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader};

use super::outcome::Failure;

/// Opens the file. Without one, or with `-`, this is standard input. Returns its name, for [`unreadable`], and its reader.
pub(super) fn open<'a>(
    file: Option<&'a OsStr>,
    stdin: &'a mut dyn BufRead,
) -> Result<(Cow<'a, str>, Box<dyn BufRead + 'a>), Failure> {
    let Some(path) = file.filter(|path| *path != "-") else {
        return Ok(("standard input".into(), Box::new(stdin)));
    };
    let name = path.to_string_lossy();
    match File::open(path) {
        Ok(file) => Ok((name, Box::new(BufReader::new(file)))),
        Err(error) => Err(Failure::Refused(format!("cannot open {name}: {error}"))),
    }
}

/// The failure of a command whose input returned an error.
pub(super) fn unreadable(name: &str, error: &io::Error) -> Failure {
    Failure::Refused(format!("cannot read {name}: {error}"))
}
