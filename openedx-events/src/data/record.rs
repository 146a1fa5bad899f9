//! Descriptions of records, from which schemas are built and which `describe` prints.

use super::default::FieldDefault;

/// A record's name, description and fields.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Record {
    /// The struct's name, which is the record's name in Avro.
    pub name: &'static str,
    /// The struct's doc comment, empty if it has none.
    pub description: &'static str,
    /// The fields in wire order; at least one.
    pub fields: &'static [Field],
}

impl Record {
    /// Creates a record. Called by `#[derive(EventData)]`.
    pub const fn new(name: &'static str, description: &'static str, fields: &'static [Field]) -> Self {
        Self { name, description, fields }
    }

    /// Whether the record or a nested one contains personal data.
    pub fn has_personal_data(&self) -> bool {
        self.any_field(&mut Vec::new(), &|field| field.personal)
    }

    /// Searches the fields of this record and nested ones, each record once: a record may contain a list of its own
    /// type.
    fn any_field(&self, seen: &mut Vec<&'static Record>, wanted: &dyn Fn(&Field) -> bool) -> bool {
        self.fields.iter().any(|field| {
            wanted(field)
                || field.field_type.record().is_some_and(|inner| {
                    // Compared by address, as two records may have the same short name.
                    if seen.iter().any(|each| std::ptr::eq(*each, inner)) {
                        return false;
                    }
                    seen.push(inner);
                    inner.any_field(seen, wanted)
                })
        })
    }
}

/// One field of a [`Record`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Field {
    /// The field's name, without `r#`.
    pub name: &'static str,
    /// The field's doc comment, empty if it has none.
    pub description: &'static str,
    /// The type of the field.
    pub field_type: FieldType,
    /// Whether the field or its record is marked `#[event_data(pii)]`.
    pub personal: bool,
    /// The default (`#[event_data(default)]`), used if the JSON or the writer's schema lacks the field.
    pub default: Option<FieldDefault>,
}

impl Field {
    /// Creates a field. Called by `#[derive(EventData)]`.
    pub const fn new(name: &'static str, description: &'static str, field_type: FieldType) -> Self {
        Self { name, description, field_type, personal: false, default: None }
    }

    /// Marks the field as personal data.
    pub const fn personal(self) -> Self {
        Self { personal: true, ..self }
    }

    /// Sets the default of the field.
    pub const fn defaulted(self, default: fn() -> Option<serde_json::Value>) -> Self {
        Self { default: Some(FieldDefault::new(default)), ..self }
    }

    /// Whether the field is required: it has no default and is not optional.
    pub const fn is_required(&self) -> bool {
        self.default.is_none() && !matches!(self.field_type, FieldType::Optional(_))
    }
}

/// The type of a field.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum FieldType {
    /// `true` or `false`.
    Boolean,
    /// A signed integer of at most 64 bits.
    Long,
    /// A 64-bit float.
    Double,
    /// Text.
    String,
    /// Bytes; base64 text in JSON.
    Bytes,
    /// The content of a file; base64 text in JSON.
    File,
    /// A UUID, as text.
    Uuid,
    /// A datetime, as ISO 8601 text.
    DateTime,
    /// An opaque key of this class, as text.
    Key(&'static str),
    /// An enum, as text.
    Enum(&'static Enumeration),
    /// A value or null.
    Optional(&'static FieldType),
    /// A list.
    List(&'static FieldType),
    /// A map with text keys, written in key order.
    Map(&'static FieldType),
    /// A nested record. A function, so that a record may contain a list of its own type.
    Record(fn() -> &'static Record),
}

impl FieldType {
    /// Returns the record that the type is or contains: `T` for `T`, `Option<T>`, `Vec<T>` and maps of `T`.
    pub fn record(&self) -> Option<&'static Record> {
        match self {
            Self::Record(record) => Some(record()),
            Self::Optional(inner) | Self::List(inner) | Self::Map(inner) => inner.record(),
            Self::Boolean
            | Self::Long
            | Self::Double
            | Self::String
            | Self::Bytes
            | Self::File
            | Self::Uuid
            | Self::DateTime
            | Self::Key(_)
            | Self::Enum(_) => None,
        }
    }

    /// Returns the enum that the type is or contains, as [`record`](Self::record) does the record.
    #[cfg(feature = "cli")]
    pub(crate) fn enumeration(&self) -> Option<&'static Enumeration> {
        match self {
            Self::Enum(names) => Some(names),
            Self::Optional(inner) | Self::List(inner) | Self::Map(inner) => inner.enumeration(),
            Self::Boolean
            | Self::Long
            | Self::Double
            | Self::String
            | Self::Bytes
            | Self::File
            | Self::Uuid
            | Self::DateTime
            | Self::Key(_)
            | Self::Record(_) => None,
        }
    }
}

impl std::fmt::Display for FieldType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Boolean => f.write_str("boolean"),
            Self::Long => f.write_str("long"),
            Self::Double => f.write_str("double"),
            Self::String => f.write_str("string"),
            Self::Bytes => f.write_str("bytes"),
            Self::File => f.write_str("file"),
            Self::Uuid => f.write_str("UUID"),
            Self::DateTime => f.write_str("datetime"),
            Self::Key(class) => f.write_str(class),
            Self::Enum(names) => f.write_str(names.name),
            Self::Optional(inner) => write!(f, "{inner} or null"),
            Self::List(inner) => write!(f, "list of {inner}"),
            Self::Map(inner) => write!(f, "map of {inner}"),
            Self::Record(record) => f.write_str(record().name),
        }
    }
}

/// The description of an enum.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Enumeration {
    /// The enum's name.
    pub name: &'static str,
    /// The enum's doc comment, empty if it has none.
    pub description: &'static str,
    /// The texts of the variants, in declaration order.
    pub variants: &'static [&'static str],
}

impl Enumeration {
    /// Creates an enumeration. Called by `#[derive(EventData)]`.
    pub const fn new(
        name: &'static str,
        description: &'static str,
        variants: &'static [&'static str],
    ) -> Self {
        Self { name, description, variants }
    }
}
