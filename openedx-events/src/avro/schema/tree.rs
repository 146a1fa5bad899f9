//! The model of an Avro schema, built from our records or read from JSON.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

/// The name of every event's outer record.
pub(super) const EVENT: &str = "CloudEvent";

/// A schema with all names in full.
///
/// Documentation, aliases and logical types are dropped: they affect neither the encoding nor what can read it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tree {
    pub(crate) root: Type,
    /// The definitions by full name; one for each [`Type::Named`] of the schema.
    pub(crate) named: BTreeMap<String, Named>,
}

/// A type in a schema.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Type {
    Primitive(Primitive),
    /// A string that is one of these: a Rust enum, which other readers see as a plain string.
    StringEnum(Vec<String>),
    Array(Box<Type>),
    Map(Box<Type>),
    Union(Vec<Type>),
    /// A named type, by its full name.
    Named(String),
}

/// A primitive type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Primitive {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
}

/// The definition of a named type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Named {
    Record(Vec<RecordField>),
    Enum {
        symbols: Vec<String>,
        default: Option<String>,
    },
    /// This number of bytes.
    Fixed(usize),
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RecordField {
    pub(crate) name: String,
    pub(crate) field_type: Type,
    /// The value that a reader fills in if the writer's schema lacks the field. Of an optional field of ours it may be a value,
    /// which the text of a schema cannot say: there it belongs to the first branch, null.
    pub(crate) default: Option<Value>,
}

impl Tree {
    /// Returns the definition for the name of a [`Type::Named`] of this schema.
    pub(crate) fn get(&self, name: &str) -> &Named {
        &self.named[name]
    }

    /// Returns the event type, which is the namespace of the outer record, if this is the schema of an event.
    pub(crate) fn event_type(&self) -> Option<&str> {
        match &self.root {
            Type::Named(name) => match split(name) {
                (Some(namespace), EVENT) => Some(namespace),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Type {
    pub(crate) const NULL: Self = Self::Primitive(Primitive::Null);

    /// Whether this is a union whose first branch is null, to which a default belongs.
    pub(super) fn is_nullable(&self) -> bool {
        matches!(self, Self::Union(branches) if branches.first() == Some(&Self::NULL))
    }
}

impl Primitive {
    const ALL: [Self; 8] = [
        Self::Null,
        Self::Boolean,
        Self::Int,
        Self::Long,
        Self::Float,
        Self::Double,
        Self::Bytes,
        Self::String,
    ];

    pub(super) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|primitive| primitive.name() == name)
    }

    /// Whether a value of this type is read as the other.
    pub(crate) fn promotes_to(self, to: Self) -> bool {
        use Primitive::{Bytes, Double, Float, Int, Long, String};
        self == to
            || matches!(
                (self, to),
                (Int, Long | Float | Double)
                    | (Long, Float | Double)
                    | (Float, Double)
                    | (String, Bytes)
                    | (Bytes, String)
            )
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Long => "long",
            Self::Float => "float",
            Self::Double => "double",
            Self::Bytes => "bytes",
            Self::String => "string",
        }
    }
}

/// For messages: short names without fields.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Primitive(primitive) => f.write_str(primitive.name()),
            Self::StringEnum(symbols) => write!(f, "one of {}", symbols.join(", ")),
            Self::Array(items) => write!(f, "list of {items}"),
            Self::Map(values) => write!(f, "map of {values}"),
            Self::Union(branches) => {
                for (index, branch) in branches.iter().enumerate() {
                    write!(f, "{}{branch}", if index == 0 { "" } else { " or " })?;
                }
                Ok(())
            }
            Self::Named(name) => f.write_str(split(name).1),
        }
    }
}

/// Returns what is wrong with the name of a record, an enum, a fixed type, a field or a symbol, by Avro's rules.
pub(super) fn name_problem(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("cannot be empty")
    } else if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        Some("can only have ASCII letters, digits and `_`")
    } else if name.starts_with(|first: char| first.is_ascii_digit()) {
        Some("cannot begin with a digit")
    } else {
        None
    }
}

/// Returns what is wrong with the name of a type, which is not that of a primitive one either.
pub(super) fn type_name_problem(name: &str) -> Option<&'static str> {
    name_problem(name)
        .or_else(|| Primitive::of_name(name).is_some().then_some("cannot be that of a primitive type"))
}

/// Returns what is wrong with a namespace. Hyphens are allowed, as one of upstream's has them.
pub(super) fn namespace_problem(namespace: &str) -> Option<&'static str> {
    let parts = namespace.split('.').map(|part| part.replace('-', "_"));
    parts.filter(|_| !namespace.is_empty()).find_map(|part| name_problem(&part))
}

/// Returns the full name of `name` in a namespace.
pub(super) fn full_name(namespace: Option<&str>, name: &str) -> String {
    match namespace {
        Some(namespace) if !name.contains('.') && !namespace.is_empty() => format!("{namespace}.{name}"),
        _ => name.to_owned(),
    }
}

/// Splits a full name into its namespace and its last part.
pub(crate) fn split(name: &str) -> (Option<&str>, &str) {
    match name.rsplit_once('.') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, name),
    }
}
