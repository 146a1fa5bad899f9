//! The fields of an event as one list: [`Row`].

use crate::data::{Field, FieldType, Record};

/// A field of an event, or of a record in it.
pub(super) struct Row {
    /// From the event on, such as `user.pii.email`. `[]` follows a list and `{}` a map whose records are meant.
    pub(super) path: String,
    pub(super) field: &'static Field,
    /// Whether the field or a record around it is marked as personal data.
    pub(super) is_personal: bool,
    pub(super) is_key: bool,
}

/// The fields in wire order, each record behind the field that holds it. A record inside itself is not opened again.
pub(super) fn rows(record: &'static Record, key: Option<&str>) -> Vec<Row> {
    let mut rows = Vec::new();
    collect(record, "", false, key, &mut vec![record], &mut rows);
    rows
}

fn collect(
    record: &'static Record,
    prefix: &str,
    is_personal: bool,
    key: Option<&str>,
    around: &mut Vec<&'static Record>,
    rows: &mut Vec<Row>,
) {
    for field in record.fields {
        let path = format!("{prefix}{}", field.name);
        let is_personal = is_personal || field.personal;
        let inner = format!("{path}{}.", steps(&field.field_type));
        rows.push(Row { is_key: key == Some(path.as_str()), path, field, is_personal });
        let Some(record) = field.field_type.record() else { continue };
        if around.iter().any(|each| std::ptr::eq(*each, record)) {
            continue;
        }
        around.push(record);
        collect(record, &inner, is_personal, key, around, rows);
        around.pop();
    }
}

/// What leads from a field to the record in it.
fn steps(field_type: &FieldType) -> String {
    match field_type {
        FieldType::Optional(inner) => steps(inner),
        FieldType::List(inner) => format!("[]{}", steps(inner)),
        FieldType::Map(inner) => format!("{{}}{}", steps(inner)),
        FieldType::Boolean
        | FieldType::Long
        | FieldType::Double
        | FieldType::String
        | FieldType::Bytes
        | FieldType::File
        | FieldType::Uuid
        | FieldType::DateTime
        | FieldType::Key(_)
        | FieldType::Enum(_)
        | FieldType::Record(_) => String::new(),
    }
}
