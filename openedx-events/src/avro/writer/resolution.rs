//! From the writer's schema to ours, by a library.

use apache_avro::Schema as LibrarySchema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;

use crate::avro::Schema;

/// The bytes of the same event by our schema. The given ones must be of the writer's.
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
