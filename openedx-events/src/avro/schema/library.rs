//! Conversion of schemas for the Avro library, which resolves foreign schemas.

use std::sync::Arc;

use apache_avro::Schema;
use serde_json::Value;

use super::InvalidSchema;
use super::text::Mode;
use super::tree::Tree;

impl Tree {
    /// The schema that data were written with.
    pub(in crate::avro) fn to_writer(&self) -> Result<Schema, InvalidSchema> {
        Schema::parse_str(&self.to_json(Mode::Library).to_compact())
            .map_err(|error| InvalidSchema::new("", error))
    }

    /// One of our schemas, to resolve such data to. The namespace is left out: one of upstream's is not a valid name,
    /// and resolution only uses the names of fields.
    pub(super) fn to_reader(&self) -> Result<Schema, Arc<str>> {
        let text = self.to_json(Mode::Reader).to_compact();
        let mut schema: Value = serde_json::from_str(&text).map_err(|error| Arc::from(error.to_string()))?;
        if let Value::Object(members) = &mut schema {
            members.remove("namespace");
        }
        Schema::parse(&schema).map_err(|error| Arc::from(error.to_string()))
    }
}
