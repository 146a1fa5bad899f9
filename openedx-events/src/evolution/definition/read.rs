//! Schemas from JSON.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};

use crate::avro::MAX_DEPTH;

use super::{Definition, DefinitionError, Field, Named, Primitive, Type, split};

type Result<T> = std::result::Result<T, DefinitionError>;

impl Definition {
    /// A schema from its JSON.
    ///
    /// # Errors
    ///
    /// It is no Avro schema, or has types that no event has (`fixed`), with the place.
    pub fn from_json(schema: &Value) -> Result<Self> {
        let mut parser = Parser { named: BTreeMap::new(), depths: BTreeMap::new() };
        let root = parser.of(schema, None, "")?;
        let named = parser.named.into_iter().filter_map(|(name, named)| Some((name, named?))).collect();
        Ok(Self { root, named })
    }
}

struct Parser {
    /// What was defined so far; `None` while it is being read, as a record may hold a list of its own kind.
    named: BTreeMap<String, Option<Named>>,
    /// How deep records stand inside each record, itself included.
    depths: BTreeMap<String, u32>,
}

impl Parser {
    /// How deep records stand in a type. One that is being read holds its own kind, and has no depth.
    fn depth(&self, of: &Type) -> u32 {
        match of {
            Type::Primitive(_) | Type::Words(_) => 0,
            Type::Array(inner) | Type::Map(inner) => self.depth(inner),
            Type::Union(branches) => branches.iter().map(|branch| self.depth(branch)).max().unwrap_or(0),
            Type::Named(name) => self.depths.get(name).copied().unwrap_or(0),
        }
    }

    fn of(&mut self, schema: &Value, namespace: Option<&str>, path: &str) -> Result<Type> {
        match schema {
            Value::String(name) => self.by_name(name, namespace, path),
            Value::Array(branches) => self.union(branches, namespace, path),
            Value::Object(members) => self.object(members, namespace, path),
            _ => Err(DefinitionError::new(path, "a schema is a text, a list or an object")),
        }
    }

    fn by_name(&self, name: &str, namespace: Option<&str>, path: &str) -> Result<Type> {
        if let Some(primitive) = Primitive::of_name(name) {
            return Ok(Type::Primitive(primitive));
        }
        let full = full_name(name, namespace);
        if self.named.contains_key(&full) {
            return Ok(Type::Named(full));
        }
        Err(DefinitionError::new(
            path,
            format!("there is no type `{}` before this place", name.escape_debug()),
        ))
    }

    fn union(&mut self, branches: &[Value], namespace: Option<&str>, path: &str) -> Result<Type> {
        let mut types: Vec<Type> = Vec::with_capacity(branches.len());
        for (place, branch) in branches.iter().enumerate() {
            let path = format!("{path}[{place}]");
            let branch = self.of(branch, namespace, &path)?;
            if matches!(branch, Type::Union(_)) {
                return Err(DefinitionError::new(&path, "a union in a union"));
            }
            if types.iter().any(|other| is_same_kind(other, &branch)) {
                return Err(DefinitionError::new(&path, "the union has this kind of branch twice"));
            }
            types.push(branch);
        }
        Ok(Type::Union(types))
    }

    fn object(&mut self, members: &Map<String, Value>, namespace: Option<&str>, path: &str) -> Result<Type> {
        let kind_path = member(path, "type");
        let kind = match members.get("type") {
            Some(Value::String(kind)) => kind.as_str(),
            Some(nested @ (Value::Object(_) | Value::Array(_))) => {
                return self.of(nested, namespace, &kind_path);
            }
            _ => return Err(DefinitionError::new(path, "has no `type`")),
        };
        match kind {
            "record" | "error" => self.record(members, namespace, path),
            "enum" => self.enumeration(members, namespace, path),
            "array" => {
                let items = required(members, "items", path)?;
                Ok(Type::Array(Box::new(self.of(items, namespace, &member(path, "items"))?)))
            }
            "map" => {
                let values = required(members, "values", path)?;
                Ok(Type::Map(Box::new(self.of(values, namespace, &member(path, "values"))?)))
            }
            "fixed" => Err(DefinitionError::new(&kind_path, "no event has a type `fixed`")),
            "string" if members.contains_key("symbols") => Ok(Type::Words(symbols(members, path)?)),
            other => self.by_name(other, namespace, &kind_path),
        }
    }

    fn record(&mut self, members: &Map<String, Value>, namespace: Option<&str>, path: &str) -> Result<Type> {
        let name = self.define(members, namespace, path)?;
        let fields_path = member(path, "fields");
        let Value::Array(list) = required(members, "fields", path)? else {
            return Err(DefinitionError::new(&fields_path, "not a list"));
        };
        let mut fields: Vec<Field> = Vec::with_capacity(list.len());
        for (place, field) in list.iter().enumerate() {
            let path = format!("{fields_path}[{place}]");
            let Value::Object(members) = field else {
                return Err(DefinitionError::new(&path, "a field is an object"));
            };
            let field_name = text(members, "name", &path)?;
            if fields.iter().any(|other| other.name == field_name) {
                return Err(DefinitionError::new(
                    &path,
                    format!("the record has a field `{}` before", field_name.escape_debug()),
                ));
            }
            let holds = required(members, "type", &path)?;
            fields.push(Field {
                name: field_name.to_owned(),
                holds: self.of(holds, split(&name).0, &member(&path, "type"))?,
                default: members.get("default").cloned(),
            });
        }
        let depth = 1 + fields.iter().map(|field| self.depth(&field.holds)).max().unwrap_or(0);
        if depth > MAX_DEPTH {
            return Err(DefinitionError::new(
                path,
                format!("records stand more than {MAX_DEPTH} deep inside each other"),
            ));
        }
        self.depths.insert(name.clone(), depth);
        self.named.insert(name.clone(), Some(Named::Record(fields)));
        Ok(Type::Named(name))
    }

    fn enumeration(
        &mut self,
        members: &Map<String, Value>,
        namespace: Option<&str>,
        path: &str,
    ) -> Result<Type> {
        let name = self.define(members, namespace, path)?;
        let symbols = symbols(members, path)?;
        let default = match members.get("default") {
            None => None,
            Some(Value::String(default)) if symbols.contains(default) => Some(default.clone()),
            Some(_) => {
                return Err(DefinitionError::new(&member(path, "default"), "is none of the symbols"));
            }
        };
        self.named.insert(name.clone(), Some(Named::Enum { symbols, default }));
        Ok(Type::Named(name))
    }

    /// The full name of a type that is about to be defined.
    fn define(
        &mut self,
        members: &Map<String, Value>,
        namespace: Option<&str>,
        path: &str,
    ) -> Result<String> {
        let name = text(members, "name", path)?;
        let namespace = match members.get("namespace") {
            None => namespace,
            Some(Value::String(own)) => Some(own.as_str()),
            Some(_) => return Err(DefinitionError::new(&member(path, "namespace"), "not a text")),
        };
        let full = full_name(name, namespace);
        if split(&full).1.is_empty() {
            return Err(DefinitionError::new(&member(path, "name"), "is empty"));
        }
        if self.named.insert(full.clone(), None).is_some() {
            return Err(DefinitionError::new(
                path,
                format!("there is a type `{}` before", full.escape_debug()),
            ));
        }
        Ok(full)
    }
}

fn full_name(name: &str, namespace: Option<&str>) -> String {
    match namespace {
        Some(namespace) if !name.contains('.') && !namespace.is_empty() => format!("{namespace}.{name}"),
        _ => name.to_owned(),
    }
}

/// Whether a union cannot hold both. All lists are of one kind, and so are all maps.
fn is_same_kind(one: &Type, other: &Type) -> bool {
    let is_text = |shown: &Type| matches!(shown, Type::Words(_) | Type::Primitive(Primitive::String));
    match (one, other) {
        (Type::Array(_), Type::Array(_)) | (Type::Map(_), Type::Map(_)) => true,
        (one, other) if is_text(one) => is_text(other),
        (one, other) => one == other,
    }
}

fn symbols(members: &Map<String, Value>, path: &str) -> Result<Vec<String>> {
    let path = member(path, "symbols");
    let Some(Value::Array(list)) = members.get("symbols") else {
        return Err(DefinitionError::new(&path, "not a list"));
    };
    let mut seen = HashSet::new();
    list.iter()
        .enumerate()
        .map(|(place, symbol)| match symbol {
            Value::String(symbol) if seen.insert(symbol) => Ok(symbol.clone()),
            Value::String(_) => Err(DefinitionError::new(&format!("{path}[{place}]"), "is there before")),
            _ => Err(DefinitionError::new(&format!("{path}[{place}]"), "not a text")),
        })
        .collect()
}

fn required<'a>(members: &'a Map<String, Value>, name: &str, path: &str) -> Result<&'a Value> {
    members.get(name).ok_or_else(|| DefinitionError::new(path, format!("has no `{name}`")))
}

fn text<'a>(members: &'a Map<String, Value>, name: &str, path: &str) -> Result<&'a str> {
    required(members, name, path)?
        .as_str()
        .ok_or_else(|| DefinitionError::new(&member(path, name), "not a text"))
}

fn member(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
