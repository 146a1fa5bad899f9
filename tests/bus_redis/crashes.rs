//! Consumers that crash between any two steps.

use std::sync::Arc;

use openedx_events::bus::Backend;
use openedx_events_tests::redis_server::RedisServer;

use crate::{crash_points, support};

fn backend(server: &RedisServer) -> Arc<dyn Backend> {
    Arc::new(support::bus(server))
}

#[test]
fn a_consumer_may_crash_at_every_point() {
    let Some(server) = RedisServer::start() else { return };
    crash_points::every_point(&backend(&server), &server.url());
}

#[test]
fn an_event_that_crashes_consumers_is_dead_lettered() {
    let Some(server) = RedisServer::start() else { return };
    crash_points::a_killer(&backend(&server), &server.url());
}
