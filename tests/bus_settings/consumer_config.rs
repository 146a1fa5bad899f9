//! Consumer settings: `EVENT_BUS_CONSUMER_CONFIG`.

use std::time::Duration;

use openedx_events::DeliveryPolicy;
use openedx_events::bus::{
    AckPolicy, BusSettings, ConsumerSettings, MissingTopic, ReadFrom, StartAt, UnknownRelease,
};

use crate::page::consumer_setting_names;
use crate::{json, problems};

#[test]
fn every_consumer_setting_is_read() {
    let settings = BusSettings::layers()
        .toml(
            "defaults.toml",
            r#"
            EVENT_BUS_REDIS_CONSUMER_CONSECUTIVE_ERRORS_LIMIT = 7
            [EVENT_BUS_CONSUMER_CONFIG]
            consumer_name = " pod-7 "
            start = "latest"
            missing_topic = "refuse"
            skip_to_end_at_start = true
            workers = 2
            batch = 3
            max_in_flight = 4
            max_in_flight_bytes = 5
            unknown_release = "dead_letter"
            outage_limit = "2h"
            max_parked = 12
            max_parked_bytes = 13
            read_from = "parked"
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
        .expect("valid");
    let seconds = Duration::from_secs;
    let mut expected = ConsumerSettings::default();
    expected.consumer_name = Some("pod-7".to_owned());
    expected.start = StartAt::Latest;
    expected.missing_topic = MissingTopic::Refuse;
    expected.skip_to_end_at_start = true;
    (expected.workers, expected.batch, expected.max_in_flight, expected.max_in_flight_bytes) = (2, 30, 4, 5);
    expected.retry.max_attempts = 10;
    (expected.retry.initial_backoff, expected.retry.max_backoff) = (seconds(1), seconds(2));
    expected.unknown_release = UnknownRelease::DeadLetter;
    (expected.outage_limit, expected.max_parked, expected.max_parked_bytes) = (seconds(2 * 3600), 12, 13);
    expected.read_from = ReadFrom::Parked;
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
fn every_consumer_setting_has_a_key() {
    for field in consumer_setting_names() {
        let error = json(&format!(r#"{{"EVENT_BUS_CONSUMER_CONFIG": {{"{field}": []}}}}"#)).read();
        let error = error.expect_err("a list is none of them").to_string();
        let place = format!("bus.json: EVENT_BUS_CONSUMER_CONFIG.{field}: expected");
        assert!(error.starts_with(&place), "{error}");
    }
}

#[test]
fn all_problems_of_consumer_settings_are_reported_at_once() {
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
    .expect_err("invalid");
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
