//! Random schemas, and random changes of them.

use proptest::prelude::*;
use serde_json::{Value, json};

/// A type of random shape. Each record in it has a name of its own, as the library that is the judge takes all that is
/// referred to by one name for the same.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    Primitive(&'static str),
    Nullable(Box<Shape>),
    Union(Vec<&'static str>),
    Array(Box<Shape>),
    Map(Box<Shape>),
    Enum(Vec<&'static str>, bool),
    Record(Vec<Field>),
}

#[derive(Clone, Debug)]
pub(crate) struct Field {
    name: &'static str,
    shape: Shape,
    has_default: bool,
}

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];
const PRIMITIVES: [&str; 7] = ["boolean", "int", "long", "float", "double", "bytes", "string"];
const SYMBOLS: [&str; 4] = ["W", "X", "Y", "Z"];

pub(crate) fn shapes() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        5 => prop::sample::select(&PRIMITIVES).prop_map(Shape::Primitive),
        1 => (prop::sample::subsequence(&SYMBOLS, 1..4).prop_shuffle(), any::<bool>())
            .prop_map(|(symbols, has_default)| Shape::Enum(symbols, has_default)),
        1 => prop::sample::subsequence(&["null", "boolean", "long", "double", "string"], 2..4)
            .prop_shuffle()
            .prop_map(Shape::Union),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let plain = inner.clone().prop_filter("no union in a union", |shape| {
            !matches!(shape, Shape::Nullable(_) | Shape::Union(_))
        });
        prop_oneof![
            2 => plain.prop_map(|shape| Shape::Nullable(Box::new(shape))),
            1 => inner.clone().prop_map(|shape| Shape::Array(Box::new(shape))),
            1 => inner.clone().prop_map(|shape| Shape::Map(Box::new(shape))),
            4 => fields(inner).prop_map(Shape::Record),
        ]
    })
}

fn fields(inner: impl Strategy<Value = Shape>) -> impl Strategy<Value = Vec<Field>> {
    (prop::sample::subsequence(&NAMES, 1..5).prop_shuffle(), prop::collection::vec((inner, any::<bool>()), 5))
        .prop_map(|(names, shapes)| {
            names
                .into_iter()
                .zip(shapes)
                .map(|(name, (shape, has_default))| Field { name, shape, has_default })
                .collect()
        })
}

pub(crate) fn records() -> impl Strategy<Value = Vec<Field>> {
    fields(shapes())
}

/// Two records, the second of which came of the first by a few changes.
pub(crate) fn pairs() -> impl Strategy<Value = (Vec<Field>, Vec<Field>)> {
    let edits = prop::collection::vec((any::<prop::sample::Index>(), 0..6_u8, shapes()), 1..4);
    (records(), edits).prop_map(|(old, edits)| {
        let mut new = old.clone();
        for (index, kind, shape) in edits {
            edit(&mut new, index, kind, shape);
        }
        (old, new)
    })
}

fn edit(fields: &mut Vec<Field>, index: prop::sample::Index, kind: u8, shape: Shape) {
    let place = index.index(fields.len());
    // Inside a record rather than here, for half of the kinds.
    if kind.is_multiple_of(2)
        && let Some(inner) = record_inside(&mut fields[place].shape)
    {
        return edit(inner, index, kind / 2, shape);
    }
    let free = NAMES.into_iter().find(|name| fields.iter().all(|field| field.name != *name));
    match (kind, free) {
        (0, Some(name)) => fields.push(Field { name, shape, has_default: true }),
        (1, Some(name)) => fields.insert(place, Field { name, shape, has_default: false }),
        (2, _) if fields.len() > 1 => {
            fields.remove(place);
        }
        (3, _) => fields.rotate_left(1),
        (4, _) => fields[place].has_default = !fields[place].has_default,
        _ => {
            let field = &mut fields[place];
            field.shape = match std::mem::replace(&mut field.shape, shape) {
                Shape::Nullable(inner) => *inner,
                Shape::Primitive(name) => Shape::Nullable(Box::new(Shape::Primitive(name))),
                _ => return,
            };
        }
    }
}

fn record_inside(shape: &mut Shape) -> Option<&mut Vec<Field>> {
    match shape {
        Shape::Record(fields) => Some(fields),
        Shape::Nullable(inner) | Shape::Array(inner) | Shape::Map(inner) => record_inside(inner),
        _ => None,
    }
}

/// The schema as JSON. Records and enums are named after their place, so that the same place has the same name in both
/// schemas of a pair. Only null is written as a default if `null_alone` is true: what upstream's schemas state.
pub(crate) fn schema(fields: &[Field], null_alone: bool) -> Value {
    record("event", fields, null_alone)
}

fn record(path: &str, fields: &[Field], null_alone: bool) -> Value {
    let fields: Vec<_> = fields
        .iter()
        .map(|field| {
            let mut value = json!({
                "name": field.name,
                "type": of(&format!("{path}_{}", field.name), &field.shape, null_alone),
            });
            let default = default(&field.shape);
            if field.has_default && (default.is_null() || !null_alone) {
                value["default"] = default;
            }
            value
        })
        .collect();
    json!({"name": path, "type": "record", "fields": fields})
}

fn of(path: &str, shape: &Shape, null_alone: bool) -> Value {
    match shape {
        Shape::Primitive(name) => json!(name),
        Shape::Nullable(inner) => json!(["null", of(path, inner, null_alone)]),
        Shape::Union(branches) => json!(branches),
        Shape::Array(items) => json!({"type": "array", "items": of(path, items, null_alone)}),
        Shape::Map(values) => json!({"type": "map", "values": of(path, values, null_alone)}),
        Shape::Enum(symbols, has_default) => {
            let mut value = json!({"name": path, "type": "enum", "symbols": symbols});
            if *has_default {
                value["default"] = json!(symbols[0]);
            }
            value
        }
        Shape::Record(fields) => record(path, fields, null_alone),
    }
}

fn default(shape: &Shape) -> Value {
    match shape {
        Shape::Nullable(_) => Value::Null,
        Shape::Primitive(name) => default_of(name),
        Shape::Union(branches) => default_of(branches[0]),
        Shape::Array(_) => json!([]),
        Shape::Map(_) => json!({}),
        Shape::Enum(symbols, _) => json!(symbols[0]),
        Shape::Record(fields) => {
            fields.iter().map(|field| (field.name.to_owned(), default(&field.shape))).collect()
        }
    }
}

fn default_of(primitive: &str) -> Value {
    match primitive {
        "null" => Value::Null,
        "boolean" => json!(true),
        "int" | "long" => json!(1),
        "float" | "double" => json!(0.5),
        _ => json!("text"),
    }
}
