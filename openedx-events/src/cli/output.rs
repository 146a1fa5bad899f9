//! Printing: formats, wrapped text, JSON lines.

use std::borrow::Cow;
use std::io::{self, Write};

use clap::ValueEnum;

use crate::data::{EventData, PersonalData, to_json};

/// The width of text for people.
pub(super) const WIDTH: usize = 100;

/// Output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Text for people.
    #[default]
    Human,
    /// One JSON object per line.
    Json,
}

/// Prints a record as one line of JSON.
pub(super) fn json_line<T: EventData>(out: &mut dyn Write, record: &T) -> io::Result<()> {
    writeln!(out, "{}", to_json(record, PersonalData::Redact)?)
}

/// Prints what a command has changed. If that fails, prints it to stderr: the change has been made, and nothing else says so.
pub(super) fn report(stdout: &mut dyn Write, stderr: &mut dyn Write, text: &str) -> io::Result<()> {
    let printed = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
    if printed.is_err() {
        // A command does not fail because stderr is closed.
        let _ = writeln!(stderr, "{text}");
    }
    printed
}

/// Escapes line breaks and other control characters, so that the text stays on one line.
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if !text.contains(breaks) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if breaks(c) {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    Cow::Owned(line)
}

/// Prints the paragraphs of a text, wrapped to [`WIDTH`] and indented by `indent` spaces.
pub(super) fn paragraphs(out: &mut dyn Write, indent: usize, text: &str) -> io::Result<()> {
    for (place, paragraph) in text.split("\n\n").enumerate() {
        if place > 0 {
            writeln!(out)?;
        }
        for line in wrap(paragraph, WIDTH.saturating_sub(indent)) {
            writeln!(out, "{:indent$}{line}", "")?;
        }
    }
    Ok(())
}

/// Prints a name, and at `column` its text, wrapped to [`WIDTH`].
pub(super) fn entry(out: &mut dyn Write, name: &str, column: usize, text: &str) -> io::Result<()> {
    let mut name = name;
    for line in wrap(text, WIDTH.saturating_sub(column)) {
        writeln!(out, "{name:column$}{line}")?;
        name = "";
    }
    Ok(())
}

fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}
