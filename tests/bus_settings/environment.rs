//! What environments and secrets bring along.

use openedx_events::bus::{BusSettings, Layers, Overflow, SettingsError, open};
use openedx_events_tests::logs;

use crate::{json, problems};

const CREATED: &str = "org.openedx.learning.course.enrollment.created.v1";

fn variables(variables: &[(&str, &str)]) -> Layers {
    let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    BusSettings::layers().variables(owned)
}

fn only(error: &SettingsError) -> String {
    let problems = problems(error);
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems[0].clone()
}

/// The warnings that name a variable.
fn warnings(name: &str) -> Vec<String> {
    let records = logs::all().into_iter();
    let about = records.filter(|record| {
        record.message == "variables that begin like settings of the bus are none, and are ignored"
    });
    about.map(|record| record.field("variables").to_owned()).filter(|names| names.contains(name)).collect()
}

#[test]
fn variables_that_only_begin_like_ours_are_warned_of_once() {
    logs::collect();
    let settings = || {
        variables(&[
            ("EVENT_BUS_URL", "memory:"),
            // Those that Kubernetes makes.
            ("EVENT_BUS_PORT", "tcp://10.0.0.1:6379"),
            ("EVENT_BUS_SERVICE_HOST", "10.0.0.1"),
            ("EVENT_BUS_REDIS_SERVICE_HOST", "10.0.0.1"),
            ("EVENT_BUS_REDIS_PORT_6379_TCP_ADDR", "10.0.0.1"),
            ("EVENT_BUSY", "yes"),
            ("EVENT_BUS_TRACKING_LOGS", "[]"),
            ("EVENT_BUS_TOPIC_PREFX", "prod"),
            ("EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS", "kafka:9092"),
        ])
        .read()
    };
    for _ in 0..3 {
        assert_eq!(settings().map(|settings| settings.url), Ok(Some("memory:".to_owned())));
    }
    assert_eq!(
        warnings("EVENT_BUS_PORT"),
        [
            "`EVENT_BUSY`; `EVENT_BUS_PORT`; `EVENT_BUS_REDIS_PORT_6379_TCP_ADDR`; `EVENT_BUS_REDIS_SERVICE_HOST`; \
         `EVENT_BUS_SERVICE_HOST`; `EVENT_BUS_TOPIC_PREFX`, did you mean `EVENT_BUS_TOPIC_PREFIX`?; `EVENT_BUS_TRACKING_LOGS`"
        ]
    );
    // A new one is told alone.
    assert!(variables(&[("EVENT_BUS_PORT", "1"), ("EVENT_BUS_LATER", "1")]).read().is_ok());
    assert_eq!(warnings("EVENT_BUS_LATER"), ["`EVENT_BUS_LATER`"]);
    assert_eq!(warnings("EVENT_BUS_PORT").len(), 1);
}

#[test]
fn in_files_they_are_errors() {
    for name in ["EVENT_BUS_PORT", "EVENT_BUSY", "EVENT_BUS_TRACKING_LOGS"] {
        let error = json(&format!(r#"{{"{name}": "a"}}"#)).read().expect_err("unknown");
        assert_eq!(only(&error), format!("bus.json: unknown setting `{name}`"));
    }
    let error = json(r#"{"EVENT_BUS_URI": "a"}"#).read().expect_err("unknown");
    assert_eq!(only(&error), "bus.json: unknown setting `EVENT_BUS_URI`, did you mean `EVENT_BUS_URL`?");
}

#[test]
fn a_name_of_ours_with_a_bad_value_stays_an_error() {
    let error = variables(&[("EVENT_BUS_REQUIRED", "perhaps")]).read().expect_err("no boolean");
    assert_eq!(only(&error), "environment: EVENT_BUS_REQUIRED: expected `true` or `false`");
}

#[test]
fn a_structured_setting_is_never_dropped_in_silence() {
    let table = format!(
        r#"{{"EVENT_BUS_PRODUCER_CONFIG": {{"{CREATED}": {{"a": {{"enabled": true}}}}}},
            "EVENT_BUS_CONSUMER_CONFIG": {{"workers": 7, "retry": {{"max_attempts": 3}}}}}}"#
    );
    let null = "expected an object, found null; leave it out to keep what lower layers set";
    for name in ["EVENT_BUS_PRODUCER_CONFIG", "EVENT_BUS_CONSUMER_CONFIG"] {
        for (value, problem) in
            [("null", null), (" null\n", null), ("7", "expected an object"), ("[]", "expected an object")]
        {
            let over = |layers: Layers| layers.variables([(name.to_owned(), value.to_owned())]);
            for layers in [json(&table), BusSettings::layers()] {
                let error = over(layers).read().expect_err("no object");
                assert_eq!(only(&error), format!("environment: {name}: {problem}"));
            }
            // Not even if a third layer sets it again.
            let error = over(json(&table)).variables([(name.to_owned(), "{}".to_owned())]).read();
            assert_eq!(only(&error.expect_err("no object")), format!("environment: {name}: {problem}"));
            let error = json(&table).json("over.json", &format!(r#"{{"{name}": {value}}}"#)).read();
            assert_eq!(only(&error.expect_err("no object")), format!("over.json: {name}: {problem}"));
        }
        // Nothing changes nothing.
        for value in ["{}", "", " ", "\n"] {
            let settings =
                json(&table).variables([(name.to_owned(), value.to_owned())]).read().expect("valid");
            assert!(settings.producer_config.get(CREATED, "a").is_some(), "{value:?}");
            assert_eq!((settings.consumer.workers, settings.consumer.retry.max_attempts), (7, 3));
        }
    }
    // Nor are those inside.
    for (value, place) in [
        (
            format!(r#"{{"EVENT_BUS_PRODUCER_CONFIG": {{"{CREATED}": null}}}}"#),
            format!("EVENT_BUS_PRODUCER_CONFIG.{CREATED:?}"),
        ),
        (
            format!(r#"{{"EVENT_BUS_PRODUCER_CONFIG": {{"{CREATED}": {{"a": null}}}}}}"#),
            format!("EVENT_BUS_PRODUCER_CONFIG.{CREATED:?}.a"),
        ),
        (
            r#"{"EVENT_BUS_CONSUMER_CONFIG": {"retry": null}}"#.to_owned(),
            "EVENT_BUS_CONSUMER_CONFIG.retry".to_owned(),
        ),
    ] {
        let error = json(&table).json("over.json", &value).json("third.json", &table).read();
        assert_eq!(only(&error.expect_err("no object")), format!("over.json: {place}: {null}"));
    }
}

#[test]
fn text_is_trimmed_at_its_ends_and_has_no_control_character_inside() {
    let settings = variables(&[
        ("EVENT_BUS_URL", " redis://:secret@host/0\r\n"),
        ("EVENT_BUS_TOPIC_PREFIX", "prod\n"),
        ("EVENT_BUS_SPILL_PATH", "/var/spill\n"),
        ("EVENT_BUS_OVERFLOW", "fail\n"),
        ("EVENT_BUS_REQUIRED", "true\n"),
        ("EVENT_BUS_REDIS_STREAM_MAX_LEN", "7\n"),
        ("EVENT_BUS_KEEP_DONE", "7s\n"),
        ("EVENT_BUS_PRODUCER_CONFIG", "{}\n"),
    ])
    .read()
    .expect("valid");
    assert_eq!(settings.url.as_deref(), Some("redis://:secret@host/0"));
    assert_eq!((settings.topic_prefix.as_str(), settings.overflow), ("prod", Overflow::Fail));
    assert_eq!(settings.spill_path.as_deref(), Some("/var/spill".as_ref()));
    assert_eq!((settings.required, settings.stream_max_len), (true, Some(7)));
    for name in
        ["EVENT_BUS_URL", "EVENT_BUS_REDIS_CONNECTION_URL", "EVENT_BUS_SPILL_PATH", "EVENT_BUS_TOPIC_PREFIX"]
    {
        let what = "character 5 is a control character, `\\n`: remove it";
        let error = variables(&[(name, "secr\net")]).read().expect_err("a line break");
        assert_eq!(only(&error), format!("environment: {name}: {what}"));
        let error = json(&format!(r#"{{"{name}": "secr\net"}}"#)).read().expect_err("a line break");
        assert_eq!(only(&error), format!("bus.json: {name}: {what}"));
        assert!(variables(&[(name, " \n")]).read().is_ok(), "it is not set");
    }
}

#[test]
fn every_backend_takes_an_address_without_what_is_around_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bus.db");
    for address in
        [format!("sqlite:{}\n", file.display()), format!("\u{feff}sqlite:{}\r\n\0", file.display())]
    {
        open(&address).expect("opened");
    }
    let found = |name: &str| name.starts_with("bus.db") && !name.contains(char::is_control);
    for entry in std::fs::read_dir(folder.path()).expect("the folder") {
        let name = entry.expect("an entry").file_name();
        assert!(name.to_str().is_some_and(found), "{name:?}");
    }
    open("memory:yard\n").expect("opened").producer().expect("a producer");
    open("redis://127.0.0.1:1/0\n").expect("it need not be reachable");
    for address in
        ["sqlite:secr\net.db", "memory:secr\net", "redis://:secr\net@host", "secr\net", "rediss://h/\u{7}0"]
    {
        let error = open(address).expect_err("a control character").to_string();
        assert!(error.starts_with("this is not the address of a bus: character "), "{error}");
        assert!(error.ends_with(": remove it") && !error.contains("secr"), "{error}");
    }
}
