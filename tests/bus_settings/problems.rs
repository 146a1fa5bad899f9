//! Invalid settings: all problems are reported at once.

use std::time::Duration;

use openedx_events::bus::BusSettings;

use crate::{json, problems};

#[test]
fn a_time_needs_a_unit() {
    let kept = |text: &str| {
        let settings = BusSettings::layers().variables([("EVENT_BUS_KEEP_DONE".to_owned(), text.to_owned())]);
        settings.read().map(|settings| settings.retention)
    };
    assert_eq!(kept("168h"), Ok(Some(Duration::from_hours(168))));
    assert_eq!(kept("90s"), Ok(Some(Duration::from_secs(90))));
    assert_eq!(kept(""), Ok(None));
    assert!(kept("0h").is_err() && kept("7").is_err() && kept("1.5h").is_err());
}

#[test]
fn all_problems_are_reported_at_once() {
    let error = json(
        r#"{
            "EVENT_BUS_TOPIC_PREFIXX": "a",
            "EVENT_BUS_REQUIRED": "perhaps",
            "EVENT_BUS_REDIS_STREAM_MAX_LEN": 0,
            "EVENT_BUS_KEEP_DONE": 7,
            "EVENT_BUS_OVERFLOW": "drop",
            "EVENT_BUS_REDIS_CONNECTION_URL": ["redis://user:secret@host"],
            "EVENT_BUS_PRODUCER_CONFIG": {
                "org.openedx.learning.course.enrollment.creatd.v1": {},
                "org.openedx.content_authoring.course.certificate_config.changed.v1": {},
                "org.openedx.learning.course.enrollment.created.v1": {
                    "a b": {"event_key_field": "enrollment.course.course_key", "enabled": true},
                                        "wrong": {"event_key_field": "enrollment.course.course_kez", "enabled": "yes", "colour": 1},
                    "list": []
                },
                "org.openedx.learning.course.enrollment.changed.v1": 7
            }
        }"#,
    )
    .toml("bus.toml", "EVENT_BUS_URL = [")
    .read()
    .expect_err("invalid");
    let problems = problems(&error);
    let has = |parts: &[&str]| {
        let found = problems.iter().filter(|problem| parts.iter().all(|part| problem.contains(part))).count();
        assert_eq!(found, 1, "{parts:?} in {problems:#?}");
    };
    has(&["bus.json: unknown setting `EVENT_BUS_TOPIC_PREFIXX`", "did you mean `EVENT_BUS_TOPIC_PREFIX`"]);
    has(&["bus.json: EVENT_BUS_REQUIRED", "`true` or `false`"]);
    has(&["EVENT_BUS_REDIS_STREAM_MAX_LEN", "of at least 1"]);
    has(&["EVENT_BUS_KEEP_DONE", "of at least 1 with a unit, `ms`, `s`, `m` or `h`"]);
    has(&["EVENT_BUS_OVERFLOW", "`spill`, `block`, `fail`"]);
    has(&["EVENT_BUS_REDIS_CONNECTION_URL", "expected text"]);
    has(&["enrollment.creatd.v1", "did you mean `org.openedx.learning.course.enrollment.created.v1`"]);
    has(&["certificate_config.changed.v1", "cannot go on the bus"]);
    has(&["\"a b\"", "not a valid topic name"]);
    has(&["\"wrong\".event_key_field", "did you mean `enrollment.course.course_key`"]);
    has(&["\"wrong\".enabled", "`true` or `false`"]);
    has(&["\"wrong\"", "unknown setting `colour` of a topic"]);
    has(&["\"list\"", "expected an object"]);
    has(&["enrollment.changed.v1", "expected an object"]);
    has(&["bus.toml", "invalid TOML"]);
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[test]
fn a_variable_that_is_not_json_is_reported() {
    let variables = [("EVENT_BUS_PRODUCER_CONFIG".to_owned(), "{".to_owned())];
    let error = BusSettings::layers().variables(variables).read().expect_err("it is cut");
    assert!(error.to_string().starts_with("environment: EVENT_BUS_PRODUCER_CONFIG: invalid JSON"), "{error}");
}
