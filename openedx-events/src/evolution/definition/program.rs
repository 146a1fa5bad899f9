//! The schemas of the program's own events.

use super::{Definition, DefinitionError, Named, Primitive, Type, split};
use crate::avro::Schema;
use crate::data::{FieldType, Record};

impl Definition {
    /// An event's schema with the defaults of its data classes, and with the texts that its enums may be.
    pub(in crate::evolution) fn of_event(
        schema: &Schema,
        record: &'static Record,
    ) -> Result<Self, DefinitionError> {
        let mut definition: Self = schema.to_reader().parse()?;
        let Type::Named(root) = definition.root.clone() else {
            return Err(DefinitionError::new("", "the schema of an event is a record"));
        };
        definition.name_words(&root, record, &mut Vec::new());
        Ok(definition)
    }

    /// Replaces the strings that stand for enums in a record and those inside it, each once.
    fn name_words(&mut self, name: &str, record: &'static Record, seen: &mut Vec<String>) {
        seen.push(name.to_owned());
        for described in record.fields {
            if let Some(variants) = variants(&described.field_type)
                && let Some(Named::Record(fields)) = self.named.get_mut(name)
                && let Some(field) = fields.iter_mut().find(|field| field.name == described.name)
                && let Some(text) = innermost(&mut field.holds)
            {
                *text = Type::Words(variants);
            }
            if let Some(inner) = described.field_type.record() {
                let full = split(name)
                    .0
                    .map_or_else(|| inner.name.to_owned(), |namespace| format!("{namespace}.{}", inner.name));
                if !seen.contains(&full) {
                    self.name_words(&full, inner, seen);
                }
            }
        }
    }
}

/// The string that a type is or holds.
fn innermost(shown: &mut Type) -> Option<&mut Type> {
    match shown {
        Type::Primitive(Primitive::String) => Some(shown),
        Type::Array(inner) | Type::Map(inner) => innermost(inner),
        Type::Union(branches) => branches.iter_mut().find_map(innermost),
        _ => None,
    }
}

fn variants(field_type: &FieldType) -> Option<Vec<String>> {
    match field_type {
        FieldType::Enum(names) => Some(names.variants.iter().map(|&name| name.to_owned()).collect()),
        FieldType::Optional(inner) | FieldType::List(inner) | FieldType::Map(inner) => variants(inner),
        _ => None,
    }
}
