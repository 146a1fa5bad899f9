//! Consumer settings: `EVENT_BUS_CONSUMER_CONFIG`.

use std::time::Duration;

use openedx_events::DeliveryPolicy;
use openedx_events::bus::{AckPolicy, BusSettings, ConsumerSettings, MissingTopic, Start, UnknownRelease};

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
            start = "latest"
            missing_topic = "refuse"
            skip_to_end_at_start = true
            workers = 2
            batch = 3
            window = 4
            window_bytes = 5
            unknown_release = "dead_letter"
            ack_policy = "always"
            time_limit = "1500ms"
            stuck_limit = "never"
            claim_idle = "2m"
            heartbeat = "20s"
            most_crashes = 6
            dead_letters_alarm = 8
            dedup = true
            start_timeout = "1h"
            reconnect_timeout = "3h"
            most_entries = 9
            allow_no_receivers = true
            [EVENT_BUS_CONSUMER_CONFIG.retry]
            attempts = 10
            first_pause = "1s"
            [EVENT_BUS_CONSUMER_CONFIG.receivers]
            "a::b" = { attempts = 11, time_limit = "never", dedup = true }
            "#,
        )
        .variables([(
            "EVENT_BUS_CONSUMER_CONFIG".to_owned(),
            r#"{"retry": {"longest_pause": "2s"}, "receivers": {"a::b": {"first_pause": "4s"}}, "batch": 30}"#.to_owned(),
        )])
        .read()
        .expect("valid");
    let seconds = Duration::from_secs;
    let mut expected = ConsumerSettings::default();
    expected.start = Start::Latest;
    expected.missing_topic = MissingTopic::Refuse;
    expected.skip_to_end_at_start = true;
    (expected.workers, expected.batch, expected.window, expected.window_bytes) = (2, 30, 4, 5);
    expected.retry.attempts = 10;
    (expected.retry.first_pause, expected.retry.longest_pause) = (seconds(1), seconds(2));
    expected.unknown_release = UnknownRelease::DeadLetter;
    expected.ack_policy = AckPolicy::Always;
    (expected.time_limit, expected.stuck_limit) = (Some(Duration::from_millis(1500)), None);
    (expected.claim_idle, expected.heartbeat) = (seconds(120), seconds(20));
    (expected.most_crashes, expected.consecutive_errors_limit) = (6, Some(7));
    (expected.dead_letters_alarm, expected.dedup) = (Some(8), true);
    let policy = DeliveryPolicy::new().attempts(11).first_pause(seconds(4)).dedup();
    expected.receivers.insert("a::b".to_owned(), policy);
    (expected.start_timeout, expected.reconnect_timeout) = (seconds(3600), Some(seconds(3 * 3600)));
    expected.most_entries = Some(9);
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
                "claim_idle": "0s",
                "stuck_limit": "1 hour",
                "retry": {"attempts": -1, "pause": "1s"},
                "receivers": {"a::b": {"atempts": 3, "dedup": "yes"}, "c": true}
            }
        }"#,
    )
    .read()
    .expect_err("invalid");
    let at = "bus.json: EVENT_BUS_CONSUMER_CONFIG";
    let time =
        "expected a time: a whole number from 1 on with its unit, `ms`, `s`, `m` or `h`, such as \"30s\"";
    assert_eq!(
        problems(&error),
        [
            "bus.json: EVENT_BUS_REDIS_CONSUMER_CONSECUTIVE_ERRORS_LIMIT: expected a whole number from 1 on"
                .to_owned(),
            format!("{at}.start: expected \"earliest\" or \"latest\""),
            format!("{at}.batch: expected a whole number from 1 on"),
            format!("{at}.retry.attempts: expected a whole number from 1 on"),
            format!(
                "{at}.retry: `pause` is no setting here: there are `attempts`, `first_pause`, `longest_pause`"
            ),
            format!("{at}.stuck_limit: {time}; or \"never\""),
            format!("{at}.claim_idle: {time}"),
            format!("{at}.heartbeat: {time}"),
            format!("{at}.receivers.a::b.dedup: expected `true` or `false`"),
            format!("{at}.receivers.a::b: `atempts` is no setting here, did you mean `attempts`?"),
            format!("{at}.receivers.c: expected an object of settings"),
            format!("{at}: `worker` is no setting here, did you mean `workers`?"),
        ]
    );
}
