//! Reads schemas from JSON.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};

use super::InvalidSchema;
use super::text::OWN_DEFAULT;
use super::tree::{
    Named, Primitive, RecordField, Tree, Type, full_name, name_problem, namespace_problem, split,
    type_name_problem,
};
use crate::avro::{MAX_DEPTH, MAX_TYPE_DEPTH};

type Result<T> = std::result::Result<T, InvalidSchema>;

/// Maximum length of a schema's JSON. Those of the catalog have at most a few kilobytes.
const MAX_TEXT: usize = 1 << 20;

/// Maximum length of the full name of a type, and of the name of a field. A type has its full name wherever it is used, so
/// that a long namespace would take its memory many times over; and paths consist of names.
const MAX_NAME: usize = 512;

impl Tree {
    /// Reads the JSON of a schema. Names may contain hyphens, as one of upstream's namespaces does.
    pub(crate) fn from_text(text: &str) -> Result<Self> {
        if text.len() > MAX_TEXT {
            let reason = format_args!("{} bytes, where {MAX_TEXT} are the limit", text.len());
            return Err(InvalidSchema::new("", reason));
        }
        let schema = serde_json::from_str(text)
            .map_err(|error| InvalidSchema::new("", format_args!("not JSON: {error}")))?;
        Self::from_json(&schema)
    }

    pub(crate) fn from_json(schema: &Value) -> Result<Self> {
        let mut reader = Reader { named: BTreeMap::new(), depths: BTreeMap::new() };
        let root = reader.any(schema, None, "")?;
        let named = reader.named.into_iter().filter_map(|(name, named)| Some((name, named?))).collect();
        Ok(Self { root, named })
    }
}

struct Reader {
    /// The names defined so far; `None` while the definition is being read, as a record may contain a list of its own
    /// type.
    named: BTreeMap<String, Option<Named>>,
    /// The nesting depth of each record, including itself.
    depths: BTreeMap<String, Depth>,
}

/// How deep types are nested in each other, by name or by place.
#[derive(Clone, Copy, Default)]
struct Depth {
    records: u32,
    /// Types of all kinds.
    types: u32,
}

impl Depth {
    fn max(self, other: Self) -> Self {
        Self { records: self.records.max(other.records), types: self.types.max(other.types) }
    }

    /// The depth of a type that contains this one.
    fn outer(self) -> Self {
        Self { types: self.types + 1, ..self }
    }
}

impl Reader {
    /// Reads the schema at `path`, where names without a namespace belong to `namespace`.
    fn any(&mut self, schema: &Value, namespace: Option<&str>, path: &str) -> Result<Type> {
        match schema {
            Value::String(name) => self.by_name(name, namespace, path),
            Value::Array(branches) => self.union(branches, namespace, path),
            Value::Object(members) => self.object(members, namespace, path),
            _ => Err(InvalidSchema::new(path, "a schema is a string, a list or an object")),
        }
    }

    fn by_name(&self, name: &str, namespace: Option<&str>, path: &str) -> Result<Type> {
        if let Some(primitive) = Primitive::of_name(name) {
            return Ok(Type::Primitive(primitive));
        }
        let full = full_name(namespace, name);
        if self.named.contains_key(&full) {
            return Ok(Type::Named(full));
        }
        let reason = format_args!("the type `{}` is not defined before its use", name.escape_debug());
        Err(InvalidSchema::new(path, reason))
    }

    fn union(&mut self, branches: &[Value], namespace: Option<&str>, path: &str) -> Result<Type> {
        let mut kinds = HashSet::new();
        let branches = branches.iter().enumerate().map(|(index, branch)| {
            let path = item(path, index);
            let branch = self.any(branch, namespace, &path)?;
            let Some(kind) = Kind::of(&branch) else {
                return Err(InvalidSchema::new(&path, "a union in a union"));
            };
            if !kinds.insert(kind) {
                return Err(InvalidSchema::new(&path, "the union has this kind of branch twice"));
            }
            Ok(branch)
        });
        branches.collect::<Result<_>>().map(Type::Union)
    }

    fn object(&mut self, members: &Map<String, Value>, namespace: Option<&str>, path: &str) -> Result<Type> {
        let kind_path = member(path, "type");
        let kind = match required(members, "type", path)? {
            Value::String(kind) => kind.as_str(),
            // A type may be wrapped in an object.
            wrapped => return self.any(wrapped, namespace, &kind_path),
        };
        let mut inner = |name| {
            let inner = required(members, name, path)?;
            self.any(inner, namespace, &member(path, name)).map(Box::new)
        };
        match kind {
            "array" => inner("items").map(Type::Array),
            "map" => inner("values").map(Type::Map),
            "record" | "error" | "enum" | "fixed" => self.definition(kind, members, namespace, path),
            "string" if members.contains_key("symbols") => symbols(members, path).map(Type::StringEnum),
            other => self.by_name(other, namespace, &kind_path),
        }
    }

    fn definition(
        &mut self,
        kind: &str,
        members: &Map<String, Value>,
        namespace: Option<&str>,
        path: &str,
    ) -> Result<Type> {
        let name = self.open(members, namespace, path)?;
        let named = match kind {
            "enum" => enumeration(members, path)?,
            "fixed" => Named::Fixed(size(members, path)?),
            _ => Named::Record(self.fields(members, &name, path)?),
        };
        self.named.insert(name.clone(), Some(named));
        Ok(Type::Named(name))
    }

    /// Starts a definition and returns its full name.
    fn open(&mut self, members: &Map<String, Value>, namespace: Option<&str>, path: &str) -> Result<String> {
        let name = text(members, "name", path)?;
        let namespace = match members.get("namespace") {
            None => namespace,
            Some(_) => Some(text(members, "namespace", path)?),
        };
        let full = full_name(namespace, name);
        check_len(&full, path)?;
        let (namespace, short) = split(&full);
        if let Some(problem) = type_name_problem(short) {
            return Err(invalid_name("name", short, problem, path));
        }
        // It may stand in the name, in `namespace`, or further out.
        let place =
            if members.contains_key("namespace") && !name.contains('.') { "namespace" } else { "name" };
        if let Some((namespace, problem)) = namespace.and_then(|all| Some((all, namespace_problem(all)?))) {
            return Err(invalid_name(place, namespace, problem, path));
        }
        if self.named.insert(full.clone(), None).is_some() {
            let reason = format_args!("the type `{}` is already defined", full.escape_debug());
            return Err(InvalidSchema::new(path, reason));
        }
        Ok(full)
    }

    fn fields(&mut self, members: &Map<String, Value>, record: &str, path: &str) -> Result<Vec<RecordField>> {
        let list = list(members, "fields", path)?;
        let fields_path = member(path, "fields");
        let mut names = HashSet::new();
        let mut fields = Vec::with_capacity(list.len());
        for (index, field) in list.iter().enumerate() {
            let path = item(&fields_path, index);
            let Value::Object(members) = field else {
                return Err(InvalidSchema::new(&path, "a field is an object"));
            };
            let name = text(members, "name", &path)?;
            check_len(name, &path)?;
            if let Some(problem) = name_problem(name) {
                return Err(invalid_name("name", name, problem, &path));
            }
            if !names.insert(name) {
                let reason = format_args!("the record already has a field `{}`", name.escape_debug());
                return Err(InvalidSchema::new(&path, reason));
            }
            let field_type = required(members, "type", &path)?;
            fields.push(RecordField {
                name: name.to_owned(),
                field_type: self.any(field_type, split(record).0, &member(&path, "type"))?,
                default: members.get("default").or_else(|| members.get(OWN_DEFAULT)).cloned(),
            });
        }
        let inner =
            fields.iter().map(|field| self.depth(&field.field_type)).fold(Depth::default(), Depth::max);
        let depth = Depth { records: inner.records + 1, ..inner.outer() };
        // Bounds the depth of every walk through a schema, so that no chain of names exhausts the stack.
        if depth.records > MAX_DEPTH {
            let reason = format_args!("records are nested more than {MAX_DEPTH} deep");
            return Err(InvalidSchema::new(path, reason));
        }
        if depth.types > MAX_TYPE_DEPTH {
            let reason = format_args!("types are nested more than {MAX_TYPE_DEPTH} deep");
            return Err(InvalidSchema::new(path, reason));
        }
        self.depths.insert(record.to_owned(), depth);
        Ok(fields)
    }

    /// Returns the nesting depth of a type. A record that is still being read, and so contains itself,
    /// counts as 0.
    fn depth(&self, of: &Type) -> Depth {
        match of {
            Type::Primitive(_) | Type::StringEnum(_) => Depth::default(),
            Type::Array(inner) | Type::Map(inner) => self.depth(inner).outer(),
            Type::Union(branches) => {
                branches.iter().map(|branch| self.depth(branch)).fold(Depth::default(), Depth::max).outer()
            }
            Type::Named(name) => self.depths.get(name).copied().unwrap_or_default(),
        }
    }
}

/// The kind of a branch, which a union may have only once. All lists are one kind, and so are all maps.
#[derive(PartialEq, Eq, Hash)]
enum Kind {
    Unnamed(&'static str),
    Named(String),
}

impl Kind {
    /// Returns `None` for a union, as unions may not contain unions.
    fn of(branch: &Type) -> Option<Self> {
        match branch {
            Type::Primitive(primitive) => Some(Self::Unnamed(primitive.name())),
            Type::StringEnum(_) => Some(Self::Unnamed(Primitive::String.name())),
            Type::Array(_) => Some(Self::Unnamed("array")),
            Type::Map(_) => Some(Self::Unnamed("map")),
            Type::Named(name) => Some(Self::Named(name.clone())),
            Type::Union(_) => None,
        }
    }
}

fn enumeration(members: &Map<String, Value>, path: &str) -> Result<Named> {
    let symbols = symbols(members, path)?;
    for (index, symbol) in symbols.iter().enumerate() {
        if let Some(problem) = name_problem(symbol) {
            let reason = format_args!("`{}`: a symbol {problem}", symbol.escape_debug());
            return Err(InvalidSchema::new(&item(&member(path, "symbols"), index), reason));
        }
    }
    let default = match members.get("default") {
        None => None,
        Some(Value::String(default)) if symbols.contains(default) => Some(default.clone()),
        Some(_) => return Err(InvalidSchema::new(&member(path, "default"), "is not one of the symbols")),
    };
    Ok(Named::Enum { symbols, default })
}

fn symbols(members: &Map<String, Value>, path: &str) -> Result<Vec<String>> {
    let symbols = list(members, "symbols", path)?.iter().enumerate();
    let mut seen = HashSet::new();
    symbols
        .map(|(index, symbol)| {
            let reason = match symbol {
                Value::String(symbol) if seen.insert(symbol) => return Ok(symbol.clone()),
                Value::String(_) => "duplicate symbol",
                _ => "not a string",
            };
            Err(InvalidSchema::new(&item(&member(path, "symbols"), index), reason))
        })
        .collect()
}

fn size(members: &Map<String, Value>, path: &str) -> Result<usize> {
    let size = required(members, "size", path)?.as_u64().and_then(|size| usize::try_from(size).ok());
    size.ok_or_else(|| InvalidSchema::new(&member(path, "size"), "not a number of bytes"))
}

fn required<'a>(members: &'a Map<String, Value>, name: &str, path: &str) -> Result<&'a Value> {
    members.get(name).ok_or_else(|| InvalidSchema::new(path, format_args!("has no `{name}`")))
}

fn text<'a>(members: &'a Map<String, Value>, name: &str, path: &str) -> Result<&'a str> {
    let text = required(members, name, path)?.as_str();
    text.ok_or_else(|| InvalidSchema::new(&member(path, name), "not a string"))
}

fn list<'a>(members: &'a Map<String, Value>, name: &str, path: &str) -> Result<&'a [Value]> {
    let list = required(members, name, path)?.as_array();
    list.map(Vec::as_slice).ok_or_else(|| InvalidSchema::new(&member(path, name), "not a list"))
}

fn invalid_name(place: &str, name: &str, problem: &str, path: &str) -> InvalidSchema {
    InvalidSchema::new(&member(path, place), format_args!("`{}`: a name {problem}", name.escape_debug()))
}

fn check_len(name: &str, path: &str) -> Result<()> {
    if name.len() <= MAX_NAME {
        return Ok(());
    }
    let reason = format_args!(
        "{} bytes, where {MAX_NAME} are the limit for the name of a type, with its namespace, or field",
        name.len()
    );
    Err(InvalidSchema::new(&member(path, "name"), reason))
}

fn member(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn item(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}
