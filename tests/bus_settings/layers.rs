//! Layers, and how they are merged.

use openedx_events::bus::{BusSettings, ConsumerSettings};

const CREATED: &str = "org.openedx.learning.course.enrollment.created.v1";

#[test]
fn no_settings_are_the_defaults() {
    let settings = BusSettings::layers().read().expect("valid");
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
        .expect("valid");
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
fn a_byte_order_mark_is_passed_over() {
    let settings = BusSettings::layers()
        .toml("bus.toml", "\u{feff}EVENT_BUS_URL = 'memory:'")
        .json("bus.json", "\u{feff}{\"EVENT_BUS_TOPIC_PREFIX\": \"prod\"}")
        .read()
        .expect("valid");
    assert_eq!((settings.url.as_deref(), settings.topic_prefix.as_str()), (Some("memory:"), "prod"));
}
