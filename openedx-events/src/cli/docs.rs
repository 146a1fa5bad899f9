//! `docs`: the reference of all events of the program, as one page.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs;
use std::io::Write;
use std::path::Path;

use clap::ValueEnum;

use super::Failure;
use crate::data::{Field, FieldType, Record};
use crate::{AnySignal, all_events};

/// The form of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Markup {
    /// Markdown, as GitHub shows it.
    #[default]
    Markdown,
}

/// Prints the page, or writes it into a file.
pub(super) fn docs(
    markup: Markup,
    title: &str,
    out: Option<&Path>,
    stdout: &mut dyn Write,
) -> Result<(), Failure> {
    let Markup::Markdown = markup;
    let page = page(title);
    match out {
        None => stdout.write_all(page.as_bytes())?,
        Some(path) => fs::write(path, page)
            .map_err(|error| Failure::Refused(format!("cannot write {}: {error}", path.display())))?,
    }
    Ok(())
}

/// The events by the modules that declare them, each with the records of the module's events.
fn page(title: &str) -> String {
    let mut modules: BTreeMap<&str, Vec<&dyn AnySignal>> = BTreeMap::new();
    for signal in all_events() {
        modules.entry(signal.info().module).or_default().push(*signal);
    }
    let mut page = Page::default();
    page.line(format_args!("# {}\n", text(title)));
    page.line(format_args!(
        "Made by `openedx-events docs --format markdown` from the declarations; not for editing by hand.\n"
    ));
    for (module, signals) in &modules {
        let count = match signals.len() {
            1 => "1 event".to_owned(),
            count => format!("{count} events"),
        };
        page.line(format_args!("- [`{module}`](#{}): {count}", anchor(module, "")));
    }
    for (module, signals) in &modules {
        page.module(module, signals);
    }
    page.0
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, line: fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "{line}");
    }

    fn module(&mut self, module: &str, signals: &[&dyn AnySignal]) {
        self.line(format_args!("\n<a id=\"{}\"></a>\n\n## `{module}`", anchor(module, "")));
        let mut records = Records { module, known: Vec::new() };
        for signal in signals {
            self.event(*signal, &mut records);
        }
        if !records.known.is_empty() {
            self.line(format_args!("\n### Data of `{module}`"));
        }
        // Records may hold others, which join the list while it is gone through.
        let mut next = 0;
        while let Some(&record) = records.known.get(next) {
            self.line(format_args!(
                "\n<a id=\"{}\"></a>\n\n#### `{}`\n",
                records.anchor(record),
                record.name
            ));
            self.paragraphs(record.description);
            self.fields(record, &mut records);
            next += 1;
        }
    }

    fn event(&mut self, signal: &dyn AnySignal, records: &mut Records<'_>) {
        let (info, record) = (signal.info(), signal.record());
        self.line(format_args!("\n### `{}`\n", info.signal_name));
        self.line(format_args!("`{}`\n", info.event_type));
        self.paragraphs(record.description);
        self.line(format_args!("| | |\n|---|---|"));
        self.line(format_args!("| struct | `{}` |", record.name));
        self.line(format_args!("| minor version | {} |", info.minor_version));
        self.line(format_args!(
            "| key | {} |",
            info.key_field.map_or("none".to_owned(), |key| format!("`{key}`"))
        ));
        if let Some(repository) = info.trigger_repository {
            self.line(format_args!("| sent by | {} |", text(repository)));
        }
        if let Some(warning) = info.warning {
            self.line(format_args!("| warning | {} |", text(warning)));
        }
        self.line(format_args!(
            "| personal data | {} |",
            if record.has_personal_data() { "yes" } else { "no" }
        ));
        match signal.schema() {
            Ok(schema) => {
                self.line(format_args!("| event bus | yes |\n| schema | `{}` |", schema.fingerprint()));
            }
            Err(error) => self.line(format_args!("| event bus | no: {} |", text(&error.to_string()))),
        }
        self.line(format_args!(""));
        self.fields(record, records);
    }

    fn fields(&mut self, record: &'static Record, records: &mut Records<'_>) {
        self.line(format_args!("| field | type | default | |\n|---|---|---|---|"));
        for field in record.fields {
            let personal = if field.personal { "**Personal.** " } else { "" };
            let (field_type, default) = (records.linked(field.field_type), default(field));
            let description = text(gist(field.description));
            self.line(format_args!(
                "| `{}` | {field_type} | {default} | {personal}{description} |",
                field.name
            ));
        }
    }

    fn paragraphs(&mut self, description: &str) {
        for paragraph in description.split("\n\n").filter(|paragraph| !paragraph.is_empty()) {
            self.line(format_args!("{}\n", text(paragraph)));
        }
    }
}

/// What stands before the first empty line.
fn gist(description: &str) -> &str {
    description.split("\n\n").next().unwrap_or_default()
}

fn default(field: &Field) -> Cow<'static, str> {
    match field.default {
        Some(default) => match default.to_json() {
            Some(value) => Cow::Owned(format!("`{}`", value.to_string().replace('|', "\\|"))),
            None => Cow::Borrowed("without a form in JSON"),
        },
        None if field.is_required() => Cow::Borrowed(""),
        None => Cow::Borrowed("`null`"),
    }
}

/// The records of a module's events.
struct Records<'a> {
    module: &'a str,
    known: Vec<&'static Record>,
}

impl Records<'_> {
    /// The type in words, with a link to the record in it.
    fn linked(&mut self, field_type: FieldType) -> String {
        let Some(record) = field_type.record() else { return names(field_type) };
        if !self.known.iter().any(|known| is_same(known, record)) {
            self.known.push(record);
        }
        let link = format!("[{}](#{})", record.name, self.anchor(record));
        field_type.to_string().replacen(record.name, &link, 1)
    }

    /// Records of one name are told apart by numbers.
    fn anchor(&self, record: &Record) -> String {
        let same_name = self.known.iter().filter(|known| known.name == record.name);
        let place = same_name.take_while(|known| !is_same(known, record)).count();
        let anchor = anchor(self.module, record.name);
        if place == 0 { anchor } else { format!("{anchor}-{}", place + 1) }
    }
}

/// By what is shown: the address of a record is not the same in all of a program.
fn is_same(one: &Record, other: &Record) -> bool {
    let fields = |record: &Record| -> Vec<_> {
        record
            .fields
            .iter()
            .map(|field| (field.name, field.field_type.to_string(), field.description))
            .collect()
    };
    std::ptr::eq(one, other)
        || (one.name, one.description, fields(one)) == (other.name, other.description, fields(other))
}

/// With what an enum may hold.
fn names(field_type: FieldType) -> String {
    match field_type {
        FieldType::Enum(names) => {
            let variants: Vec<_> =
                names.variants.iter().map(|variant| format!("`{}`", variant.replace('|', "\\|"))).collect();
            format!("{}: {}", names.name, variants.join(", "))
        }
        FieldType::Optional(inner) => format!("{} or null", names(*inner)),
        FieldType::List(inner) => format!("list of {}", names(*inner)),
        FieldType::Map(inner) => format!("map of {}", names(*inner)),
        other => other.to_string(),
    }
}

fn anchor(module: &str, record: &str) -> String {
    format!("{module} {record}").trim().to_lowercase().replace("::", "-").replace([' ', '_'], "-")
}

/// A text on one line, with nothing in it but code that Markdown takes for its own.
fn text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (place, part) in text.split('`').enumerate() {
        let is_code = place % 2 == 1;
        if place > 0 {
            shown.push('`');
        }
        for character in part.chars() {
            match character {
                '\n' => shown.push(' '),
                '|' => shown.push_str("\\|"),
                '<' if !is_code => shown.push_str("&lt;"),
                '*' | '_' if !is_code => shown.extend(['\\', character]),
                other => shown.push(other),
            }
        }
    }
    shown
}
