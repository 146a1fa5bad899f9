//! Schemas as JSON: for the lock file, and in the form that fingerprints are made of.

use std::collections::HashSet;

use super::{Definition, Named, Type, split};
use crate::evolution::json::{Layout, Node};

impl Definition {
    /// The schema as JSON, one field a line.
    pub(in crate::evolution) fn to_node(&self) -> Node {
        Writer { definition: self, seen: HashSet::new() }.of(&self.root, None)
    }

    /// Avro's Parsing Canonical Form.
    pub(super) fn to_canonical(&self) -> String {
        self.canonical(&self.root, &mut HashSet::new()).to_compact()
    }

    fn canonical<'a>(&'a self, shown: &'a Type, seen: &mut HashSet<&'a str>) -> Node {
        let object = |members| Node::Object(members, Layout::Line);
        match shown {
            Type::Primitive(primitive) => Node::text(primitive.name()),
            Type::Words(_) => Node::text("string"),
            Type::Array(items) => {
                object(vec![("type", Node::text("array")), ("items", self.canonical(items, seen))])
            }
            Type::Map(values) => {
                object(vec![("type", Node::text("map")), ("values", self.canonical(values, seen))])
            }
            Type::Union(branches) => {
                let branches = branches.iter().map(|branch| self.canonical(branch, seen));
                Node::List(branches.collect(), Layout::Line)
            }
            Type::Named(name) if !seen.insert(name) => Node::text(name),
            Type::Named(name) => match self.get(name) {
                Named::Record(fields) => {
                    let fields = fields.iter().map(|field| {
                        let field_type = self.canonical(&field.holds, seen);
                        object(vec![("name", Node::text(&field.name)), ("type", field_type)])
                    });
                    let fields = Node::List(fields.collect(), Layout::Line);
                    object(vec![
                        ("name", Node::text(name)),
                        ("type", Node::text("record")),
                        ("fields", fields),
                    ])
                }
                Named::Enum { symbols, .. } => object(vec![
                    ("name", Node::text(name)),
                    ("type", Node::text("enum")),
                    ("symbols", Node::texts(symbols.iter().map(String::as_str))),
                ]),
            },
        }
    }
}

struct Writer<'a> {
    definition: &'a Definition,
    /// What was written in full.
    seen: HashSet<&'a str>,
}

impl<'a> Writer<'a> {
    fn of(&mut self, shown: &'a Type, namespace: Option<&str>) -> Node {
        let line = |members| Node::Object(members, Layout::Line);
        match shown {
            Type::Primitive(primitive) => Node::text(primitive.name()),
            Type::Words(words) => {
                let words = Node::texts(words.iter().map(String::as_str));
                line(vec![("type", Node::text("string")), ("symbols", words)])
            }
            Type::Array(items) => {
                line(vec![("type", Node::text("array")), ("items", self.of(items, namespace))])
            }
            Type::Map(values) => {
                line(vec![("type", Node::text("map")), ("values", self.of(values, namespace))])
            }
            Type::Union(branches) => {
                Node::List(branches.iter().map(|branch| self.of(branch, namespace)).collect(), Layout::Line)
            }
            Type::Named(name) if self.seen.insert(name) => self.definition_of(name, namespace),
            Type::Named(name) => {
                let (own, short) = split(name);
                Node::text(if own == namespace { short } else { name })
            }
        }
    }

    fn definition_of(&mut self, name: &'a str, namespace: Option<&str>) -> Node {
        let (own, short) = split(name);
        let mut members = vec![("name", Node::text(short))];
        if own != namespace {
            members.push(("namespace", Node::text(own.unwrap_or_default())));
        }
        match self.definition.get(name) {
            Named::Record(fields) => {
                let fields = fields.iter().map(|field| {
                    let mut members =
                        vec![("name", Node::text(&field.name)), ("type", self.of(&field.holds, own))];
                    members.extend(field.default.as_ref().map(|default| ("default", Node::value(default))));
                    Node::Object(members, Layout::Line)
                });
                let fields = Node::List(fields.collect(), Layout::Block);
                members.extend([("type", Node::text("record")), ("fields", fields)]);
                Node::Object(members, Layout::Block)
            }
            Named::Enum { symbols, default } => {
                let symbols = Node::texts(symbols.iter().map(String::as_str));
                members.extend([("type", Node::text("enum")), ("symbols", symbols)]);
                members.extend(default.as_ref().map(|default| ("default", Node::text(default))));
                Node::Object(members, Layout::Line)
            }
        }
    }
}
