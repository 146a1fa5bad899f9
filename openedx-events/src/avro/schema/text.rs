//! Writes schemas as JSON.

use std::collections::HashSet;

use serde_json::Value;

use super::json::{Json, Layout};
use super::tree::{EVENT, Named, Primitive, RecordField, Tree, Type, split};
use crate::avro::Fingerprint;

/// The `doc` that upstream writes into the schema of every event.
const DOC: &str = "Avro Event Format for CloudEvents created with openedx_events/schema";

/// The member for a default in the lock that only this crate reads, as Avro's `default` cannot say it.
pub(super) const OWN_DEFAULT: &str = "own_default";

/// Selects the format of names and the optional members that are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// As upstream: with documentation, and no default but the null of optional fields.
    Upstream,
    /// As upstream, with all defaults that every library reads alike: the schema for reading foreign data.
    Reader,
    /// With all defaults and the symbols of Rust enums.
    Lock,
    /// Avro's Parsing Canonical Form: full names, no defaults, no documentation.
    Canonical,
}

impl Tree {
    pub(crate) fn to_json(&self, mode: Mode) -> Json {
        Writer { tree: self, mode, defined: HashSet::new() }.of(&self.root, None)
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.to_json(Mode::Canonical).to_compact())
    }
}

struct Writer<'a> {
    tree: &'a Tree,
    mode: Mode,
    /// The names whose definitions have been written.
    defined: HashSet<&'a str>,
}

impl<'a> Writer<'a> {
    /// Writes a type where short names belong to `namespace`.
    fn of(&mut self, shown: &'a Type, namespace: Option<&str>) -> Json {
        match shown {
            Type::Primitive(primitive) => Json::string(primitive.name()),
            Type::StringEnum(symbols) if self.mode == Mode::Lock => line([
                ("type", Json::string("string")),
                ("symbols", Json::strings(symbols.iter().map(String::as_str))),
            ]),
            Type::StringEnum(_) => Json::string("string"),
            Type::Array(items) => {
                line([("type", Json::string("array")), ("items", self.of(items, namespace))])
            }
            Type::Map(values) => {
                line([("type", Json::string("map")), ("values", self.of(values, namespace))])
            }
            Type::Union(branches) => {
                Json::list(branches.iter().map(|branch| self.of(branch, namespace)).collect(), Layout::Line)
            }
            Type::Named(name) if self.defined.insert(name) => self.definition(name, namespace),
            Type::Named(name) => self.name(name, namespace),
        }
    }

    fn name(&self, full: &str, namespace: Option<&str>) -> Json {
        match self.mode {
            Mode::Canonical => Json::string(full),
            Mode::Upstream | Mode::Reader | Mode::Lock => match split(full) {
                (own, short) if own == namespace => Json::string(short),
                _ => Json::string(full),
            },
        }
    }

    fn definition(&mut self, name: &'a str, namespace: Option<&str>) -> Json {
        let (own, short) = split(name);
        let other_namespace =
            (own != namespace).then(|| ("namespace", Json::string(own.unwrap_or_default())));
        let as_upstream = matches!(self.mode, Mode::Upstream | Mode::Reader);
        let mut members = vec![("name", self.name(name, own))];
        if self.mode == Mode::Lock {
            members.extend(other_namespace.clone());
        }
        let layout = match self.tree.get(name) {
            Named::Record(fields) => {
                members.push(("type", Json::string("record")));
                if as_upstream && short == EVENT {
                    members.push(("doc", Json::string(DOC)));
                }
                let fields = fields.iter().map(|field| self.field(field, own)).collect();
                members.push(("fields", Json::list(fields, Layout::Block)));
                Layout::Block
            }
            Named::Enum { symbols, default } => {
                let symbols = Json::strings(symbols.iter().map(String::as_str));
                members.extend([("type", Json::string("enum")), ("symbols", symbols)]);
                let default = default.as_deref().filter(|_| self.has_defaults());
                members.extend(default.map(|default| ("default", Json::string(default))));
                Layout::Line
            }
            Named::Fixed(size) => {
                members.extend([("type", Json::string("fixed")), ("size", Json::from(&Value::from(*size)))]);
                Layout::Line
            }
        };
        if as_upstream {
            members.extend(other_namespace);
        }
        Json::object(members, layout)
    }

    fn field(&mut self, field: &'a RecordField, namespace: Option<&str>) -> Json {
        let RecordField { name, field_type, default } = field;
        let mut members = vec![("name", Json::string(name)), ("type", self.of(field_type, namespace))];
        let is_shown = self.has_defaults() || self.mode == Mode::Upstream && field_type.is_nullable();
        let default = default.as_ref().filter(|_| is_shown);
        let default = default.and_then(|value| {
            let name = match self.mode {
                _ if self.is_portable(field_type, value) => "default",
                Mode::Lock => OWN_DEFAULT,
                _ => return None,
            };
            Some((name, Json::from(value)))
        });
        members.extend(default);
        Json::object(members, Layout::Line)
    }

    /// Whether every Avro library reads the default as this value.
    fn is_portable(&self, shown: &Type, value: &Value) -> bool {
        match (shown, value) {
            // The default of a union belongs to its first branch.
            (Type::Union(branches), value) => match branches.first() {
                Some(Type::Primitive(Primitive::Null)) => value.is_null(),
                Some(first) => self.is_portable(first, value),
                None => true,
            },
            // Some libraries take the UTF-8 bytes of the text.
            (Type::Primitive(Primitive::Bytes), Value::String(text)) => text.is_ascii(),
            (Type::Array(items), Value::Array(values)) => {
                values.iter().all(|value| self.is_portable(items, value))
            }
            (Type::Map(values), Value::Object(entries)) => {
                entries.values().all(|value| self.is_portable(values, value))
            }
            (Type::Named(name), Value::Object(members)) => match self.tree.get(name) {
                Named::Record(fields) => fields.iter().all(|field| {
                    members.get(&field.name).is_none_or(|value| self.is_portable(&field.field_type, value))
                }),
                _ => true,
            },
            _ => true,
        }
    }

    /// Whether all defaults are written.
    fn has_defaults(&self) -> bool {
        matches!(self.mode, Mode::Reader | Mode::Lock)
    }
}

fn line<const N: usize>(members: [(&'static str, Json); N]) -> Json {
    Json::object(members.into(), Layout::Line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_keeps_defaults_that_avro_cannot_say() {
        let schema = |default| {
            format!(
                r#"{{"name": "org.example.Photo", "type": "record", "fields": [
                    {{"name": "stars", "type": ["null", "long"], "{default}": 3}},
                    {{"name": "picture", "type": "bytes", "{default}": "\u00ff"}},
                    {{"name": "width", "type": "long", "default": 7}}
                ]}}"#
            )
        };
        let tree = Tree::from_text(&schema("default")).expect("a schema");
        assert_eq!(Tree::from_text(&schema(OWN_DEFAULT)).expect("a schema"), tree);
        let lock = tree.to_json(Mode::Lock).to_compact();
        assert_eq!(lock.matches(OWN_DEFAULT).count(), 2, "{lock}");
        assert_eq!(Tree::from_text(&lock).expect("a schema"), tree);
        let reader = tree.to_json(Mode::Reader).to_compact();
        assert_eq!(reader.matches("default").count(), 1, "{reader}");
    }
}
