//! The JSON values of a file, each on one line or on several: [`Values`].
//!
//! Usually each line is a value. A line that is the beginning of an object is read on until the object ends, so that a file that was
//! formatted for people can be read as it is. Where that fails, no line that may be a value of its own is lost: a line that was
//! cut off must not take those behind it along.

mod lines;
#[cfg(feature = "bus")]
mod lines_ahead;
mod scan;

use std::io::{self, BufRead};
use std::ops::Range;
use std::str;

use lines::{Line, Lines};
use scan::{Progress, Scan};

/// Far more than an event needs: by default brokers accept up to a megabyte.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Reads values one at a time. A value on one line is returned before the next line is read.
///
/// At most two values of the maximum size are held at once.
pub(super) struct Values<'a, R: BufRead + ?Sized = dyn BufRead + 'a> {
    lines: Lines<'a, R>,
    /// Lines that were read and not returned, with their ends.
    held: Vec<u8>,
    /// The value that is being read: the part of `held` that was scanned.
    value: Range<usize>,
    /// The number of its first line.
    first_line: u64,
    /// How many lines were scanned.
    scanned: u64,
    state: State,
    /// The number of the line behind those in `held`, if it was too long to be held.
    too_long: Option<u64>,
}

enum State {
    /// The next line begins a value.
    Between,
    /// The value goes on.
    Inside(Scan),
    /// A value on several lines was broken, and has been returned. Its rest is skipped. Its first line had this indent.
    Skipping(usize),
}

/// A value, or what should be one.
pub(super) struct Value<'a> {
    /// The number of its first line. Lines count from 1, including blank ones.
    pub(super) line: u64,
    /// The text, or why there is none.
    pub(super) text: Result<&'a str, String>,
}

/// Where a value is.
struct Found {
    place: Range<usize>,
    line: u64,
    is_too_long: bool,
}

enum Step {
    Found(Found),
    /// A line was read that ends no value.
    GoOn,
    End,
}

impl<'a, R: BufRead + ?Sized> Values<'a, R> {
    pub(super) fn new(input: &'a mut R) -> Self {
        Self {
            lines: Lines::new(input),
            held: Vec::new(),
            value: 0..0,
            first_line: 1,
            scanned: 0,
            state: State::Between,
            too_long: None,
        }
    }

    /// The next value, `None` at the end.
    ///
    /// # Errors
    ///
    /// Returns the errors of the input.
    pub(super) fn next(&mut self) -> io::Result<Option<Value<'_>>> {
        loop {
            match self.step()? {
                Step::Found(found) => return Ok(Some(self.shown(&found))),
                Step::GoOn => {}
                Step::End => return Ok(None),
            }
        }
    }

    /// Reads a line. The lines that are held are read again first.
    fn step(&mut self) -> io::Result<Step> {
        if self.value.end == self.held.len() {
            if let Some(line) = self.too_long {
                return Ok(Step::Found(self.too_long_line(line)));
            }
            self.drop_returned();
            match self.lines.read(MAX_BYTES, &mut self.held)? {
                Line::Whole => {}
                Line::TooLong => {
                    self.too_long = Some(self.first_line + self.scanned);
                    return Ok(Step::GoOn);
                }
                Line::End if self.value.is_empty() => return Ok(Step::End),
                Line::End => return Ok(Step::Found(self.cut_off(false))),
            }
        }
        let start = self.value.end;
        let rest = &self.held[start..];
        let end = start + rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |place| place + 1);
        Ok(self.line(start..end))
    }

    /// Forgets what was returned, when that is most of what is held.
    fn drop_returned(&mut self) {
        let returned = self.value.start;
        if returned > 0 && returned >= self.held.len() / 2 {
            self.held.drain(..returned);
            self.value = 0..self.value.len();
        }
    }

    /// Takes the next line of `held`.
    fn line(&mut self, place: Range<usize>) -> Step {
        let line = &self.held[place.clone()];
        let is_blank = line.trim_ascii().is_empty();
        match &mut self.state {
            State::Skipping(indent) if !begins_value(line, *indent) => {
                self.skip_line(place.end);
                Step::GoOn
            }
            State::Between | State::Skipping(_) if is_blank => {
                self.skip_line(place.end);
                Step::GoOn
            }
            State::Between | State::Skipping(_) => {
                let mut scan = Scan::default();
                let (progress, is_list) = (scan.line(line), line.trim_ascii_start().starts_with(b"["));
                self.value = place.start..place.end;
                self.scanned = 1;
                match progress {
                    // No command takes a list: what is in it need not be held.
                    Progress::Incomplete if is_list => Step::Found(self.cut_off(false)),
                    Progress::Incomplete => {
                        self.state = State::Inside(scan);
                        Step::GoOn
                    }
                    Progress::Complete | Progress::Broken => Step::Found(self.whole()),
                }
            }
            State::Inside(scan) => {
                let progress = scan.line(line);
                self.value.end = place.end;
                self.scanned += 1;
                if self.value.len() > MAX_BYTES {
                    return Step::Found(self.cut_off(true));
                }
                match progress {
                    Progress::Incomplete => Step::GoOn,
                    Progress::Complete => Step::Found(self.whole()),
                    Progress::Broken => Step::Found(self.cut_off(false)),
                }
            }
        }
    }

    /// Skips a line that belongs to no value.
    fn skip_line(&mut self, end: usize) {
        self.value = end..end;
        self.first_line += 1;
        self.scanned = 0;
    }

    /// The value that was scanned, all of it.
    fn whole(&mut self) -> Found {
        self.state = State::Between;
        self.found(self.value.end, self.scanned, false)
    }

    /// The value that was scanned and goes wrong at its end, up to the first line behind its first one that may begin another value.
    fn cut_off(&mut self, is_too_long: bool) -> Found {
        let scanned = &self.held[self.value.clone()];
        let indent = indent(scanned);
        let mut end = self.value.start;
        for (number, line) in (0..).zip(scanned.split_inclusive(|byte| *byte == b'\n')) {
            if number > 0 && begins_value(line, indent) {
                self.state = State::Between;
                return self.found(end, number, is_too_long);
            }
            end += line.len();
        }
        self.state = State::Skipping(indent);
        self.found(end, self.scanned, is_too_long)
    }

    /// Ends the value there. What is held behind it is scanned again.
    fn found(&mut self, end: usize, lines: u64, is_too_long: bool) -> Found {
        let found = Found { place: self.value.start..end, line: self.first_line, is_too_long };
        self.value = end..end;
        self.first_line += lines;
        self.scanned = 0;
        found
    }

    /// The line that was too long to be held, unless a value in front of it is to be returned first.
    fn too_long_line(&mut self, line: u64) -> Found {
        if !self.value.is_empty() {
            return self.cut_off(false);
        }
        self.too_long = None;
        self.first_line = line + 1;
        Found { place: self.value.clone(), line, is_too_long: true }
    }

    fn shown(&self, found: &Found) -> Value<'_> {
        let Found { place, line, is_too_long } = found;
        let bytes = &self.held[place.clone()];
        let text = if *is_too_long {
            Err(format!("too long: a value may have at most {MAX_BYTES} bytes"))
        } else {
            text(bytes, *line)
        };
        Value { line: *line, text }
    }
}

/// The text of a value that begins on this line.
fn text(bytes: &[u8], line: u64) -> Result<&str, String> {
    let bytes = bytes.trim_ascii();
    str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let position = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default().len() + 1;
        let of_line = match before.split(|byte| *byte == b'\n').skip(1).count() {
            0 => "the line".to_owned(),
            lines => format!("line {}", line + lines as u64),
        };
        format!("not UTF-8: invalid byte at position {position} of {of_line}")
    })
}

/// Whether a line behind a broken value is the next value rather than a part of it: it is a whole object, or an object begins on it
/// that is not further in than the broken one. What is formatted for people indents the inner ones.
fn begins_value(line: &[u8], max_indent: usize) -> bool {
    let is_object = line.trim_ascii_start().starts_with(b"{");
    is_object && (indent(line) <= max_indent || Scan::default().line(line) == Progress::Complete)
}

fn indent(line: &[u8]) -> usize {
    line.len() - line.trim_ascii_start().len()
}

#[cfg(feature = "bus")]
impl<R: io::Read> Values<'_, io::BufReader<R>> {
    /// The next value, `None` if it could only be had by waiting for input.
    ///
    /// # Errors
    ///
    /// Returns the errors of the input.
    pub(super) fn next_ready(&mut self) -> io::Result<Option<Value<'_>>> {
        while self.value.end < self.held.len()
            || self.too_long.is_some()
            || lines_ahead::has_line(self.lines.input())
        {
            match self.step()? {
                Step::Found(found) => return Ok(Some(self.shown(&found))),
                Step::GoOn => {}
                Step::End => break,
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first line and the text of each value.
    fn values(text: &str) -> Vec<(u64, String)> {
        let mut input = text.as_bytes();
        let mut values = Values::<&[u8]>::new(&mut input);
        let mut found = Vec::new();
        while let Some(value) = values.next().expect("memory can be read") {
            found.push((value.line, value.text.map_or_else(|why| why, str::to_owned)));
        }
        found
    }

    fn expect(text: &str, expected: &[(u64, &str)]) {
        let expected: Vec<_> = expected.iter().map(|(line, text)| (*line, (*text).to_owned())).collect();
        assert_eq!(values(text), expected, "{text}");
    }

    #[test]
    fn a_value_may_be_on_several_lines() {
        expect(
            "{}\n\n{\n \"a\": [\n  {\n  }\n ]\n}\n[1]\n7",
            &[(1, "{}"), (3, "{\n \"a\": [\n  {\n  }\n ]\n}"), (9, "[1]"), (10, "7")],
        );
        expect("{\r\n\r\n\"a\":\r\n1\r\n}\r\n  {}  ", &[(1, "{\r\n\r\n\"a\":\r\n1\r\n}"), (6, "{}")]);
    }

    #[test]
    fn a_line_that_was_cut_off_takes_none_along() {
        for cut in [
            "{\"a\": 1,",
            "{\"a\": 1",
            "{\"a\":",
            "{\"a\": [",
            "{\"a\": [{\"b\":",
            "{\"a\": \"x",
            "[",
            "[{},",
            "{",
            "x",
        ] {
            let good = "{\"a\": 2}";
            expect(&format!("{cut}\n{good}\n{good}\n{good}\n"), &[(1, cut), (2, good), (3, good), (4, good)]);
            expect(&format!("{good}\n{cut}\n  {good}\n"), &[(1, good), (2, cut), (3, good)]);
            expect(
                &format!("{good}\n{cut}\n{{\n \"a\": 1\n}}"),
                &[(1, good), (2, cut), (3, "{\n \"a\": 1\n}")],
            );
            // A line that begins inside a broken list is a part of it unless it begins an object.
            if !cut.starts_with('[') {
                expect(&format!("{cut}\n{cut}\n{good}"), &[(1, cut), (2, cut), (3, good)]);
            }
        }
    }

    #[test]
    fn a_broken_value_on_several_lines_is_one() {
        let broken = "{\n \"a\": 1\n \"b\": {\n";
        let rest = " \"c\": [\n  {\n   \"d\": 1\n  }\n ]\n }\n}\n";
        let good = "{\n \"e\": 1\n}";
        // It is returned where it breaks.
        expect(
            &format!("{broken}{rest}{good}\n{{}}\n"),
            &[(1, "{\n \"a\": 1\n \"b\": {"), (11, good), (14, "{}")],
        );
        // Inside something that is indented as a whole.
        let all = format!("{broken}{rest}{good}\n");
        let indented = format!("  {}", all.trim_end().replace('\n', "\n  "));
        assert_eq!(values(&indented).iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 11]);
        // A list, whose events are not taken.
        expect("[\n  {\n    \"a\": 1\n  },\n  {\n    \"a\": 2\n  }\n]\n{}\n", &[(1, "["), (9, "{}")]);
    }

    #[test]
    fn a_value_that_is_too_long_takes_none_along() {
        let long = " ".repeat(MAX_BYTES / 2);
        let too_long = format!("too long: a value may have at most {MAX_BYTES} bytes");
        expect(&format!("{{\n{long}\n{long}\n{long}\n \"a\": 1\n}}\n{{}}\n"), &[(1, &too_long), (7, "{}")]);
        expect(&format!("{{}}\n{long}{long}{long}\n{{}}\n"), &[(1, "{}"), (2, &too_long), (3, "{}")]);
        expect(
            &format!("{{\n{{}}\n{long}{long}{long}\n{{}}\n"),
            &[(1, "{"), (2, "{}"), (3, &too_long), (4, "{}")],
        );
    }

    #[test]
    fn what_is_not_utf_8_is_named_by_its_line() {
        for (text, why) in [
            (&b"{}\n \"\xff\"\n"[..], "not UTF-8: invalid byte at position 2 of the line"),
            (b"\n{\n\"a\":\n \"\xff\"}\n", "not UTF-8: invalid byte at position 3 of line 4"),
        ] {
            let mut input = text;
            let mut values = Values::<&[u8]>::new(&mut input);
            let mut last = None;
            while let Some(value) = values.next().expect("memory can be read") {
                last = Some((value.line, value.text.map(str::to_owned)));
            }
            assert_eq!(last, Some((2, Err(why.to_owned()))));
        }
    }

    /// Each line is scanned a bounded number of times, and what was returned is forgotten.
    #[test]
    fn no_input_takes_quadratic_time() {
        for line in ["{\"a\":\n", "[\n", "{\n", "{\"a\":[\n", "{\"a\":[1,\n"] {
            let text = line.repeat(20_000);
            assert_eq!(values(&text).len(), if line == "[\n" { 1 } else { 20_000 }, "{line}");
        }
        assert_eq!(values(&format!("{{\"a\":[\n{}1]}}", "{},\n".repeat(200_000))).len(), 1);
    }
}
