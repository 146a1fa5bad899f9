//! `docs --format asyncapi`, before AsyncAPI's own JSON Schema.

use std::collections::BTreeSet;
use std::fs;

use jsonschema::Validator;
use openedx_events::bus::headers;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{own, shipped};

const SCHEMA: &str = include_str!("schema-3.0.0.json");
const ENROLLED: &str = "org.openedx.learning.course.enrollment.created.v1";

fn validator() -> Validator {
    let schema = serde_json::from_str(SCHEMA).expect("JSON");
    jsonschema::validator_for(&schema).expect("a schema")
}

#[track_caller]
fn check(document: &Value) {
    let problems: Vec<_> = validator()
        .iter_errors(document)
        .map(|problem| format!("{}: {problem}", problem.instance_path()))
        .collect();
    assert_eq!(problems, [""; 0]);
}

fn document(args: &[&str]) -> Value {
    let ran = shipped(
        &[&["docs", "--format", "asyncapi", "--title", "The events of Open edX"], args].concat(),
        b"",
    );
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    serde_json::from_str(&ran.stdout).expect("JSON")
}

#[test]
fn the_catalog_is_valid() {
    let document = document(&[]);
    check(&document);
    let messages = document["components"]["messages"].as_object().expect("an object");
    // The other two cannot go on the bus.
    assert_eq!(messages.len(), 73);
    println!("AsyncAPI's schema takes the document: 0 problems in {} messages", messages.len());
    for (event_type, message) in messages {
        assert_eq!(message["name"], **event_type);
        // The payload is the schema itself.
        let schema =
            openedx_events::get_signal_by_type(event_type).expect("declared").schema().expect("a schema");
        let mut expected: Value = serde_json::from_str(schema.as_str()).expect("JSON");
        // Upstream's only namespace that Avro's rules do not allow.
        if event_type == "org.openedx.enterprise.subsidy.redemption-reversed.v1" {
            assert_eq!(message["x-avro-namespace"], **event_type);
            expected["namespace"] = event_type.replace('-', "_").into();
        }
        assert_eq!(message["payload"]["schema"], expected, "{event_type}");
        let channel = &document["channels"][event_type];
        assert_eq!(channel["address"], Value::Null);
        assert_eq!(channel["messages"][event_type]["$ref"], format!("#/components/messages/{event_type}"));
    }
    assert_eq!(messages[ENROLLED]["tags"], json!([{"name": "personal data"}]));
    assert_eq!(messages[ENROLLED]["x-key"], "enrollment.course.course_key");
}

/// Otherwise the test above would say nothing.
#[test]
fn what_is_wrong_is_refused() {
    let whole = document(&[]);
    let validator = validator();
    for (pointer, wrong) in [
        ("/asyncapi", json!("2.6.0")),
        ("/info", json!({"title": "no version"})),
        ("/channels", json!({"one": {"address": 7}})),
        ("/operations", json!({"one": {"action": "publish", "channel": {"$ref": "#/channels/one"}}})),
        (&format!("/components/messages/{ENROLLED}/payload/schema/type"), json!("no-such-type")),
        (&format!("/components/messages/{ENROLLED}/headers"), json!("text")),
        (&format!("/components/messages/{ENROLLED}/unknown"), json!(1)),
    ] {
        let mut document = whole.clone();
        match document.pointer_mut(pointer) {
            Some(place) => *place = wrong,
            None => document["components"]["messages"][ENROLLED]["unknown"] = wrong,
        }
        assert!(!validator.is_valid(&document), "{pointer}");
    }
}

#[test]
fn the_headers_are_those_of_the_bus() {
    let document = document(&[]);
    let headers = &document["components"]["schemas"]["headers"];
    let names: BTreeSet<_> =
        headers["properties"].as_object().expect("an object").keys().map(String::as_str).collect();
    let required = [
        headers::TYPE,
        headers::ID,
        headers::SOURCE,
        headers::TIME,
        headers::MINORVERSION,
        headers::SOURCEHOST,
        headers::SOURCELIB,
    ];
    let others = [headers::SCHEMA_FINGERPRINT, headers::PARTITION_KEY, headers::TRACEPARENT];
    assert_eq!(names, required.into_iter().chain(others).collect());
    assert_eq!(headers["required"], json!(required));
}

/// Topics are channels, where they are known.
#[test]
fn topics_senders_and_receivers() {
    let folder = TempDir::new().expect("a folder");
    let (settings, other) = (folder.path().join("bus.json"), folder.path().join("mail.json"));
    let config = json!({
        "EVENT_BUS_TOPIC_PREFIX": "prod",
        "EVENT_BUS_PRODUCER_CONFIG": {
            ENROLLED: {
                "enrollments": {"event_key_field": "enrollment.course.course_key", "enabled": true},
                "unused": {"event_key_field": "enrollment.course.course_key", "enabled": false},
            },
        },
    });
    fs::write(&settings, config.to_string()).expect("written");
    let settings = settings.to_str().expect("a path");
    let listed = shipped(&["list", "--format", "json", "--config", settings], b"");
    assert_eq!(listed.code, Some(0), "{}", listed.stderr);
    let enrolled = listed.json_lines().into_iter().find(|line| line["type"] == ENROLLED).expect("a line");
    assert_eq!(enrolled["topics"], json!(["prod-enrollments"]));

    let deleted = "org.openedx.enterprise.enterprise_group.deleted.v1";
    let line = json!({"type": deleted, "signal": "ENTERPRISE_GROUP_DELETED", "crate_name": "openedx_events", "receivers": 2,
        "personal_data": false, "source": "openedx/mail/web", "topics": ["groups: all"]});
    fs::write(&other, line.to_string()).expect("written");
    let document = document(&["--config", settings, "--merge", other.to_str().expect("a path")]);
    check(&document);
    assert_eq!(document["channels"]["prod-enrollments"]["address"], "prod-enrollments");
    assert_eq!(document["channels"][ENROLLED], Value::Null);
    assert_eq!(document["channels"]["groups__all"]["address"], "groups: all");
    assert_eq!(document["operations"]["send.prod-enrollments"]["action"], "send");
    assert_eq!(document["operations"].as_object().map(serde_json::Map::len), Some(1));
    let message = &document["components"]["messages"][deleted];
    assert_eq!(message["x-received-by"], json!(["openedx/mail/web"]));
    assert_eq!(message["x-sent-by"], json!(["openedx/edx-enterprise", "openedx/mail/web"]));
}

#[test]
fn a_program_of_ones_own_is_valid_too() {
    let ran = own(&["docs", "--format", "asyncapi"], b"");
    let document: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    check(&document);
    assert_eq!(document["operations"]["receive.org.example.shop.order.placed.v1"]["action"], "receive");
}
