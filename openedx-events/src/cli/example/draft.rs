//! The payload of a made-up event as JSON: [`Draft`].

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Case;
use super::values::{candidates, quoted};
use crate::data::{Field, FieldType, Record};

/// A payload, whose values are made less extreme until the event accepts them: a type of the program may accept less than its
/// description says.
pub(in crate::cli) struct Draft {
    case: Case,
    text: String,
    /// Where the text has come, as a [`JsonError`](crate::JsonError) names it.
    path: String,
    /// The records around it.
    around: Vec<&'static Record>,
    /// For each value by its path: which of its candidates is written, and how many follow.
    values: BTreeMap<String, Choice>,
}

#[derive(Clone, Copy, Default)]
struct Choice {
    at: usize,
    left: usize,
}

impl Draft {
    pub(in crate::cli) fn new(case: Case) -> Self {
        let (text, path, around) = (String::new(), String::new(), Vec::new());
        Self { case, text, path, around, values: BTreeMap::new() }
    }

    /// The payload. Its last line is indented by `depth` steps.
    pub(in crate::cli) fn write(&mut self, record: &'static Record, depth: usize) -> String {
        self.record(record, depth);
        std::mem::take(&mut self.text)
    }

    /// Makes the values at a path that was refused less extreme, for the next payload. Returns whether there are others.
    pub(in crate::cli) fn ease(&mut self, refused: &str) -> bool {
        let mut is_eased = false;
        for (path, choice) in &mut self.values {
            // The path of personal data ends at the list or map that holds them.
            let is_refused = path
                .strip_prefix(refused)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
            if is_refused && choice.left > 0 {
                *choice = Choice { at: choice.at + 1, left: choice.left - 1 };
                is_eased = true;
            }
        }
        is_eased
    }

    fn record(&mut self, shown: &'static Record, depth: usize) {
        let case = self.case;
        self.around.push(shown);
        self.text.push_str("{\n");
        for (place, field) in shown.fields.iter().filter(|field| case.sets(field)).enumerate() {
            let end = if place == 0 { "" } else { ",\n" };
            let _ = write!(self.text, "{end}{:1$}{2}: ", "", 2 * (depth + 1), quoted(field.name));
            let step = if self.path.is_empty() { field.name.to_owned() } else { format!(".{}", field.name) };
            self.inside(&step, |draft| draft.value(field, &field.field_type, depth + 1));
        }
        let _ = write!(self.text, "\n{:1$}}}", "", 2 * depth);
        self.around.pop();
    }

    fn value(&mut self, field: &Field, field_type: &FieldType, depth: usize) {
        // A record inside itself ends at the list, the map or the option that leads to it.
        let is_endless = field_type
            .record()
            .is_some_and(|record| self.around.iter().any(|each| std::ptr::eq(*each, record)));
        match field_type {
            FieldType::Optional(_) | FieldType::Record(_) if is_endless => self.text.push_str("null"),
            FieldType::List(_) if is_endless => self.text.push_str("[]"),
            FieldType::Map(_) if is_endless => self.text.push_str("{}"),
            FieldType::Optional(inner) => self.value(field, inner, depth),
            FieldType::List(inner) => self.list(field, inner, depth),
            FieldType::Map(inner) => self.map(field, inner, depth),
            FieldType::Record(inner) => self.record(inner(), depth),
            FieldType::Boolean
            | FieldType::Long
            | FieldType::Double
            | FieldType::String
            | FieldType::Bytes
            | FieldType::File
            | FieldType::Uuid
            | FieldType::DateTime
            | FieldType::Key(_)
            | FieldType::Enum(_) => self.scalar(field, field_type),
        }
    }

    fn list(&mut self, field: &Field, inner: &FieldType, depth: usize) {
        let length = match self.case {
            Case::Empty => 0,
            Case::Full | Case::Defaults => 1,
            Case::Highest | Case::Lowest => 2,
        };
        self.text.push('[');
        for place in 0..length {
            self.text.push_str(if place == 0 { "" } else { ", " });
            self.inside(&format!("[{place}]"), |draft| draft.value(field, inner, depth));
        }
        self.text.push(']');
    }

    fn map(&mut self, field: &Field, inner: &FieldType, depth: usize) {
        // Keys are written in the order of their code points, which is not that of UTF-16.
        let keys: &[&str] = match self.case {
            Case::Empty => &[],
            Case::Full | Case::Defaults => &["name"],
            Case::Highest => &["\u{1d11e}", "\u{fffd}"],
            Case::Lowest => &["", "\"\\\n"],
        };
        self.text.push('{');
        for (place, key) in keys.iter().enumerate() {
            let _ = write!(self.text, "{}{}: ", if place == 0 { "" } else { ", " }, quoted(key));
            self.inside(&format!(".{}", key.escape_debug()), |draft| draft.value(field, inner, depth));
        }
        self.text.push('}');
    }

    fn scalar(&mut self, field: &Field, field_type: &FieldType) {
        let candidates = candidates(field, field_type, self.case);
        let choice = self.values.entry(self.path.clone()).or_default();
        choice.left = candidates.len().saturating_sub(choice.at + 1);
        self.text.push_str(&candidates[choice.at]);
    }

    /// Writes what is one step further.
    fn inside(&mut self, step: &str, write: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        self.path.push_str(step);
        write(self);
        self.path.truncate(length);
    }
}
