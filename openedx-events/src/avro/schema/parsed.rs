//! Schemas that others have written, read from their JSON.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use crate::avro::Fingerprint;

/// A schema by its parts, with all names full.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parsed {
    pub(crate) root: Node,
    /// Records, enums and fixed types by their full names.
    pub(crate) named: BTreeMap<String, Named>,
}

/// A type in a schema.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    Primitive(Primitive),
    Array(Box<Node>),
    Map(Box<Node>),
    Union(Vec<Node>),
    /// By its full name.
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
    Record(Vec<(String, Node)>),
    Enum(Vec<String>),
    Fixed(usize),
}

/// Why a text is not an Avro schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotASchema(String);

impl NotASchema {
    pub(crate) fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

impl fmt::Display for NotASchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not an Avro schema: {}", self.0)
    }
}

impl std::error::Error for NotASchema {}

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

    pub(crate) fn of_name(name: &str) -> Option<Self> {
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

impl Parsed {
    /// Reads the JSON of a schema. Names may have hyphens, as one of upstream's namespaces has.
    pub(crate) fn of_text(text: &str) -> Result<Self, NotASchema> {
        Self::of_json(&serde_json::from_str(text).map_err(NotASchema::new)?)
    }

    pub(crate) fn of_json(schema: &Value) -> Result<Self, NotASchema> {
        let mut reader = Reader { named: BTreeMap::new(), open: Vec::new() };
        let root = reader.node(schema, "")?;
        Ok(Self { root, named: reader.named })
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.canonical())
    }

    /// The Parsing Canonical Form.
    pub(crate) fn canonical(&self) -> String {
        self.canonical_with(str::to_owned)
    }

    /// The Parsing Canonical Form, with each name changed.
    pub(crate) fn canonical_with(&self, name: fn(&str) -> String) -> String {
        let mut writer = Writer { schema: self, known: Vec::new(), out: String::new(), name };
        writer.node(&self.root);
        writer.out
    }
}

struct Reader {
    named: BTreeMap<String, Named>,
    /// Records that are being read: their fields may hold them.
    open: Vec<String>,
}

impl Reader {
    fn node(&mut self, schema: &Value, namespace: &str) -> Result<Node, NotASchema> {
        match schema {
            Value::String(name) => self.by_name(name, namespace),
            Value::Array(branches) => {
                let branches = branches.iter().map(|branch| self.node(branch, namespace));
                branches.collect::<Result<_, _>>().map(Node::Union)
            }
            Value::Object(members) => self.object(members, namespace),
            other => Err(NotASchema::new(format_args!("{other} is neither a name, a list nor an object"))),
        }
    }

    fn by_name(&self, name: &str, namespace: &str) -> Result<Node, NotASchema> {
        if let Some(primitive) = Primitive::of_name(name) {
            return Ok(Node::Primitive(primitive));
        }
        let full = full_name(name, namespace);
        if self.named.contains_key(&full) || self.open.contains(&full) {
            Ok(Node::Named(full))
        } else {
            Err(NotASchema::new(format_args!("no type `{}` comes before", full.escape_debug())))
        }
    }

    fn object(&mut self, members: &Map<String, Value>, namespace: &str) -> Result<Node, NotASchema> {
        match members.get("type") {
            Some(Value::String(kind)) => match kind.as_str() {
                "array" => self.node(member(members, "items")?, namespace).map(Box::new).map(Node::Array),
                "map" => self.node(member(members, "values")?, namespace).map(Box::new).map(Node::Map),
                "record" | "error" | "enum" | "fixed" => self.named(kind, members, namespace),
                name => self.by_name(name, namespace),
            },
            // A type may stand in an object of its own.
            Some(schema) => self.node(schema, namespace),
            None => Err(NotASchema::new("an object without `type`")),
        }
    }

    fn named(
        &mut self,
        kind: &str,
        members: &Map<String, Value>,
        namespace: &str,
    ) -> Result<Node, NotASchema> {
        let own_namespace = members.get("namespace").and_then(Value::as_str).unwrap_or(namespace);
        let name = full_name(text(member(members, "name")?, "name")?, own_namespace);
        if self.named.contains_key(&name) || self.open.contains(&name) {
            return Err(NotASchema::new(format_args!("`{}` is defined twice", name.escape_debug())));
        }
        let named = match kind {
            "enum" => {
                let symbols = list(member(members, "symbols")?, "symbols")?.iter();
                Named::Enum(
                    symbols
                        .map(|symbol| text(symbol, "symbols").map(str::to_owned))
                        .collect::<Result<_, _>>()?,
                )
            }
            "fixed" => {
                let size = member(members, "size")?;
                let size = size.as_u64().and_then(|size| usize::try_from(size).ok());
                Named::Fixed(size.ok_or_else(|| NotASchema::new("`size` is not a number"))?)
            }
            _ => {
                self.open.push(name.clone());
                let inner = name.rsplit_once('.').map_or("", |(namespace, _)| namespace);
                let fields = list(member(members, "fields")?, "fields")?.iter();
                let fields = fields.map(|field| self.field(field, inner)).collect::<Result<_, _>>()?;
                self.open.pop();
                Named::Record(fields)
            }
        };
        self.named.insert(name.clone(), named);
        Ok(Node::Named(name))
    }

    fn field(&mut self, field: &Value, namespace: &str) -> Result<(String, Node), NotASchema> {
        let Value::Object(members) = field else { return Err(NotASchema::new("a field is no object")) };
        let name = text(member(members, "name")?, "name")?;
        Ok((name.to_owned(), self.node(member(members, "type")?, namespace)?))
    }
}

fn member<'a>(members: &'a Map<String, Value>, name: &str) -> Result<&'a Value, NotASchema> {
    members.get(name).ok_or_else(|| NotASchema::new(format_args!("`{name}` is missing")))
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str, NotASchema> {
    value.as_str().ok_or_else(|| NotASchema::new(format_args!("`{name}` is not a text")))
}

fn list<'a>(value: &'a Value, name: &str) -> Result<&'a [Value], NotASchema> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| NotASchema::new(format_args!("`{name}` is not a list")))
}

fn full_name(name: &str, namespace: &str) -> String {
    if name.contains('.') || namespace.is_empty() { name.to_owned() } else { format!("{namespace}.{name}") }
}

struct Writer<'a> {
    schema: &'a Parsed,
    known: Vec<&'a str>,
    out: String,
    name: fn(&str) -> String,
}

impl<'a> Writer<'a> {
    fn node(&mut self, node: &'a Node) {
        match node {
            Node::Primitive(primitive) => self.quoted(primitive.name()),
            Node::Array(items) => self.holding("array", "items", items),
            Node::Map(values) => self.holding("map", "values", values),
            Node::Union(branches) => {
                self.out.push('[');
                self.each(branches, Self::node);
                self.out.push(']');
            }
            Node::Named(name) => self.named(name),
        }
    }

    fn holding(&mut self, kind: &str, member: &str, inner: &'a Node) {
        self.out.push_str(r#"{"type":"#);
        self.quoted(kind);
        self.out.push(',');
        self.quoted(member);
        self.out.push(':');
        self.node(inner);
        self.out.push('}');
    }

    fn named(&mut self, full_name: &'a str) {
        let shown = (self.name)(full_name);
        let schema = self.schema;
        let (false, Some(named)) = (self.known.contains(&full_name), schema.named.get(full_name)) else {
            self.quoted(&shown);
            return;
        };
        self.known.push(full_name);
        self.out.push_str(r#"{"name":"#);
        self.quoted(&shown);
        self.out.push_str(r#","type":"#);
        match named {
            Named::Record(fields) => {
                self.out.push_str(r#""record","fields":["#);
                self.each(fields, |writer, (name, node)| {
                    writer.out.push_str(r#"{"name":"#);
                    writer.quoted(name);
                    writer.out.push_str(r#","type":"#);
                    writer.node(node);
                    writer.out.push('}');
                });
                self.out.push(']');
            }
            Named::Enum(symbols) => {
                self.out.push_str(r#""enum","symbols":["#);
                self.each(symbols, |writer, symbol| writer.quoted(symbol));
                self.out.push(']');
            }
            Named::Fixed(size) => {
                self.out.push_str(r#""fixed","size":"#);
                self.out.push_str(&size.to_string());
            }
        }
        self.out.push('}');
    }

    fn each<T>(&mut self, items: &'a [T], mut write: impl FnMut(&mut Self, &'a T)) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            write(self, item);
        }
    }

    fn quoted(&mut self, text: &str) {
        self.out.push_str(&Value::from(text).to_string());
    }
}
