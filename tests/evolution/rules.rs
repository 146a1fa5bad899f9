//! Each rule: when it is found, where, and what it breaks for whom.

use std::collections::BTreeSet;

use openedx_events::evolution::{Rule, compare};
use serde_json::{Value, json};

use crate::schemas::{definition, short};

/// The changes from one record to another; `tail` comes after the record's fields if it exists.
fn changes(old: &Value, new: &Value, tail: Option<&Value>) -> Vec<String> {
    let schema = |fields: &Value| {
        let mut outer = vec![json!({"name": "d", "type": {"name": "D", "type": "record", "fields": fields}})];
        outer.extend(tail.cloned());
        definition(&json!({"name": "E", "type": "record", "fields": outer}))
    };
    compare(&schema(old), &schema(new)).iter().map(short).collect()
}

fn field(name: &str, holds: &Value) -> Value {
    json!({"name": name, "type": holds})
}

fn with_default(name: &str, holds: &Value, default: &Value) -> Value {
    json!({"name": name, "type": holds, "default": default})
}

/// The changes of the type of a field that others follow.
fn type_changes(old: &Value, new: &Value) -> Vec<String> {
    let fields = |holds| json!([field("a", holds), field("z", &json!("long"))]);
    changes(&fields(old), &fields(new), None)
}

#[track_caller]
fn assert_type(old: &Value, new: &Value, expected: &[&str]) {
    assert_eq!(type_changes(old, new), expected, "{old} to {new}");
}

#[test]
fn nothing_has_changed() {
    let fields =
        json!([field("a", &json!(["null", "string"])), with_default("b", &json!("long"), &json!(1))]);
    assert_eq!(changes(&fields, &fields, None), [""; 0]);
}

#[test]
fn fields_that_are_added() {
    let (a, b) = (field("a", &json!("long")), field("b", &json!("long")));
    let defaulted = with_default("n", &json!("boolean"), &json!(true));
    let nullable = with_default("n", &json!(["null", "long"]), &json!(null));
    let required = field("n", &json!("long"));
    let cases = [
        // At the end of the event, where readers by position leave it alone; before that they take it for another.
        (json!([a, b, required]), "FIELD_ADDED_WITHOUT_DEFAULT d.n b:rkp f:"),
        (json!([a, required, b]), "FIELD_ADDED_WITHOUT_DEFAULT d.n b:rkp f:p"),
        // Upstream's readers fill in null and nothing else.
        (json!([a, b, defaulted]), "FIELD_ADDED_WITH_DEFAULT d.n b:kp f:"),
        (json!([a, defaulted, b]), "FIELD_ADDED_WITH_DEFAULT d.n b:kp f:p"),
        (json!([a, b, nullable]), "FIELD_ADDED_WITH_DEFAULT d.n b:p f:"),
        (json!([nullable, a, b]), "FIELD_ADDED_WITH_DEFAULT d.n b:p f:p"),
    ];
    for (new, expected) in cases {
        assert_eq!(changes(&json!([a, b]), &new, None), [expected]);
    }
    // The end of a record is not the end of the event.
    let tail = field("tail", &json!("string"));
    assert_eq!(
        changes(&json!([a, b]), &json!([a, b, nullable]), Some(&tail)),
        ["FIELD_ADDED_WITH_DEFAULT d.n b:p f:p"]
    );
}

#[test]
fn fields_that_are_removed() {
    let (a, b) = (field("a", &json!("long")), field("b", &json!("long")));
    let defaulted = with_default("n", &json!("boolean"), &json!(true));
    let nullable = with_default("n", &json!(["null", "long"]), &json!(null));
    let required = field("n", &json!("long"));
    let cases = [
        (json!([a, b, required]), "FIELD_REMOVED_WITHOUT_DEFAULT d.n b: f:rkp"),
        (json!([a, required, b]), "FIELD_REMOVED_WITHOUT_DEFAULT d.n b:p f:rkp"),
        (json!([a, b, defaulted]), "FIELD_REMOVED_WITH_DEFAULT d.n b: f:kp"),
        (json!([a, nullable, b]), "FIELD_REMOVED_WITH_DEFAULT d.n b:p f:p"),
    ];
    for (old, expected) in cases {
        assert_eq!(changes(&old, &json!([a, b]), None), [expected]);
    }
}

#[test]
fn a_renamed_field_is_another_one() {
    let (a, b, c) = (field("a", &json!("long")), field("b", &json!("long")), field("c", &json!("long")));
    assert_eq!(
        changes(&json!([a, b]), &json!([a, c]), None),
        ["FIELD_ADDED_WITHOUT_DEFAULT d.c b:rkp f:p", "FIELD_REMOVED_WITHOUT_DEFAULT d.b b:p f:rkp"]
    );
}

#[test]
fn fields_in_another_order() {
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| field(name, &json!("long")));
    // The fewest that must have moved.
    assert_eq!(changes(&json!([a, b, c, d]), &json!([d, a, b, c]), None), ["FIELD_REORDERED d.d b:p f:p"]);
    assert_eq!(
        changes(&json!([a, b, c, d]), &json!([a, c, b, d]), None).len(),
        1,
        "either of the two has moved"
    );
    assert_eq!(changes(&json!([a, b, c]), &json!([c, b, a]), None).len(), 2);
    // What is inserted or taken out moves nobody.
    assert_eq!(
        changes(&json!([a, b, c]), &json!([b, d, c]), None),
        ["FIELD_ADDED_WITHOUT_DEFAULT d.d b:rkp f:p", "FIELD_REMOVED_WITHOUT_DEFAULT d.a b:p f:rkp"]
    );
}

#[test]
fn types_of_one_value() {
    let s = |name: &str| json!(name);
    assert_type(&s("long"), &s("string"), &["TYPE_CHANGED d.a b:rkp f:rkp"]);
    assert_type(&s("boolean"), &s("long"), &["TYPE_CHANGED d.a b:rkp f:rkp"]);
    // The bytes of whole numbers are the same, those of others are not.
    assert_type(&s("int"), &s("long"), &["TYPE_PROMOTED d.a b: f:rkp"]);
    assert_type(&s("long"), &s("int"), &["TYPE_NARROWED d.a b:rkp f:"]);
    assert_type(&s("long"), &s("double"), &["TYPE_PROMOTED d.a b:p f:rkp"]);
    assert_type(&s("double"), &s("float"), &["TYPE_NARROWED d.a b:rkp f:p"]);
    assert_type(&s("string"), &s("bytes"), &["TYPE_PROMOTED d.a b: f:"]);
    let list = json!({"type": "array", "items": "long"});
    assert_type(&s("long"), &list, &["TYPE_CHANGED d.a b:rkp f:rkp"]);
    assert_type(&list, &json!({"type": "map", "values": "long"}), &["TYPE_CHANGED d.a b:rkp f:rkp"]);
    assert_type(&list, &json!({"type": "array", "items": "string"}), &["TYPE_CHANGED d.a[] b:rkp f:rkp"]);
}

#[test]
fn values_that_may_be_null() {
    let (plain, nullable) = (json!("string"), json!(["null", "string"]));
    assert_type(&plain, &nullable, &["NULLABLE_ADDED d.a b:p f:rkp"]);
    assert_type(&nullable, &plain, &["NULLABLE_REMOVED d.a b:rkp f:p"]);
    assert_type(&nullable, &json!(["null", "long"]), &["TYPE_CHANGED d.a b:rkp f:rkp"]);
    assert_type(&json!("long"), &nullable, &["NULLABLE_ADDED d.a b:p f:rkp", "TYPE_CHANGED d.a b:rkp f:rkp"]);
    // Null first or last: by position they are each other.
    assert_type(&nullable, &json!(["string", "null"]), &["UNION_CHANGED d.a b:p f:p"]);
    // A value that was nothing but null.
    assert_type(&json!("null"), &nullable, &["UNION_CHANGED d.a b:p f:rkp"]);
}

#[test]
fn other_unions() {
    let union = json!(["null", "string", "long"]);
    assert_type(&json!(["string", "long"]), &union, &["UNION_CHANGED d.a b:p f:rkp"]);
    assert_type(&union, &json!(["long", "string"]), &["UNION_CHANGED d.a b:rkp f:p"]);
    assert_type(&union, &union, &[]);
    assert_type(&json!("int"), &json!(["string", "double"]), &["UNION_CHANGED d.a b:p f:rkp"]);
}

#[test]
fn lists_and_maps_of_records_and_records_in_unions() {
    let record = |fields: &Value| json!({"name": "R", "type": "record", "fields": fields});
    let (old, new) = (
        record(&json!([{"name": "x", "type": "long"}])),
        record(&json!([{"name": "x", "type": "long"}, {"name": "y", "type": "long", "default": 0}])),
    );
    let wrap = |inner: &Value| json!({"type": "map", "values": {"type": "array", "items": ["null", inner]}});
    assert_type(&wrap(&old), &wrap(&new), &["FIELD_ADDED_WITH_DEFAULT d.a{}[].y b:kp f:p"]);
}

#[test]
fn a_record_is_reported_wherever_it_is_used() {
    let fields = |inner: Value| {
        let record = json!({"name": "R", "type": "record", "fields": inner});
        json!([
            field("a", &record),
            field("b", &json!("R")),
            field("c", &json!({"type": "array", "items": "R"}))
        ])
    };
    let old = fields(json!([{"name": "x", "type": "string"}]));
    let new = fields(json!([{"name": "x", "type": "long"}]));
    assert_eq!(
        changes(&old, &new, None),
        [
            "TYPE_CHANGED d.a.x b:rkp f:rkp",
            "TYPE_CHANGED d.b.x b:rkp f:rkp",
            "TYPE_CHANGED d.c[].x b:rkp f:rkp"
        ]
    );
    // In full or by name is the same.
    let record = json!({"name": "R", "type": "record", "fields": [{"name": "x", "type": "long"}]});
    let first = json!([field("a", &record), field("b", &json!("R"))]);
    let second = json!([field("b", &record), field("a", &json!("R"))]);
    assert_eq!(changes(&first, &second, None), ["FIELD_REORDERED d.b b:p f:p"]);
}

#[test]
fn a_record_that_holds_its_own_kind() {
    let fields = |more: &[Value]| {
        let parts = json!({"name": "parts", "type": {"type": "array", "items": "D"}});
        let mut fields = vec![field("name", &json!("string")), parts];
        fields.extend_from_slice(more);
        Value::from(fields)
    };
    // At the end of the outermost, but in the midst of the list.
    assert_eq!(
        changes(&fields(&[]), &fields(&[with_default("n", &json!("long"), &json!(0))]), None),
        ["FIELD_ADDED_WITH_DEFAULT d.n b:kp f:p"]
    );
    assert_eq!(changes(&fields(&[]), &fields(&[]), None), [""; 0]);
}

#[test]
fn records_and_enums_by_another_name() {
    let record = |name| json!({"name": name, "type": "record", "fields": [{"name": "x", "type": "long"}]});
    assert_type(&record("R"), &record("S"), &["RECORD_RENAMED d.a b:rk f:rk"]);
    assert_type(&record("ns.R"), &record("other.R"), &[]);
    let colours = |name| json!({"name": name, "type": "enum", "symbols": ["RED"]});
    assert_type(&colours("C"), &colours("K"), &["RECORD_RENAMED d.a b:rk f:rk"]);
    assert_type(&colours("C"), &record("C"), &["TYPE_CHANGED d.a b:rkp f:rkp"]);
}

#[test]
fn symbols_of_enums() {
    let colours = |symbols: Value| json!({"name": "C", "type": "enum", "symbols": symbols});
    let old = colours(json!(["RED", "BLUE"]));
    assert_type(&old, &colours(json!(["RED", "BLUE", "GREEN"])), &["ENUM_SYMBOL_ADDED d.a b: f:rkp"]);
    assert_type(&old, &colours(json!(["GREEN", "RED", "BLUE"])), &["ENUM_SYMBOL_ADDED d.a b:p f:rkp"]);
    assert_type(&old, &colours(json!(["RED"])), &["ENUM_SYMBOL_REMOVED d.a b:rkp f:"]);
    assert_type(&old, &colours(json!(["BLUE", "RED"])), &["ENUM_SYMBOLS_REORDERED d.a b:p f:p"]);
    let mut lenient = colours(json!(["RED", "BLUE", "GREEN"]));
    lenient["default"] = json!("RED");
    assert_type(&lenient, &old, &["ENUM_SYMBOL_REMOVED d.a b:rkp f:"]);
    assert_type(&old, &lenient, &["ENUM_SYMBOL_ADDED d.a b: f:rkp"]);
    let mut former = old.clone();
    former["default"] = json!("RED");
    assert_type(&former, &lenient, &["ENUM_SYMBOL_ADDED d.a b: f:p"]);
}

/// No event of ours has one, but the schemas of others may.
#[test]
fn sizes_of_fixed_types() {
    let fixed = |name, size: u32| json!({"name": name, "type": "fixed", "size": size});
    assert_type(&fixed("F", 16), &fixed("F", 16), &[]);
    assert_type(&fixed("F", 16), &fixed("F", 20), &["TYPE_CHANGED d.a b:rkp f:rkp"]);
    assert_type(&fixed("F", 16), &fixed("G", 16), &["RECORD_RENAMED d.a b:rk f:rk"]);
    assert_type(&fixed("F", 16), &json!("bytes"), &["TYPE_CHANGED d.a b:rkp f:rkp"]);
    let union = |size| json!(["null", "long", fixed("F", size)]);
    assert_type(&fixed("F", 16), &union(16), &["UNION_CHANGED d.a b:p f:rkp"]);
    assert_type(&fixed("F", 16), &union(20), &["UNION_CHANGED d.a b:rkp f:rkp"]);
}

#[test]
fn texts_of_enums_matter_to_rust_alone() {
    let words = |symbols: Value| json!({"type": "string", "symbols": symbols});
    let old = words(json!(["card", "account"]));
    assert_type(&old, &words(json!(["card", "account", "cash"])), &["ENUM_SYMBOL_ADDED d.a b: f:r"]);
    assert_type(&old, &words(json!(["account"])), &["ENUM_SYMBOL_REMOVED d.a b:r f:"]);
    assert_type(&old, &words(json!(["account", "card"])), &[]);
    assert_type(&old, &json!("string"), &["TYPE_PROMOTED d.a b: f:r"]);
    assert_type(&json!("string"), &old, &["TYPE_NARROWED d.a b:r f:"]);
}

#[test]
fn defaults_break_nothing_by_themselves() {
    let plain = json!([field("a", &json!("long"))]);
    let one = json!([with_default("a", &json!("long"), &json!(1))]);
    let two = json!([with_default("a", &json!("long"), &json!(2))]);
    assert_eq!(changes(&plain, &one, None), ["DEFAULT_ADDED d.a b: f:"]);
    assert_eq!(changes(&one, &two, None), ["DEFAULT_CHANGED d.a b: f:"]);
    assert_eq!(changes(&two, &plain, None), ["DEFAULT_REMOVED d.a b: f:"]);
}

/// A comparison of each with each would not come to an end.
#[test]
fn many_fields_are_compared_in_linear_time() {
    const MANY: usize = 100_000;
    let fields = |order: &mut dyn Iterator<Item = usize>| -> Value {
        order.map(|number| field(&format!("f{number}"), &json!("long"))).collect()
    };
    let (old, new) = (fields(&mut (0..MANY)), fields(&mut (0..MANY).rev()));
    let found = changes(&old, &new, None);
    assert_eq!(found.len(), MANY - 1, "one stays where it is");
    assert!(found.iter().all(|change| change.starts_with("FIELD_REORDERED")));
    let symbols = |numbers: std::ops::Range<usize>| {
        let symbols: Vec<_> = numbers.map(|number| format!("s{number}")).collect();
        json!([field("a", &json!({"name": "A", "type": "enum", "symbols": symbols}))])
    };
    assert_eq!(changes(&symbols(0..MANY), &symbols(MANY / 2..MANY + MANY / 2), None).len(), MANY);
}

#[test]
fn every_rule_has_a_name_of_its_own() {
    let names: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
    assert_eq!(names.len(), Rule::ALL.len());
    for rule in Rule::ALL {
        assert_eq!(rule.name().parse(), Ok(*rule));
    }
    let error = "FIELD_REORDRED".parse::<Rule>().expect_err("no rule").to_string();
    assert!(error.contains("did you mean `FIELD_REORDERED`"), "{error}");
}
