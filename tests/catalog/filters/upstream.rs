//! Upstream's filters, and how their types are spelled in Rust.

use std::sync::LazyLock;

use serde_json::Value;

use crate::conformance::{list_of, text};

/// All of upstream's filters, by subdomain.
pub(super) fn filters() -> &'static [Value] {
    static CATALOG: LazyLock<Value> =
        LazyLock::new(|| openedx_events_tests::conformance::data("filters.json"));
    list_of(&CATALOG["filters"])
}

/// Those that are declared here: all whose parameters have a type outside of a process with Django.
pub(super) fn portable() -> impl Iterator<Item = &'static Value> {
    filters().iter().filter(|filter| parameters(filter).is_some())
}

/// The names of parameters with their types in Rust; `None` if one of them has no such type.
pub(super) fn parameters(of: &Value) -> Option<Vec<(String, String)>> {
    let typed = |parameter: &Value| {
        let (name, annotation) = (text(&parameter["name"]), text(&parameter["annotation"]));
        Some((name.to_owned(), rust_type(name, annotation)?))
    };
    list_of(&of["parameters"]).iter().map(typed).collect()
}

fn rust_type(name: &str, annotation: &str) -> Option<String> {
    if let Some(inner) = annotation.strip_prefix("Optional[").and_then(|rest| rest.strip_suffix(']')) {
        return Some(format!("Option<{}>", rust_type(name, inner)?));
    }
    let rust_type = match (annotation, name) {
        ("str", _) => "String",
        ("bool", _) => "bool",
        ("float", _) => "f64",
        ("int", "status_code") => "u16",
        ("int", _) => "i64",
        ("dict" | "dict[str, Any]", _) => "Context",
        // Upstream's descriptions say that the tabs are dicts, too.
        ("list[dict]", _) | ("list", "tabs") => "Vec<Context>",
        ("set", "readonly_fields") => "BTreeSet<String>",
        ("datetime", _) => "DateTime<Utc>",
        ("CourseKey", _) => "CourseKey",
        ("QueryDict", _) => "FormData",
        ("HttpResponse", _) => "HttpResponse",
        // Objects of Django, for which the events have data classes.
        ("Any", "user") => "UserData",
        ("Any", "enrollment") => "CourseEnrollmentData",
        ("Any", "current_membership" | "target_cohort") => "CohortData",
        _ => return None,
    };
    Some(rust_type.to_owned())
}
