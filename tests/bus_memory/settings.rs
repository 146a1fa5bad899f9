//! The settings of the bus: layers, merging, and everything that is wrong with them at once.

use std::time::Duration;

use openedx_events::DeliveryPolicy;
use openedx_events::bus::{
    AckPolicy, BusSettings, ConsumerSettings, Layers, MissingTopic, SettingsError, StartAt, UnknownRelease,
};

use crate::page::fields_of_a_consumers_settings;

const CREATED: &str = "org.openedx.learning.course.enrollment.created.v1";

fn json(text: &str) -> Layers {
    BusSettings::layers().json("bus.json", text)
}

fn problems(error: &SettingsError) -> Vec<String> {
    error.problems().iter().map(ToString::to_string).collect()
}

#[test]
fn nothing_set_is_the_defaults() {
    let settings = BusSettings::layers().read().expect("nothing is wrong with nothing");
    assert_eq!((settings.url, settings.topic_prefix.as_str()), (None, ""));
    assert!(settings.producer_config.is_empty() && settings.consumers_enabled && settings.audit_logging);
    assert!(
        !settings.required
            && settings.consumer == ConsumerSettings::default()
            && settings.stream_max_len.is_none()
            && settings.retention.is_none()
    );
}

#[test]
fn layers_are_merged_as_upstream_merges_them() {
    let settings = BusSettings::layers()
        .toml(
            "defaults.toml",
            &format!(
                r#"
                EVENT_BUS_REDIS_CONNECTION_URL = "redis://defaults"
                [EVENT_BUS_PRODUCER_CONFIG."{CREATED}"]
                enrollments = {{ event_key_field = "enrollment.course.course_key", enabled = false }}
                users = {{ event_key_field = "enrollment.user.pii.username", enabled = true }}
                "#
            ),
        )
        .json(
            "override.json",
            &format!(r#"{{"EVENT_BUS_PRODUCER_CONFIG": {{"{CREATED}": {{"enrollments": {{"enabled": true}}}}}}}}"#),
        )
        .variables([
            ("EVENT_BUS_TOPIC_PREFIX".to_owned(), "prod".to_owned()),
            ("EVENT_BUS_REDIS_CONSUMER_CONSECUTIVE_ERRORS_LIMIT".to_owned(), "5".to_owned()),
            ("EVENT_BUS_REDIS_CONSUMERS_ENABLED".to_owned(), "False".to_owned()),
            ("EVENT_BUS_KAFKA_API_KEY".to_owned(), "of another backend".to_owned()),
            (
                "EVENT_BUS_PRODUCER_CONFIG".to_owned(),
                format!(
                    r#"{{"{CREATED}": {{"third": {{"event_key_field": "enrollment.user.id", "enabled": true}}}}}}"#
                ),
            ),
            ("PATH".to_owned(), "not the bus's".to_owned()),
        ])
        .read()
        .expect("they are right");
    assert_eq!(settings.url.as_deref(), Some("redis://defaults"));
    assert_eq!(
        (settings.topic_prefix.as_str(), settings.consumer.consecutive_errors_limit),
        ("prod", Some(5))
    );
    assert!(!settings.consumers_enabled);
    let topics: Vec<_> = settings
        .producer_config
        .iter()
        .map(|(_, topic, config)| (topic, config.event_key_field.as_str(), config.enabled))
        .collect();
    assert_eq!(
        topics,
        [
            ("enrollments", "enrollment.course.course_key", true),
            ("third", "enrollment.user.id", true),
            ("users", "enrollment.user.pii.username", true)
        ]
    );
}

#[test]
fn the_bus_s_own_address_goes_before_that_of_redis() {
    let settings = json(r#"{"EVENT_BUS_REDIS_CONNECTION_URL": "redis://a", "EVENT_BUS_URL": "sqlite:b"}"#);
    assert_eq!(settings.read().expect("right").url.as_deref(), Some("sqlite:b"));
}

#[test]
fn a_time_has_its_unit() {
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
fn everything_that_is_wrong_is_told_of_at_once() {
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
                    "no-key": {"enabled": true},
                    "wrong": {"event_key_field": "enrollment.course.course_kez", "enabled": "yes", "colour": 1},
                    "list": []
                },
                "org.openedx.learning.course.enrollment.changed.v1": 7
            }
        }"#,
    )
    .toml("bus.toml", "EVENT_BUS_URL = [")
    .read()
    .expect_err("nearly all of it is wrong");
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
    has(&["\"no-key\"", "`event_key_field` is missing"]);
    has(&["\"wrong\".event_key_field", "did you mean `enrollment.course.course_key`"]);
    has(&["\"wrong\".enabled", "`true` or `false`"]);
    has(&["\"wrong\"", "unknown setting `colour` of a topic"]);
    has(&["\"list\"", "expected an object"]);
    has(&["enrollment.changed.v1", "expected an object"]);
    has(&["bus.toml", "invalid TOML"]);
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[test]
fn consumers_go_about_as_the_settings_say() {
    let settings = BusSettings::layers()
        .toml(
            "defaults.toml",
            r#"
            EVENT_BUS_REDIS_CONSUMER_CONSECUTIVE_ERRORS_LIMIT = 7
            [EVENT_BUS_CONSUMER_CONFIG]
            start = "latest"
            missing_topic = "refuse"
            skip_to_end_at_start = true
            workers = 2
            batch = 3
            max_in_flight = 4
            max_in_flight_bytes = 5
            unknown_release = "dead_letter"
            ack_policy = "always"
            timeout = "1500ms"
            stuck_after = "never"
            claim_after = "2m"
            heartbeat = "20s"
            max_crashes = 6
            dead_letters_alarm = 8
            dedup = true
            start_timeout = "1h"
            reconnect_timeout = "3h"
            max_entries = 9
            allow_no_receivers = true
            [EVENT_BUS_CONSUMER_CONFIG.retry]
            max_attempts = 10
            initial_backoff = "1s"
            [EVENT_BUS_CONSUMER_CONFIG.receivers]
            "a::b" = { max_attempts = 11, timeout = "never", dedup = true }
            "#,
        )
        .variables([(
            "EVENT_BUS_CONSUMER_CONFIG".to_owned(),
            r#"{"retry": {"max_backoff": "2s"}, "receivers": {"a::b": {"initial_backoff": "4s"}}, "batch": 30}"#.to_owned(),
        )])
        .read()
        .expect("they are right");
    let seconds = Duration::from_secs;
    let mut expected = ConsumerSettings::default();
    expected.start = StartAt::Latest;
    expected.missing_topic = MissingTopic::Refuse;
    expected.skip_to_end_at_start = true;
    (expected.workers, expected.batch, expected.max_in_flight, expected.max_in_flight_bytes) = (2, 30, 4, 5);
    expected.retry.max_attempts = 10;
    (expected.retry.initial_backoff, expected.retry.max_backoff) = (seconds(1), seconds(2));
    expected.unknown_release = UnknownRelease::DeadLetter;
    expected.ack_policy = AckPolicy::Always;
    (expected.timeout, expected.stuck_after) = (Some(Duration::from_millis(1500)), None);
    (expected.claim_after, expected.heartbeat) = (seconds(120), seconds(20));
    (expected.max_crashes, expected.consecutive_errors_limit) = (6, Some(7));
    (expected.dead_letters_alarm, expected.dedup) = (Some(8), true);
    let policy = DeliveryPolicy::new().max_attempts(11).initial_backoff(seconds(4)).dedup();
    expected.receivers.insert("a::b".to_owned(), policy);
    (expected.start_timeout, expected.reconnect_timeout) = (seconds(3600), Some(seconds(3 * 3600)));
    expected.max_entries = Some(9);
    expected.allow_no_receivers = true;
    assert_eq!(settings.consumer, expected);
}

#[test]
fn every_setting_of_a_consumer_can_be_set() {
    for field in fields_of_a_consumers_settings() {
        let error = json(&format!(r#"{{"EVENT_BUS_CONSUMER_CONFIG": {{"{field}": []}}}}"#)).read();
        let error = error.expect_err("a list is none of them").to_string();
        let place = format!("bus.json: EVENT_BUS_CONSUMER_CONFIG.{field}: expected");
        assert!(error.starts_with(&place), "{error}");
    }
}

#[test]
fn all_that_is_wrong_with_a_consumers_settings_is_told_of_at_once() {
    let error = json(
        r#"{
            "EVENT_BUS_REDIS_CONSUMER_CONSECUTIVE_ERRORS_LIMIT": "many",
            "EVENT_BUS_CONSUMER_CONFIG": {
                "worker": 3,
                "batch": 0,
                "start": "Latest",
                "heartbeat": 15,
                "claim_after": "0s",
                "stuck_after": "1 hour",
                "retry": {"max_attempts": -1, "pause": "1s"},
                "receivers": {"a::b": {"max_atempts": 3, "dedup": "yes"}, "c": true}
            }
        }"#,
    )
    .read()
    .expect_err("all of it is wrong");
    let at = "bus.json: EVENT_BUS_CONSUMER_CONFIG";
    let time = "expected a duration: a whole number of at least 1 with a unit, `ms`, `s`, `m` or `h`, such as \"30s\"";
    assert_eq!(
        problems(&error),
        [
            "bus.json: EVENT_BUS_REDIS_CONSUMER_CONSECUTIVE_ERRORS_LIMIT: expected a whole number of at least 1"
                .to_owned(),
            format!("{at}.start: expected \"earliest\" or \"latest\""),
            format!("{at}.batch: expected a whole number of at least 1"),
            format!("{at}.retry.max_attempts: expected a whole number of at least 1"),
            format!(
                "{at}.retry: unknown setting `pause`; use one of `max_attempts`, `initial_backoff`, `max_backoff`"
            ),
            format!("{at}.stuck_after: {time}, or \"never\""),
            format!("{at}.claim_after: {time}"),
            format!("{at}.heartbeat: {time}"),
            format!("{at}.receivers.a::b.dedup: expected `true` or `false`"),
            format!("{at}.receivers.a::b: unknown setting `max_atempts`, did you mean `max_attempts`?"),
            format!("{at}.receivers.c: expected an object of settings"),
            format!("{at}: unknown setting `worker`, did you mean `workers`?"),
        ]
    );
}

#[test]
fn a_variable_that_is_no_json_is_told_of() {
    let variables = [("EVENT_BUS_PRODUCER_CONFIG".to_owned(), "{".to_owned())];
    let error = BusSettings::layers().variables(variables).read().expect_err("it is cut");
    assert!(error.to_string().starts_with("environment: EVENT_BUS_PRODUCER_CONFIG: invalid JSON"), "{error}");
}
