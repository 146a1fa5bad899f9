//! Where two JSON values differ.

use serde_json::Value;

/// The first place where the values differ, and how; `None` if they are the same.
///
/// Unlike `==` it distinguishes 0.0 from -0.0, and 1 from 1.0. The order of members does not count.
pub(crate) fn difference(expected: &Value, found: &Value) -> Option<String> {
    let step = |step: String, difference: String| match difference.strip_prefix('.') {
        Some(rest) => format!(".{step}.{rest}"),
        None => format!(".{step} {difference}"),
    };
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            if let Some(name) = found.keys().find(|name| !expected.contains_key(*name)) {
                return Some(step(name.clone(), "that was not there".to_owned()));
            }
            expected.iter().find_map(|(name, value)| match found.get(name) {
                Some(found) => difference(value, found).map(|difference| step(name.clone(), difference)),
                None => Some(step(name.clone(), "not at all".to_owned())),
            })
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            let mut pairs = expected.iter().zip(found).enumerate();
            pairs.find_map(|(index, (value, found))| {
                difference(value, found).map(|difference| step(index.to_string(), difference))
            })
        }
        (Value::Number(one), Value::Number(other)) if is_same_number(one, other) => None,
        (expected, found) if !expected.is_number() && expected == found => None,
        (expected, found) => Some(format!("as {found} instead of {expected}")),
    }
}

fn is_same_number(one: &serde_json::Number, other: &serde_json::Number) -> bool {
    match (one.is_f64(), other.is_f64()) {
        (true, true) => one.as_f64().map(f64::to_bits) == other.as_f64().map(f64::to_bits),
        (false, false) => one == other,
        _ => false,
    }
}
