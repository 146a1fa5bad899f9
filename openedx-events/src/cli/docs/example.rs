//! Made-up events: [`example`].

use std::fmt::Write as _;

use serde_json::Value;

use crate::AnySignal;
use crate::data::{Field, FieldType, Record};

/// When all of them happened.
const TIME: &str = "2026-01-31T09:30:00+00:00";

/// A made-up event as a CloudEvent in JSON, formatted for people. It is the same in every run, and `send` and `produce` take it.
///
/// `None` if the event refuses what is made up: a type of the program may accept less than its description says.
pub(in crate::cli) fn example(signal: &dyn AnySignal) -> Option<String> {
    let mut data = String::new();
    record(&mut data, signal.record(), 1, &mut Vec::new());
    signal.read_json(&data).ok()?;
    let info = signal.info();
    let mut event = String::from("{\n");
    for (name, value) in [
        ("specversion", "1.0"),
        ("type", info.event_type),
        ("id", &id(info.event_type).to_string()),
        ("source", "openedx/lms/web"),
        ("time", TIME),
    ] {
        let _ = writeln!(event, "  \"{name}\": {},", quoted(value));
    }
    let _ = write!(event, "  \"minorversion\": {},\n  \"data\": {data}\n}}", info.minor_version);
    Some(event)
}

/// A UUID that depends on the event type alone, so that the examples of two events are not taken for duplicates.
fn id(event_type: &str) -> uuid::Uuid {
    let hash = |start: u64| {
        // FNV-1a.
        event_type.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    };
    let (high, low) = (hash(0xcbf2_9ce4_8422_2325), hash(0x6c62_272e_07bb_0142));
    uuid::Builder::from_custom_bytes(((u128::from(high) << 64) | u128::from(low)).to_be_bytes()).into_uuid()
}

fn record(out: &mut String, shown: &'static Record, depth: usize, around: &mut Vec<&'static Record>) {
    around.push(shown);
    out.push_str("{\n");
    for (place, field) in shown.fields.iter().enumerate() {
        let end = if place == 0 { "" } else { ",\n" };
        let _ = write!(out, "{end}{:1$}{2}: ", "", 2 * (depth + 1), quoted(field.name));
        value(out, field, &field.field_type, depth + 1, around);
    }
    let _ = write!(out, "\n{:1$}}}", "", 2 * depth);
    around.pop();
}

fn value(
    out: &mut String,
    field: &Field,
    field_type: &FieldType,
    depth: usize,
    around: &mut Vec<&'static Record>,
) {
    // A record inside itself ends at the list, the map or the option that leads to it.
    let is_endless =
        field_type.record().is_some_and(|record| around.iter().any(|each| std::ptr::eq(*each, record)));
    match field_type {
        FieldType::Optional(_) | FieldType::Record(_) if is_endless => out.push_str("null"),
        FieldType::List(_) if is_endless => out.push_str("[]"),
        FieldType::Map(_) if is_endless => out.push_str("{}"),
        FieldType::Optional(inner) => value(out, field, inner, depth, around),
        FieldType::List(inner) => {
            out.push('[');
            value(out, field, inner, depth, around);
            out.push(']');
        }
        FieldType::Map(inner) => {
            out.push_str("{\"name\": ");
            value(out, field, inner, depth, around);
            out.push('}');
        }
        FieldType::Record(inner) => record(out, inner(), depth, around),
        FieldType::Boolean => out.push_str("true"),
        FieldType::Long => out.push_str(number(field.name)),
        FieldType::Double => out.push_str("0.75"),
        FieldType::String if field.personal && field.name == "name" => out.push_str("\"Ada Lovelace\""),
        FieldType::String => out.push_str(&quoted(&text(field.name))),
        // "example" in base64.
        FieldType::Bytes | FieldType::File => out.push_str("\"ZXhhbXBsZQ==\""),
        FieldType::Uuid => out.push_str(&quoted(&id(field.name).to_string())),
        FieldType::DateTime => out.push_str(&quoted(TIME)),
        FieldType::Key(class) => out.push_str(&quoted(key(class))),
        FieldType::Enum(names) => {
            out.push_str(&quoted(names.variants.first().copied().unwrap_or_default()));
        }
    }
}

fn quoted(text: &str) -> String {
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
