//! The values of made-up events.

use serde_json::Value;

use super::Case;
use crate::data::{Field, FieldType};

/// When all of them happened.
pub(super) const TIME: &str = "2026-01-31T09:30:00+00:00";

/// Values of a field or of an item in it as JSON, from the most extreme one to a plausible one.
pub(super) fn candidates(field: &Field, field_type: &FieldType, case: Case) -> Vec<String> {
    let extremes = Extremes::of(field_type);
    let mut values = match case {
        Case::Full | Case::Defaults => Vec::new(),
        Case::Empty => extremes.empty,
        Case::Highest => extremes.highest,
        Case::Lowest => extremes.lowest,
    };
    values.push(plausible(field, field_type));
    values
}

/// Values of a type that few would think of, as JSON; of each kind the most extreme one first.
#[derive(Default)]
struct Extremes {
    empty: Vec<String>,
    highest: Vec<String>,
    lowest: Vec<String>,
}

impl Extremes {
    fn of(field_type: &FieldType) -> Self {
        match field_type {
            FieldType::Boolean => Self::new(Some("false"), "true", "false"),
            // The description of a type does not say how many bits it has, nor whether it has a sign.
            FieldType::Long => Self {
                empty: vec!["0".to_owned()],
                highest: texts([
                    i64::MAX,
                    u32::MAX.into(),
                    i32::MAX.into(),
                    u16::MAX.into(),
                    i16::MAX.into(),
                    i8::MAX.into(),
                ]),
                lowest: texts([i64::MIN, i32::MIN.into(), i16::MIN.into(), i8::MIN.into(), 0]),
            },
            // Not infinite as an `f32`.
            FieldType::Double => Self::new(Some("0.0"), "3e38", "-3e38"),
            FieldType::String => Self::new(
                Some("\"\""),
                // Letters of one to four bytes.
                &quoted("Zo\u{eb} \u{6f22}\u{5b57} \u{1d11e} \u{10ffff}"),
                &quoted("\"\\/\0\t\r\n\u{7f}\u{2028}"),
            ),
            FieldType::Bytes | FieldType::File => Self::new(Some("\"\""), "\"////\"", "\"AAAA\""),
            FieldType::Uuid => Self::new(
                None,
                &quoted(&uuid::Uuid::max().to_string()),
                &quoted(&uuid::Uuid::nil().to_string()),
            ),
            FieldType::DateTime => {
                Self::new(None, "\"9999-12-31T23:59:59.999999+00:00\"", "\"0001-01-01T00:00:00+00:00\"")
            }
            FieldType::Key("CourseKey") => {
                Self::new(None, "\"course-v1:Zo\u{eb}+\u{6f22}\u{5b57}+2026\"", "\"edX/DemoX/2026\"")
            }
            FieldType::Key("UsageKey") => Self::new(
                None,
                "\"block-v1:Zo\u{eb}+\u{6f22}\u{5b57}+2026+type@problem+block@intro\"",
                "\"i4x://edX/DemoX/problem/intro\"",
            ),
            FieldType::Enum(names) => Self {
                highest: names.variants.last().map(|name| quoted(name)).into_iter().collect(),
                ..Self::default()
            },
            FieldType::Key(_)
            | FieldType::Optional(_)
            | FieldType::List(_)
            | FieldType::Map(_)
            | FieldType::Record(_) => Self::default(),
        }
    }

    fn new(empty: Option<&str>, highest: &str, lowest: &str) -> Self {
        let empty = empty.map(str::to_owned).into_iter().collect();
        Self { empty, highest: vec![highest.to_owned()], lowest: vec![lowest.to_owned()] }
    }
}

fn texts<const N: usize>(numbers: [i64; N]) -> Vec<String> {
    numbers.iter().map(i64::to_string).collect()
}

fn plausible(field: &Field, field_type: &FieldType) -> String {
    match field_type {
        FieldType::Boolean => "true".to_owned(),
        FieldType::Long => number(field.name).to_owned(),
        FieldType::Double => "0.75".to_owned(),
        FieldType::String if field.personal && field.name == "name" => quoted("Ada Lovelace"),
        FieldType::String => quoted(&text(field.name)),
        // "example" in base64.
        FieldType::Bytes | FieldType::File => quoted("ZXhhbXBsZQ=="),
        FieldType::Uuid => quoted(&id(field.name).to_string()),
        FieldType::DateTime => quoted(TIME),
        FieldType::Key(class) => quoted(key(class)),
        FieldType::Enum(names) => quoted(names.variants.first().copied().unwrap_or_default()),
        // Their items have values.
        FieldType::Optional(_) | FieldType::List(_) | FieldType::Map(_) | FieldType::Record(_) => {
            "null".to_owned()
        }
    }
}

/// A UUID that depends on the text alone, so that the examples of two events are not taken for duplicates.
pub(super) fn id(text: &str) -> uuid::Uuid {
    let hash = |start: u64| {
        // FNV-1a.
        text.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    };
    let (high, low) = (hash(0xcbf2_9ce4_8422_2325), hash(0x6c62_272e_07bb_0142));
    uuid::Builder::from_custom_bytes(((u128::from(high) << 64) | u128::from(low)).to_be_bytes()).into_uuid()
}

pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn number(name: &str) -> &'static str {
    if name == "id" || name.ends_with("_id") || name.ends_with("_ids") { "42" } else { "3" }
}

/// What is plausible for a field of this name, otherwise the name itself in words.
fn text(name: &str) -> String {
    let known = match name {
        "username" => "ada",
        "email" | "coach_email" => "ada@example.com",
        "name" | "title" | "display_name" => "Introduction to Testing",
        "course_id" | "context_id" | "context_key" => key("CourseKey"),
        "mode" => "audit",
        "status" | "current_status" => "approved",
        "previous_status" => "pending",
        "role" | "roles" => "staff",
        "letter_grade" | "grade" => "A",
        "uuid" => return id(name).to_string(),
        _ if name.ends_with("url") || name.ends_with("urls") => "https://example.com/page",
        _ if name.ends_with("uuid") || name.ends_with("identifier") => return id(name).to_string(),
        _ if name == "id" || name.ends_with("_id") => "42",
        _ => return name.replace('_', " "),
    };
    known.to_owned()
}

fn key(class: &str) -> &'static str {
    match class {
        "UsageKey" => "block-v1:edX+DemoX+2026+type@problem+block@intro",
        "CCXLocator" => "ccx-v1:edX+DemoX+2026+ccx@1",
        "LibraryLocatorV2" => "lib:edX:demo",
        "LibraryUsageLocatorV2" => "lb:edX:demo:problem:intro",
        "LibraryCollectionLocator" => "lib-collection:edX:demo:basics",
        "LibraryContainerLocator" => "lct:edX:demo:unit:welcome",
        // Course keys are the commonest, and other classes are not known here.
        _ => "course-v1:edX+DemoX+2026",
    }
}
