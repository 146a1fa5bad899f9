//! What an endpoint answers, and what becomes of the event.

use std::net::TcpListener;
use std::time::{Duration, SystemTime};

use openedx_events_tests::wait_until;

use crate::server::{Reply, Server, ok, status, with_header};
use crate::world::{DRAIN, World};

#[test]
fn what_is_taken_is_done() {
    let (world, server) = (World::new(), Server::start(|_, _| status(204)));
    let ids: Vec<_> = world.publish(0..5).iter().map(|metadata| metadata.id().to_string()).collect();
    let consumer = world.start(World::webhook(&server.url()));
    wait_until("all are done", || consumer.report().done == 5);
    consumer.stop(DRAIN).expect("stopped");
    let received = server.received();
    assert_eq!(received.len(), 5);
    assert!(received.iter().all(|request| request.line == "POST /hook/hidden-path"));
    for id in ids {
        assert!(received.iter().any(|request| request.body.contains(&id)), "{id} was not posted");
    }
}

#[test]
fn a_failure_is_retried_until_it_works() {
    let world = World::new();
    let server = Server::start(|number, _| if number < 2 { status(500) } else { ok() });
    world.publish(0..1);
    let consumer = world.start(World::webhook(&server.url()));
    wait_until("it is done", || consumer.report().done == 1);
    let report = consumer.stop(DRAIN).expect("stopped");
    assert_eq!((server.count(), report.failed_attempts, report.dead_letters()), (3, 2, 0));
}

#[test]
fn an_event_that_the_endpoint_refuses_is_dead_lettered_at_once() {
    let (world, server) = (World::new(), Server::start(|_, _| status(422)));
    world.publish(0..1);
    let consumer = world.start(World::webhook(&server.url()));
    wait_until("it is dead-lettered", || consumer.report().dead == 1);
    consumer.stop(DRAIN).expect("stopped");
    assert_eq!(server.count(), 1);
    let expected = format!("http://{} answered 422 Unprocessable Entity", server.address());
    assert_eq!(world.dead_letter(), expected);
}

#[test]
fn redirects_are_not_followed() {
    for code in [301, 302, 303, 307, 308] {
        let (world, other) = (World::new(), Server::start(|_, _| ok()));
        let url = other.url();
        let server = Server::start(move |_, _| with_header(code, "location", &*url));
        world.publish(0..1);
        let consumer = world.start(World::webhook(&server.url()));
        wait_until("it is dead-lettered", || consumer.report().dead == 1);
        consumer.stop(DRAIN).expect("stopped");
        assert_eq!((server.count(), other.count()), (3, 0), "{code}");
        assert!(world.dead_letter().contains("redirects are not followed"), "{}", world.dead_letter());
    }
}

#[test]
fn an_endpoint_that_hangs_is_given_up_at_its_timeout_and_may_recover() {
    let world = World::new();
    let server = Server::start(|number, _| if number == 0 { Reply::Hang } else { ok() });
    world.publish(0..1);
    let consumer = world.start(World::webhook(&server.url()).timeout(Duration::from_millis(300)));
    wait_until("it is done", || consumer.report().done == 1);
    consumer.stop(DRAIN).expect("stopped");
    let received = server.received();
    assert_eq!(received.len(), 2);
    assert!(received[1].at - received[0].at >= Duration::from_millis(290));
}

/// The status is what counts.
#[test]
fn a_body_that_does_not_end_changes_nothing() {
    let (world, server) = (World::new(), Server::start(|_, _| Reply::Endless));
    world.publish(0..1);
    let consumer = world.start(World::webhook(&server.url()).timeout(Duration::from_secs(1)));
    wait_until("it is done", || consumer.report().done == 1);
    let report = consumer.stop(DRAIN).expect("stopped");
    assert_eq!((server.count(), report.failed_attempts), (1, 0));
}

/// The backoff alone would be 20 ms at most.
#[test]
fn retry_after_is_kept_in_seconds_and_as_a_date() {
    for is_date in [false, true] {
        let world = World::new();
        let server = Server::start(move |number, _| match number {
            0 if is_date => with_header(429, "retry-after", http_date(Duration::from_secs(3))),
            0 => with_header(429, "retry-after", "1"),
            _ => ok(),
        });
        world.publish(0..1);
        let consumer = world.start(World::webhook(&server.url()));
        wait_until("it is done", || consumer.report().done == 1);
        consumer.stop(DRAIN).expect("stopped");
        let received = server.received();
        assert_eq!(received.len(), 2);
        // A date has no parts of seconds, and the clock may be at the end of one.
        let least = if is_date { Duration::from_millis(1900) } else { Duration::from_secs(1) };
        assert!(received[1].at - received[0].at >= least, "{:?}", received[1].at - received[0].at);
    }
}

/// The date in this time, as HTTP writes it, by the clock of the wall.
fn http_date(after: Duration) -> String {
    let at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970") + after;
    let time = chrono::DateTime::from_timestamp(i64::try_from(at.as_secs()).expect("a date"), 0);
    time.expect("a date").format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[test]
fn a_backlog_waits_while_the_endpoint_is_down_and_none_is_dead_lettered() {
    let world = World::new();
    let server = Server::start(|number, _| match number {
        0..10 => status(503),
        10..20 => Reply::Close,
        _ => ok(),
    });
    world.publish(0..50);
    let consumer = world.start(World::webhook(&server.url()));
    wait_until("all are done", || consumer.report().done == 50);
    let report = consumer.stop(DRAIN).expect("stopped");
    assert_eq!((report.dead_letters(), world.dead_letters().len()), (0, 0));
    assert!(report.circuits_opened > 0);
}

#[test]
fn an_endpoint_that_is_not_there_yet_is_waited_for() {
    let world = World::new();
    // A port that is free again.
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let address = free.expect("a port");
    world.publish(0..3);
    let consumer = world.start(World::webhook(&format!("http://{address}/")));
    wait_until("its circuit is open", || consumer.report().circuits_opened == 1);
    let health = consumer.health();
    assert!(health.circuits[0].last_error.contains("cannot be reached"), "{health:?}");
    let server = Server::start_at(address, |_, _| ok());
    wait_until("all are done", || consumer.report().done == 3);
    consumer.stop(DRAIN).expect("stopped");
    assert_eq!((server.count(), world.dead_letters().len()), (3, 0));
}
