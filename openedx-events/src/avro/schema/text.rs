//! Schemas as JSON.

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::shape::{EVENT, FieldShape, Shape};

/// What upstream writes into the `doc` of every event's schema.
const DOC: &str = "Avro Event Format for CloudEvents created with openedx_events/schema";

/// What is said of the types, and what is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// As upstream has it.
    Writer,
    /// As upstream has it, with all defaults.
    Reader,
    /// Avro's Parsing Canonical Form: full names, no defaults, no documentation.
    Canonical,
}

/// The schema of an event, as JSON in one of the styles.
#[derive(Clone, Copy)]
pub(super) struct Styled<'a> {
    pub(super) event_type: &'static str,
    pub(super) shape: &'a Shape,
    pub(super) style: Style,
}

impl Styled<'_> {
    pub(super) fn compact(self) -> String {
        serde_json::to_string(&self).unwrap_or_else(|error| unreachable!("{NO_REFUSAL}: {error}"))
    }

    pub(super) fn pretty(self) -> String {
        serde_json::to_string_pretty(&self).unwrap_or_else(|error| unreachable!("{NO_REFUSAL}: {error}"))
    }

    fn with<'a>(&self, shape: &'a Shape) -> Styled<'a> {
        Styled { shape, ..*self }
    }

    /// In the canonical form all names are full.
    fn name(&self, name: &str) -> String {
        match self.style {
            Style::Canonical => format!("{}.{name}", self.event_type),
            Style::Writer | Style::Reader => name.to_owned(),
        }
    }
}

/// All that is written is text, lists, and objects with text for keys.
const NO_REFUSAL: &str = "serde_json refuses no schema";

impl Serialize for Styled<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.shape {
            Shape::Primitive(name) => serializer.serialize_str(name),
            Shape::Known(name) => serializer.serialize_str(&self.name(name)),
            Shape::Nullable(inner) => {
                serializer.collect_seq([self.with(&Shape::Primitive("null")), self.with(inner)])
            }
            Shape::Array(items) => members(serializer, "array", "items", &self.with(items)),
            Shape::Map(values) => members(serializer, "map", "values", &self.with(values)),
            Shape::Record(name, fields) => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("name", &self.name(name))?;
                map.serialize_entry("type", "record")?;
                let is_event = *name == EVENT && self.style != Style::Canonical;
                if is_event {
                    map.serialize_entry("doc", DOC)?;
                }
                let fields: Vec<_> = fields.iter().map(|field| StyledField { field, outer: *self }).collect();
                map.serialize_entry("fields", &fields)?;
                if is_event {
                    map.serialize_entry("namespace", self.event_type)?;
                }
                map.end()
            }
        }
    }
}

fn members<S: Serializer>(
    serializer: S,
    kind: &str,
    name: &str,
    inner: &Styled<'_>,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(2))?;
    map.serialize_entry("type", kind)?;
    map.serialize_entry(name, inner)?;
    map.end()
}

struct StyledField<'a> {
    field: &'a FieldShape,
    outer: Styled<'a>,
}

impl Serialize for StyledField<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let FieldShape { name, shape, default } = self.field;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", name)?;
        map.serialize_entry("type", &self.outer.with(shape))?;
        let is_shown = match self.outer.style {
            Style::Writer => shape.is_nullable(),
            Style::Reader => true,
            Style::Canonical => false,
        };
        if let (Some(default), true) = (default, is_shown) {
            map.serialize_entry("default", default)?;
        }
        map.end()
    }
}
