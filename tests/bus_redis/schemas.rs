//! The schemas that a producer keeps on the server for readers of other releases.

use std::sync::Arc;
use std::time::Duration;

use openedx_events::bus::{Backend, BusSettings, EventProducer, Topic};
use openedx_events::{AnySignal as _, signal};
use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::wait_until;

use crate::support::{bus, run};

/// Produced before and after the loss of the schemas.
#[signal("org.example.schemas.page.read.v1")]
struct PageRead {
    number: i64,
}

/// The server restarts without its data during a pause, and nothing has noticed that yet.
#[test]
fn lost_schemas_are_stored_again_before_the_next_event() {
    let Some(server) = RedisServer::start() else { return };
    let backend: Arc<dyn Backend> = Arc::new(bus(&server));
    let config =
        r#"{"org.example.schemas.page.read.v1": {"pages": {"event_key_field": "number", "enabled": true}}}"#;
    let config = format!(r#"{{"EVENT_BUS_PRODUCER_CONFIG": {config}}}"#);
    let settings = BusSettings::layers().json("test", &config).read().expect("the settings are right");
    let producer = EventProducer::start_on(&backend, &settings).expect("started");
    let topic = Topic::new("pages").expect("a name");
    let fingerprint = PAGE_READ.schema().expect("a schema").fingerprint();
    let is_kept = || backend.schema(&topic, fingerprint).expect("looked up").is_some();

    assert!(PAGE_READ.send_event(PageRead { number: 1 }).is_ok());
    wait_until("it is published", || producer.report().published == 1);
    assert!(is_kept());
    // The connection has been idle for so long that it is checked before its next use.
    let is_at_rest = |client: &str| {
        let seconds = client.split(' ').find_map(|part| part.strip_prefix("idle=")?.parse().ok());
        client.contains("cmd=exec") && seconds.is_some_and(|seconds: u64| seconds > 5)
    };
    wait_until("the connection is at rest", || server.client_list().lines().any(is_at_rest));
    let mut client = server.client();
    run(&mut client, "FLUSHALL");
    run(&mut client, "CLIENT KILL TYPE normal SKIPME yes");
    assert!(!is_kept());

    assert!(PAGE_READ.send_event(PageRead { number: 2 }).is_ok());
    wait_until("it is published", || producer.report().published == 2);
    assert!(is_kept());
    producer.shutdown(Duration::from_mins(1)).expect("all is published");
}
