//! Commands that answer each line of JSON with another: requests in, answers out, in their order.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};

use serde_json::{Map, Value};

use super::lines::Lines;
use super::request::Request;
use super::{Failure, Outcome, Streams, Success};

/// What is answered to a request, or what is wrong with it.
pub(super) type Answer = Result<Map<String, Value>, String>;

/// Answers every line of a file, or of the standard input, that is not blank, and one only when the one before is out:
/// another program may wait for each answer. A line that cannot be answered gets `{"error": …}`.
pub(super) fn answer_all(
    file: Option<&OsStr>,
    streams: Streams<'_>,
    answer: fn(&mut Request<'_>) -> Answer,
) -> Outcome {
    let Streams { stdin, stdout, .. } = streams;
    let Some(path) = file.filter(|path| *path != "-") else {
        return answer_lines(stdin, "the standard input", stdout, answer);
    };
    let name = path.to_string_lossy();
    let opened =
        File::open(path).map_err(|error| Failure::Refused(format!("cannot open {name}: {error}")))?;
    answer_lines(&mut BufReader::new(opened), &name, stdout, answer)
}

fn answer_lines(
    input: &mut dyn BufRead,
    name: &str,
    stdout: &mut dyn Write,
    answer: fn(&mut Request<'_>) -> Answer,
) -> Outcome {
    let mut lines = Lines::new(input);
    let mut success = Success::Complete;
    loop {
        let line = match lines.next() {
            Ok(Some(line)) => line,
            Ok(None) => return Ok(success),
            Err(error) => return Err(Failure::Refused(format!("cannot read {name}: {error}"))),
        };
        let answered = line.text.and_then(|text| {
            let mut request = Request::read(text)?;
            let answered = answer(&mut request)?;
            request.finish().map(|()| answered)
        });
        let answer = answered.unwrap_or_else(|error| {
            success = Success::Incomplete;
            [("error".to_owned(), Value::String(format!("line {}: {error}", line.number)))]
                .into_iter()
                .collect()
        });
        match writeln!(stdout, "{}", Value::Object(answer)).and_then(|()| stdout.flush()) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(Success::Incomplete),
            Err(error) => return Err(Failure::Output(error)),
        }
    }
}
