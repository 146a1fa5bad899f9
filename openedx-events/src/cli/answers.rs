//! Commands that answer each JSON object with a line of JSON, in order.

use std::ffi::OsStr;
use std::io::BufRead;

use serde_json::{Map, Value};

use super::Streams;
use super::input::{self, unreadable};
use super::outcome::{Outcome, Success};
use super::request::Request;
use super::values::Values;

/// The answer to a request, or what is wrong with the request.
pub(super) type Answer = Result<Map<String, Value>, String>;

/// Answers all requests of a file, or of standard input. A request that cannot be answered gets
/// `{"error": …}`.
///
/// Each answer is flushed before the next request is read, because another program may wait for it.
pub(super) fn answer_lines(
    file: Option<&OsStr>,
    streams: Streams<'_>,
    answer: fn(&mut Request<'_>) -> Answer,
) -> Outcome {
    let Streams { stdin, stdout, .. } = streams;
    let (name, mut reader) = input::open(file, stdin)?;
    let mut values = Values::<dyn BufRead>::new(&mut *reader);
    let mut is_complete = true;
    while let Some(value) = values.next().map_err(|error| unreadable(&name, &error))? {
        let answered = value.text.and_then(|text| {
            let mut request = Request::read(text, value.line)?;
            let answered = answer(&mut request)?;
            request.finish().map(|()| answered)
        });
        let answered = answered.unwrap_or_else(|error| {
            is_complete = false;
            one_member("error", Value::String(format!("line {}: {error}", value.line)))
        });
        writeln!(stdout, "{}", Value::Object(answered))?;
        stdout.flush()?;
    }
    Ok(Success::complete_if(is_complete))
}

pub(super) fn one_member(name: &str, value: Value) -> Map<String, Value> {
    [(name.to_owned(), value)].into_iter().collect()
}
