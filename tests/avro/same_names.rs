//! Records of one name within one event.

use openedx_events::avro::SchemaError;
use openedx_events::{AnySignal, EventData, check, signal};

mod one {
    use openedx_events::EventData;

    /// A part of one kind.
    #[derive(Clone, Debug, PartialEq, EventData)]
    pub(super) struct Part {
        pub(super) name: String,
    }
}

mod other {
    use openedx_events::EventData;

    /// A part of another kind.
    #[derive(Clone, Debug, PartialEq, EventData)]
    pub(super) struct Part {
        pub(super) number: i64,
    }
}

mod alike {
    use openedx_events::EventData;

    /// A part with the same fields as the first kind, on the wire.
    #[derive(Clone, Debug, PartialEq, EventData)]
    pub(super) struct Part {
        pub(super) name: Colour,
    }

    /// A text on the wire.
    #[derive(Clone, Debug, PartialEq, EventData)]
    pub(super) enum Colour {
        Red,
    }
}

/// A record that holds a list of its own kind.
#[derive(Clone, Debug, PartialEq, EventData)]
struct Node {
    children: Vec<Node>,
}

/// Two records of one name.
#[signal("org.example.codec.same_name.sent.v1")]
struct SameNameSent {
    list: Vec<one::Part>,
    map: std::collections::BTreeMap<String, other::Part>,
}

/// Two records of one name and one schema.
#[signal("org.example.codec.alike.sent.v1")]
struct AlikeSent {
    one: one::Part,
    other: alike::Part,
    trees: Vec<Node>,
    tree: Node,
}

#[test]
fn two_different_records_of_one_name_are_refused() {
    let error = SchemaError::SameName { name: "Part", first: "list".to_owned(), second: "map".to_owned() };
    assert_eq!(SAME_NAME_SENT.schema().err(), Some(&error));
    let problems = check().expect_err("reported at start-up").to_string();
    assert!(
        problems.contains(
            "the event `org.example.codec.same_name.sent.v1` has no Avro schema: `list` and `map` hold different \
             records with the name `Part`, which Avro treats as the same: rename one of the structs"
        ),
        "{problems}"
    );
}

#[test]
fn records_of_one_schema_may_share_a_name() {
    let schema = ALIKE_SENT.schema().expect("one schema");
    assert_eq!(
        schema.to_canonical(),
        concat!(
            r#"{"name":"org.example.codec.alike.sent.v1.CloudEvent","type":"record","fields":["#,
            r#"{"name":"one","type":{"name":"org.example.codec.alike.sent.v1.Part","type":"record","fields":["#,
            r#"{"name":"name","type":"string"}]}},"#,
            r#"{"name":"other","type":"org.example.codec.alike.sent.v1.Part"},"#,
            r#"{"name":"trees","type":{"type":"array","items":{"name":"org.example.codec.alike.sent.v1.Node","#,
            r#""type":"record","fields":[{"name":"children","type":{"type":"array","items":"#,
            r#""org.example.codec.alike.sent.v1.Node"}}]}}},"#,
            r#"{"name":"tree","type":"org.example.codec.alike.sent.v1.Node"}]}"#,
        )
    );
}
