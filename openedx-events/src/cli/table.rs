//! Columns of text, with colours for what needs attention: [`Table`].

use std::io::{self, Write};

use super::output::one_line;
use super::terminal::Colors;

/// Rows under a heading, aligned in columns.
pub(super) struct Table {
    heading: Vec<Cell>,
    rows: Vec<Vec<Cell>>,
}

/// What stands in a column of a row.
pub(super) struct Cell {
    text: String,
    align: Align,
    alarm: Alarm,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Align {
    Left,
    Right,
}

/// How much attention something needs. Later ones need more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Alarm {
    #[default]
    None,
    /// Somebody should look at it: yellow.
    Warn,
    /// Events wait or are lost until somebody does something: red.
    Bad,
}

impl Cell {
    /// Text, at the left of its column.
    pub(super) fn text(text: impl AsRef<str>) -> Self {
        Self { text: one_line(text.as_ref()).into_owned(), align: Align::Left, alarm: Alarm::None }
    }

    /// A number, at the right of its column. `unknown` is one that the bus cannot tell.
    pub(super) fn number(number: Option<impl ToString>) -> Self {
        let text = number.map_or_else(|| "unknown".to_owned(), |number| number.to_string());
        Self { align: Align::Right, ..Self::text(text) }
    }

    /// Something that need not be there.
    pub(super) fn optional(text: Option<impl AsRef<str>>) -> Self {
        match text {
            Some(text) => Self::text(text),
            None => Self::text("-"),
        }
    }

    pub(super) fn alarm(self, alarm: Alarm) -> Self {
        Self { alarm, ..self }
    }
}

impl Alarm {
    pub(super) fn when(self, applies: bool) -> Self {
        if applies { self } else { Self::None }
    }

    /// The text in its colour.
    pub(super) fn paint(self, text: &str, colors: Colors) -> String {
        let color = match self {
            Self::None => return text.to_owned(),
            Self::Warn => "33",
            Self::Bad => "31",
        };
        match colors {
            Colors::Off => text.to_owned(),
            Colors::On => format!("\x1b[{color}m{text}\x1b[0m"),
        }
    }
}

impl Table {
    pub(super) fn new(heading: &[&str]) -> Self {
        Self { heading: heading.iter().map(Cell::text).collect(), rows: Vec::new() }
    }

    pub(super) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Prints the rows under their heading. A heading is aligned as what is below it.
    pub(super) fn print(mut self, colors: Colors, out: &mut dyn Write) -> io::Result<()> {
        if let Some(row) = self.rows.first() {
            for (heading, cell) in self.heading.iter_mut().zip(row) {
                heading.align = cell.align;
            }
        }
        self.rows.insert(0, self.heading);
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.text.chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.rows {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let padding = " ".repeat(width - cell.text.chars().count());
                let text = cell.alarm.paint(&cell.text, colors);
                let is_last = column + 1 == row.len();
                line += if column == 0 { "" } else { "  " };
                match cell.align {
                    Align::Right => line.extend([&*padding, &*text]),
                    Align::Left if is_last => line += &text,
                    Align::Left => line.extend([&*text, &*padding]),
                }
            }
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(colors: Colors) -> String {
        let mut table = Table::new(&["TOPIC", "LAG", "STATE"]);
        table.row(vec![Cell::text("a"), Cell::number(Some(12_345)).alarm(Alarm::Bad), Cell::text("ok")]);
        table.row(vec![Cell::text("längere\n"), Cell::number(None::<u64>), Cell::optional(None::<&str>)]);
        let mut out = Vec::new();
        table.print(colors, &mut out).expect("memory");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn columns_are_aligned() {
        assert_eq!(
            printed(Colors::Off),
            "TOPIC          LAG  STATE\na            12345  ok\nlängere\\n  unknown  -\n"
        );
    }

    #[test]
    fn colours_do_not_move_columns() {
        assert!(printed(Colors::On).contains("\na            \x1b[31m12345\x1b[0m  ok\n"));
    }
}
