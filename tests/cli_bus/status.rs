//! `consume --status`: the endpoints, under faults of the bus and of receivers.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use openedx_events_tests::proxy::{Proxy, Way};
use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::wait_until;
use tempfile::TempDir;

use crate::fixture::{TOPIC, bell, guest, job, leaf, parcel};
use crate::lot::Lot;
use crate::program::{own, run};
use crate::watched::Watched;

fn publish(url: &str, lines: &[String]) {
    run(own(&["produce", "-t", TOPIC, "--bus", url]), &lines.join("\n")).has_ended_with(0);
}

/// A bus that is lost is noticed within two seconds, however it is lost, and when it is back.
#[test]
fn a_lost_bus_is_not_ready() {
    let Some(mut server) = RedisServer::start() else { return };
    let proxy = Proxy::to(server.port());
    let consumer = Watched::consumer(&proxy.url(), &[]);
    consumer.wait_until_ready();
    publish(&server.url(), &[leaf(1)]);
    wait_until("it consumes", || consumer.metric("messaging_client_consumed_messages_total") == Some(1.0));

    // Two seconds, and what a busy machine takes.
    let limit = Duration::from_secs(if std::env::var_os("CI").is_some() { 6 } else { 4 });
    server.freeze();
    let frozen = consumer.wait_until_not_ready("does not answer");
    assert!(frozen < limit, "{frozen:?}");
    server.thaw();
    consumer.wait_until_ready();

    proxy.swallow(&[Way::ToServer, Way::ToClient]);
    let swallowed = consumer.wait_until_not_ready("does not answer");
    assert!(swallowed < limit, "{swallowed:?}");
    proxy.free();
    consumer.wait_until_ready();

    server.kill();
    let killed = consumer.wait_until_not_ready("does not answer");
    assert!(killed < limit, "{killed:?}");
    assert_eq!(consumer.metric("openedx_events_ready"), Some(0.0));
    server.restart();
    consumer.wait_until_ready();
    println!("not ready after: frozen {frozen:?}, swallowed {swallowed:?}, killed {killed:?}");
    consumer.running.signal("TERM");
    consumer.running.end().has_ended_with(0);
}

/// It answers before there is a bus.
#[test]
fn a_consumer_that_waits_for_its_bus_is_not_ready() {
    let Some(mut server) = RedisServer::start() else { return };
    server.kill();
    let consumer = Watched::consumer(&server.url(), &["--bus-timeout", "60"]);
    consumer.wait_until_not_ready("waits for the bus");
    server.restart();
    consumer.wait_until_ready();
}

/// From the first answer on, whoever starts it.
#[test]
fn what_has_not_started_is_not_ready() {
    let Some(mut server) = RedisServer::start() else { return };
    server.kill();
    let url = server.url();
    let free_address = || {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("127.0.0.1:{}", free.local_addr().expect("its address").port())
    };
    let folder = TempDir::new().expect("a folder");
    for _ in 0..10 {
        let address = free_address();
        let group = ["consume", "-t", TOPIC, "-g", "porters"];
        let consumer =
            own(&[&group[..], &["--bus", &url, "--bus-timeout", "60", "--status", &address]].concat());
        let address_of_service = free_address();
        let mut service = own(&["serve", &url, TOPIC, "porters"]);
        service.env("EVENT_BUS_STATUS", &address_of_service);
        let address_of_webhooks = free_address();
        let webhook =
            ["webhook", "run", "--bus", &url, "--bus-timeout", "60", "--status", &address_of_webhooks];
        let mut webhooks = own(&webhook);
        webhooks.env(
            "EVENT_WEBHOOKS",
            r#"{"crm": {"url": "https://example.com", "events": ["*"], "topics": ["yard"]}}"#,
        );
        let address_of_producer = free_address();
        let mut producer = own(&["ring", &folder.path().to_string_lossy()]);
        producer
            .env("EVENT_BUS_STATUS", &address_of_producer)
            .env("EVENT_BUS_URL", &url)
            .env("EVENT_BUS_REQUIRED", "true");
        for (address, command) in [
            (address, consumer),
            (address_of_service, service),
            (address_of_webhooks, webhooks),
            (address_of_producer, producer),
        ] {
            let (status, body) = Watched::first_readiness(&address, command);
            assert_eq!(status, 503, "{body}");
            assert!(body.contains("waits for the bus"), "{body}");
        }
    }
}

/// A receiver that fails does not make the consumer unready, as a restart would not help; one that keeps the topic from being read
/// does.
#[test]
fn a_failing_receiver_does_not_make_a_consumer_unready() {
    for lot in Lot::each() {
        let consumer = Watched::consumer(&lot.url, &[]);
        consumer.wait_until_ready();
        lot.produce(&(1..=40).map(|number| bell(number, lot.folder())).collect::<Vec<_>>());
        wait_until("the circuit is open", || {
            consumer
                .metric("openedx_events_receiver_runs_total{receiver=\"bus_cli::answer\",outcome=\"failed\"}")
                .is_some()
        });
        assert_eq!(consumer.get("/readyz").0, 200);
        fs::write(lot.file("up"), "").expect("a file");
        wait_until("all are answered", || lot.numbers("answered").len() == 40);
        assert_eq!(consumer.get("/healthz").0, 200);
    }
}

/// While it stops, it is not ready, and alive.
#[test]
fn a_consumer_that_stops_is_not_ready() {
    let lot = Lot::each().next().expect("a bus in a file");
    lot.produce(&[job(1, lot.folder())]);
    let consumer = Watched::consumer(&lot.url, &[]);
    wait_until("the job has begun", || lot.file("begun-1").exists());
    consumer.running.signal("TERM");
    consumer.wait_until_not_ready("is being stopped");
    fs::write(lot.file("go"), "").expect("a file");
    consumer.running.end().has_ended_with(0);
}

/// The numbers of what is consumed, and of what fails.
#[test]
fn metrics_tell_of_events_and_dead_letters() {
    for lot in Lot::each() {
        let consumer = Watched::consumer(&lot.url, &[]);
        lot.produce(&[parcel(1, lot.folder()), guest(2), leaf(3)]);
        wait_until("all are consumed", || {
            consumer.metric("openedx_events_dead_letters{") == Some(1.0)
                && consumer.metric("openedx_events_suppressed_total{") == Some(1.0)
        });
        assert_eq!(consumer.metric("openedx_events_lag{"), Some(0.0));
        let (_, text) = consumer.get("/metrics");
        let folder = lot.folder().to_str().expect("UTF-8");
        for secret in ["Ada", "north", folder, "the pen"] {
            assert!(!text.contains(secret), "{secret} is in the metrics:\n{text}");
        }
        assert!(text.contains(r#"receiver="bus_cli::store",outcome="done""#), "{text}");
    }
}

/// Clients that say nothing hold up nobody for long, and what is no request gets an error.
#[test]
fn silent_clients_hold_up_nobody() {
    let lot = Lot::each().next().expect("a bus in a file");
    let consumer = Watched::consumer(&lot.url, &[]);
    let silent: Vec<_> = (0..8).map(|_| TcpStream::connect(&consumer.address).expect("it listens")).collect();
    consumer.wait_until_ready();
    drop(silent);
    assert_eq!(consumer.get("/").0, 404);
    assert_eq!(consumer.get("/metrics?a=b").0, 200);
}

#[test]
fn an_address_that_cannot_be_used_is_refused() {
    let lot = Lot::each().next().expect("a bus in a file");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().expect("an address").to_string();
    for address in [&*taken, "nowhere", "127.0.0.1"] {
        let ran = lot.run(&["consume"], &["-g", "porters", "--status", address]).has_ended_with(2);
        let error = format!("error: cannot serve the status at `{address}`: ");
        assert!(ran.stderr.starts_with(&error), "{}", ran.stderr);
    }
}
