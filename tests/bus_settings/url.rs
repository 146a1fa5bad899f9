//! The address of the bus.

use openedx_events::bus::open;

use crate::json;

#[test]
fn event_bus_url_overrides_the_redis_url() {
    let settings = json(r#"{"EVENT_BUS_REDIS_CONNECTION_URL": "redis://a", "EVENT_BUS_URL": "sqlite:b"}"#);
    assert_eq!(settings.read().expect("right").url.as_deref(), Some("sqlite:b"));
}

#[test]
fn an_invalid_address_is_reported_without_its_password() {
    let error = open("amqp://user:secret@host").expect_err("no such backend");
    assert!(error.to_string().contains("`amqp:…` is not the address of a bus"), "{error}");
    assert!(!error.to_string().contains("secret"));
}
