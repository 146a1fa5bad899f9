//! The key of an event: that of the settings, or that of the signal.

use std::sync::Arc;
use std::time::Duration;

use openedx_events::bus::{Backend, EventProducer, open};
use openedx_events::signal;
use openedx_events_tests::logs;

use crate::{json, problems};

/// Something with a key.
#[signal("org.example.settings.lamp.lit.v1", key = street)]
#[derive(Clone)]
pub(crate) struct LampLit {
    /// Where it is.
    pub(crate) street: String,
    /// Who made it.
    pub(crate) maker: String,
}

/// Something without a key.
#[signal("org.example.settings.lamp.out.v1")]
#[derive(Clone)]
pub(crate) struct LampOut {
    /// Where it is.
    pub(crate) street: String,
}

const LIT: &str = "org.example.settings.lamp.lit.v1";
const OUT: &str = "org.example.settings.lamp.out.v1";

fn config(event_type: &str, topic: &str) -> String {
    format!(r#"{{"EVENT_BUS_PRODUCER_CONFIG": {{"{event_type}": {{"lamps": {topic}}}}}}}"#)
}

#[test]
fn the_key_may_be_left_out_where_the_signal_declares_it() {
    for (topic, key) in [
        (r#"{"enabled": true}"#, "street"),
        (r#"{"enabled": true, "event_key_field": "street"}"#, "street"),
        (r#"{"enabled": true, "event_key_field": "maker"}"#, "maker"),
    ] {
        let settings = json(&config(LIT, topic)).read().expect("valid");
        let topic = settings.producer_config.get(LIT, "lamps").expect("it is configured");
        assert_eq!(topic.event_key_field.as_str(), key);
    }
    let error = json(&config(OUT, r#"{"enabled": true}"#)).read().expect_err("no key");
    assert_eq!(
        problems(&error),
        [format!(
            "bus.json: EVENT_BUS_PRODUCER_CONFIG.{OUT:?}.\"lamps\": `event_key_field` is missing, and the signal declares no key; set \
         it to the path of the field that is the key"
        )]
    );
    // A key that is wrong is not replaced by the declared one.
    assert!(json(&config(LIT, r#"{"enabled": true, "event_key_field": "steet"}"#)).read().is_err());
    assert!(json(&config(LIT, r#"{"enabled": true, "event_key_field": null}"#)).read().is_err());
}

/// The text that says so, for each producer that was started.
fn overrides(topic: &str) -> Vec<(String, String)> {
    let all = logs::all().into_iter();
    let about = all.filter(|record| {
        record.message == "the settings override the key that the signal declares"
            && record.field("topic") == topic
    });
    about
        .map(|record| (record.field("event_key_field").to_owned(), record.field("declared").to_owned()))
        .collect()
}

#[test]
fn another_key_overrides_the_declared_one_and_this_is_told() {
    logs::collect();
    let backend: Arc<dyn Backend> = open("memory:lamps").expect("opened");
    let start = |prefix: &str, event_type: &str, topic: &str| {
        let settings = json(&config(event_type, topic)).read().expect("valid").topic_prefix(prefix);
        let producer = EventProducer::start_on(&backend, &settings).expect("started");
        producer.shutdown(Duration::from_secs(5)).expect("nothing is left");
    };
    start("other", LIT, r#"{"enabled": true, "event_key_field": "maker"}"#);
    assert_eq!(overrides("other-lamps"), [("maker".to_owned(), "street".to_owned())]);
    // Settings that Python's services share always have it.
    start("same", LIT, r#"{"enabled": true, "event_key_field": "street"}"#);
    start("same", LIT, r#"{"enabled": true}"#);
    start("same", LIT, r#"{"enabled": false, "event_key_field": "maker"}"#);
    start("same", OUT, r#"{"enabled": true, "event_key_field": "street"}"#);
    assert_eq!(overrides("same-lamps"), []);
}
