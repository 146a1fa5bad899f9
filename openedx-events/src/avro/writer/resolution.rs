//! Resolution of data from the writer's schema to ours, by the Avro library.

use apache_avro::Schema as LibrarySchema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;

use crate::avro::Schema;

/// Re-encodes an event with our schema. The bytes must be valid for the writer's schema.
pub(super) fn resolve(writer: &LibrarySchema, ours: &Schema, bytes: &[u8]) -> Result<Vec<u8>, String> {
    let reader = ours.library().map_err(str::to_owned)?;
    by_library(writer, reader, bytes).map_err(|error| error.to_string())
}

fn by_library(
    writer: &LibrarySchema,
    reader: &LibrarySchema,
    mut bytes: &[u8],
) -> Result<Vec<u8>, apache_avro::Error> {
    let value = GenericDatumReader::builder(writer).reader_schema(reader).build()?.read_value(&mut bytes)?;
    GenericDatumWriter::builder(reader).build()?.write_value_to_vec(value)
}
