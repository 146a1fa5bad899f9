//! What upstream's reader makes of defaults.

use serde_json::Value;

/// A record that a receiver in Python received, as it was sent.
///
/// Upstream's reader replaces a falsy value by the default. The peer marks a field that has its default
/// (`$default`): it is right if the default was sent, and if a falsy value was.
pub(crate) fn settled(sent: &Value, received: Value) -> Value {
    match received {
        Value::Object(mut members) => {
            if let Some(default) = members.remove("$default") {
                return if is_falsy(sent) { sent.clone() } else { settled(sent, default) };
            }
            let members = members.into_iter().map(|(name, value)| {
                let value = settled(&sent[&name], value);
                (name, value)
            });
            Value::Object(members.collect())
        }
        Value::Array(items) => {
            items.into_iter().enumerate().map(|(index, item)| settled(&sent[index], item)).collect()
        }
        other => other,
    }
}

/// As Python has it.
fn is_falsy(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(boolean) => !boolean,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::settled;

    #[test]
    fn only_a_falsy_value_is_let_pass_as_a_default() {
        let mark = |value| json!({"a": [{"b": {"$default": value}, "c": 1}]});
        let plain = |value| json!({"a": [{"b": value, "c": 1}]});
        for (sent, default, is_right) in [
            (json!(0), json!(null), true),
            (json!(""), json!(""), true),
            (json!(false), json!(true), true),
            (json!({}), json!(null), true),
            (json!("x"), json!("x"), true),
            (json!("x"), json!(null), false),
            (json!(1), json!(0), false),
            (json!({"x": "y"}), json!({}), false),
        ] {
            assert_eq!(
                settled(&plain(sent.clone()), mark(default)) == plain(sent.clone()),
                is_right,
                "{sent}"
            );
            assert_ne!(settled(&plain(sent), plain(json!("other"))), plain(json!("x")));
        }
    }
}
