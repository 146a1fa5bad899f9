//! The fields that expressions can name, and their types: [`Fields`] and [`Kind`].

use super::parser::{Is, Literal};
use crate::bus::headers;
use crate::data::{Enumeration, FieldType, Record};
use crate::metadata::read_time;
use crate::suggest::nearest;

/// The headers that a path can name behind `metadata.`, and the types of their values.
const METADATA: [(&str, Kind); 7] = [
    (headers::TYPE, Kind::Text),
    (headers::ID, Kind::Text),
    (headers::SOURCE, Kind::Text),
    (headers::TIME, Kind::Time),
    (headers::MINORVERSION, Kind::Long),
    (headers::SOURCEHOST, Kind::Text),
    (headers::SOURCELIB, Kind::Text),
];

/// The depth of the paths that are suggested. Records can contain lists of themselves.
const MAX_DEPTH: usize = 8;

/// The type of a field, as far as its values can be compared. Any of them may be null.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Boolean,
    Long,
    Double,
    Text,
    Enum(&'static Enumeration),
    Time,
    List(&'static FieldType),
    Bytes,
    Map,
    Record(&'static Record),
}

/// Where a path leads.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'a> {
    /// A header of the message.
    Header(&'static str, Kind),
    /// A field of the event's data.
    Data(&'a [String]),
}

/// The records of all events.
pub(super) struct Fields {
    records: Vec<&'static Record>,
}

/// The types that a path has in the events that have it; one at least.
pub(super) struct Kinds {
    path: String,
    kinds: Vec<Kind>,
}

impl<'a> Place<'a> {
    /// The place of a path. `None` if it begins like a path of the metadata, and is none.
    pub(super) fn of(steps: &'a [String]) -> Option<Self> {
        let header = |name: &str| METADATA.into_iter().find(|(header, _)| *header == name);
        match steps {
            [word] if word == headers::TYPE => Some(Self::Header(headers::TYPE, Kind::Text)),
            [metadata, rest @ ..] if metadata == "metadata" => match rest {
                [name] => header(name).map(|(name, kind)| Self::Header(name, kind)),
                _ => None,
            },
            [data, rest @ ..] if data == "data" && !rest.is_empty() => Some(Self::Data(rest)),
            steps => Some(Self::Data(steps)),
        }
    }
}

impl Fields {
    pub(super) fn new(records: impl Iterator<Item = &'static Record>) -> Self {
        Self { records: records.collect() }
    }

    /// The types of a path.
    pub(super) fn of(&self, steps: &[String]) -> Result<Kinds, String> {
        let path = steps.join(".");
        let kinds: Vec<_> = match Place::of(steps) {
            Some(Place::Header(_, kind)) => vec![kind],
            Some(Place::Data(steps)) => {
                self.records.iter().filter_map(|record| Kind::of(record, steps)).collect()
            }
            None => Vec::new(),
        };
        if kinds.is_empty() {
            let all = self.paths();
            let near = nearest(&path, all.iter().map(String::as_str));
            return Err(format!("no event of this program has the field `{}`{near}", path.escape_debug()));
        }
        Ok(Kinds { path, kinds })
    }

    /// All paths, to suggest some of them.
    fn paths(&self) -> Vec<String> {
        let mut paths: Vec<_> = METADATA.iter().map(|(name, _)| format!("metadata.{name}")).collect();
        paths.push(headers::TYPE.to_owned());
        self.records.iter().for_each(|record| collect(record, "", MAX_DEPTH, &mut paths));
        paths.sort_unstable();
        paths.dedup();
        paths
    }
}

fn collect(record: &Record, before: &str, depth: usize, paths: &mut Vec<String>) {
    for field in record.fields {
        let path = format!("{before}{}", field.name);
        match not_null(field.field_type) {
            FieldType::Record(inner) if depth > 0 => collect(inner(), &format!("{path}."), depth - 1, paths),
            _ => paths.push(path),
        }
    }
}

/// The type of a value that is not null.
fn not_null(field_type: FieldType) -> FieldType {
    match field_type {
        FieldType::Optional(inner) => not_null(*inner),
        other => other,
    }
}

impl Kind {
    /// The type of the field at a path of a record, if it has one.
    pub(super) fn of(record: &Record, steps: &[String]) -> Option<Self> {
        let (first, rest) = steps.split_first()?;
        let field = record.fields.iter().find(|field| field.name == first)?;
        Self::inside(field.field_type, rest)
    }

    fn inside(field_type: FieldType, steps: &[String]) -> Option<Self> {
        match (not_null(field_type), steps) {
            (FieldType::Record(record), [_, ..]) => Self::of(record(), steps),
            // Any key.
            (FieldType::Map(inner), [_, rest @ ..]) => Self::inside(*inner, rest),
            (field_type, []) => Some(Self::of_type(field_type)),
            (_, [_, ..]) => None,
        }
    }

    pub(super) fn of_type(field_type: FieldType) -> Self {
        match field_type {
            FieldType::Boolean => Self::Boolean,
            FieldType::Long => Self::Long,
            FieldType::Double => Self::Double,
            FieldType::String | FieldType::Uuid | FieldType::Key(_) => Self::Text,
            FieldType::Enum(names) => Self::Enum(names),
            FieldType::DateTime => Self::Time,
            FieldType::Bytes | FieldType::File => Self::Bytes,
            FieldType::List(inner) => Self::List(inner),
            FieldType::Map(_) => Self::Map,
            FieldType::Record(record) => Self::Record(record()),
            FieldType::Optional(inner) => Self::of_type(*inner),
        }
    }

    /// What is wrong with a question to a field of this type, if anything.
    pub(super) fn problem(self, is: &Is) -> Option<String> {
        if let Is::Equal(Literal::Null) | Is::NotEqual(Literal::Null) = is {
            return None;
        }
        match (self, is) {
            (Self::Bytes, _) => Some("is bytes, which cannot be compared".to_owned()),
            (Self::Map, _) => Some("is a map; name one of its keys".to_owned()),
            (Self::Record(record), _) => {
                let names: Vec<_> = record.fields.iter().map(|field| field.name).collect();
                Some(format!("is a record; name one of its fields: {}", names.join(", ")))
            }
            (Self::List(inner), Is::Containing(literal)) => Self::of_type(*inner)
                .literal_problem(literal)
                .map(|why| format!("is a list; in it, a value {why}")),
            (Self::List(_), _) => Some("is a list; use `contains`".to_owned()),
            (Self::Text | Self::Enum(_), Is::Containing(Literal::Text(_))) => None,
            (kind, Is::Containing(_)) => {
                Some(format!("is {}; `contains` takes text, or a list", kind.name()))
            }
            (
                Self::Boolean | Self::Enum(_),
                Is::Less(_) | Is::LessOrEqual(_) | Is::Greater(_) | Is::GreaterOrEqual(_),
            ) => Some(format!("is {}, which has no order; use `==`, `!=` or `in`", self.name())),
            (kind, is) => is.literals().iter().find_map(|literal| kind.literal_problem(literal)),
        }
    }

    fn literal_problem(self, literal: &Literal) -> Option<String> {
        match (self, literal) {
            (Self::Boolean, Literal::Boolean(_))
            | (Self::Long | Self::Double, Literal::Long(_) | Literal::Double(_))
            | (Self::Text, Literal::Text(_)) => None,
            (Self::Enum(names), Literal::Text(text)) => {
                if names.variants.contains(&text.as_str()) {
                    return None;
                }
                let near = nearest(text, names.variants.iter().copied());
                let near = if near.is_empty() { format!(": {}", names.variants.join(", ")) } else { near };
                Some(format!(
                    "is one of the texts of {}, and never `{}`{near}",
                    names.name,
                    text.escape_debug()
                ))
            }
            (Self::Time, Literal::Text(text)) => {
                let problem = read_time(text).err()?;
                Some(format!("is a time, such as \"2026-01-31T09:30:00+00:00\": {problem}"))
            }
            (kind, literal) => Some(format!("is {}, and never {}", kind.name(), literal.name())),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Boolean => "a boolean",
            Self::Long | Self::Double => "a number",
            Self::Text | Self::Enum(_) => "text",
            Self::Time => "a time",
            Self::List(_) => "a list",
            Self::Bytes => "bytes",
            Self::Map => "a map",
            Self::Record(_) => "a record",
        }
    }
}

impl Literal {
    fn name(&self) -> &'static str {
        match self {
            Self::Null => "null there; compare with `== null`",
            Self::Boolean(_) => "a boolean",
            Self::Long(_) | Self::Double(_) => "a number",
            Self::Text(_) => "text",
        }
    }
}

impl Kinds {
    /// Checks a question: it makes sense for the field of one event at least.
    pub(super) fn check(&self, is: &Is) -> Result<(), String> {
        let problems: Option<Vec<_>> = self.kinds.iter().map(|kind| kind.problem(is)).collect();
        match problems.and_then(|problems| problems.into_iter().next()) {
            Some(problem) => Err(format!("`{}` {problem}", self.path.escape_debug())),
            None => Ok(()),
        }
    }
}
