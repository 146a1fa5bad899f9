//! The one model of an Avro schema, whoever wrote it: made from our records, or read from JSON.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

/// The name of every event's outer record.
pub(super) const EVENT: &str = "CloudEvent";

/// A schema by its parts, with all names full.
///
/// Documentation, aliases and logical types are not kept: they change neither the bytes nor what can read them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tree {
    pub(crate) root: Type,
    /// By full name. Has each name that a [`Type::Named`] of the schema has.
    pub(crate) named: BTreeMap<String, Named>,
}

/// A type in a schema.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Type {
    Primitive(Primitive),
    /// A string that is one of these: an enum of Rust, which is a plain string to everybody else.
    StringEnum(Vec<String>),
    Array(Box<Type>),
    Map(Box<Type>),
    Union(Vec<Type>),
    /// A type with a name, by its full name.
    Named(String),
}

/// A type without parts.
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

/// A type with a name.
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
    /// What a reader fills in where the writer's schema lacks the field.
    pub(crate) default: Option<Value>,
}

impl Tree {
    /// The definition of a name that a [`Type::Named`] of this schema has.
    pub(crate) fn get(&self, name: &str) -> &Named {
        &self.named[name]
    }

    /// The event type, if it is the schema of an event: the namespace of its outer record.
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

    /// Whether it is a union whose first branch is null, which is the branch that a default belongs to.
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

/// For messages: short names, and no fields.
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

/// The full name of what is called `name` in a namespace.
pub(super) fn full_name(namespace: Option<&str>, name: &str) -> String {
    match namespace {
        Some(namespace) if !name.contains('.') && !namespace.is_empty() => format!("{namespace}.{name}"),
        _ => name.to_owned(),
    }
}

/// A full name's namespace and its last part.
pub(crate) fn split(name: &str) -> (Option<&str>, &str) {
    match name.rsplit_once('.') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, name),
    }
}
