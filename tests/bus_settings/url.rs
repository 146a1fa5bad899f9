//! The address of the bus.

use openedx_events::bus::open;

use crate::json;

#[test]
fn the_bus_s_own_address_goes_before_that_of_redis() {
    let settings = json(r#"{"EVENT_BUS_REDIS_CONNECTION_URL": "redis://a", "EVENT_BUS_URL": "sqlite:b"}"#);
    assert_eq!(settings.read().expect("right").url.as_deref(), Some("sqlite:b"));
}

#[test]
fn an_address_that_is_none_is_told_of_without_its_password() {
    let error = open("amqp://user:secret@host").expect_err("no such backend");
    assert!(error.to_string().contains("`amqp:…` is not the address of a bus"), "{error}");
    assert!(!error.to_string().contains("secret"));
}
