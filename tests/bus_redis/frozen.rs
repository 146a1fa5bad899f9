//! Servers and processes that are frozen: no wait goes beyond its deadline, and whoever goes on does so where it was.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use openedx_events::bus::redis::{Options, Redis};
use openedx_events::bus::{
    Backend, BusError, Consumer, ConsumerSettings, DeadLetter, DeadLetterReason, ErrorKind, EventConsumer,
    ParkedId, Parking, RunningConsumer, Topic, Waiting,
};
use openedx_events_tests::proxy::{Proxy, Way};
use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::{DEADLINE, first_starts, wait_until};

use crate::crash_points::CrashingConsumer;
use crate::flow::{impatient, quick};
use crate::support::{
    GROUP, LONG, NOT_AT_ALL, bus, consumer, failed, ids, publish, read, run, subscription, topic,
};

/// Much shorter than any time-out of the backend, long for a busy machine.
const SLACK: Duration = Duration::from_secs(2);
const STOP: Duration = Duration::from_millis(500);

/// Runs all calls of a consumer at once, and announces a stop in the middle of them. None may last longer.
#[track_caller]
fn all_calls_end(consumer: Box<dyn Consumer>, freeze: impl FnOnce()) {
    let batch = read(&*consumer);
    let (held, delivery) = (ids(&batch), &batch.deliveries[0]);
    let dead_letter = DeadLetter::new(DeadLetterReason::Undecodable, "because");
    let (begun, mut stopped) = (Barrier::new(13), Instant::now());
    let text = ["text".to_owned()];
    let parked = consumer.parked().expect("it may park");
    let waiting = [Waiting::new("a::receiver", SystemTime::now())];
    let parking = Parking { delivery, waiting: &waiting, dead_letter: None };
    let calls: [(&str, &(dyn Fn() -> bool + Sync)); 12] = [
        ("read", &|| consumer.read(1, LONG, &[]).is_err()),
        ("renew", &|| consumer.renew(&held).is_err()),
        ("acknowledge", &|| consumer.acknowledge(&held).is_err()),
        ("release", &|| consumer.release(&held).is_err()),
        ("claim", &|| consumer.claim(1).is_err()),
        ("dead_letter", &|| consumer.dead_letter(delivery, &dead_letter).is_err()),
        ("count_attempt", &|| consumer.count_attempt(&held[0]).is_err()),
        ("processed", &|| consumer.processed(&text).is_err()),
        ("park", &|| parked.park(&[parking]).is_err()),
        ("list", &|| parked.list(None, 1).is_err()),
        ("start", &|| parked.start(&first_starts(&[ParkedId::new(1)])).is_err()),
        ("wake", &|| {
            consumer.wake();
            true
        }),
    ];
    freeze();
    thread::scope(|scope| {
        let running = calls.map(|(name, call)| {
            let begun = &begun;
            scope.spawn(move || {
                begun.wait();
                (name, call(), Instant::now())
            })
        });
        begun.wait();
        // They wait by now, on the server or for each other.
        thread::sleep(Duration::from_millis(200));
        stopped = Instant::now() + STOP;
        consumer.stop_by(stopped);
        for call in running {
            let (name, has_failed, ended) = call.join().expect("no panic");
            let late = ended.saturating_duration_since(stopped);
            assert!(late < SLACK, "{name} ends {late:?} after the stop");
            // Nothing is claimed while entries may be outstanding that the read has lost.
            assert!(has_failed || name == "claim", "{name}");
        }
    });
    // Later ones do not begin, and the drop waits for nothing either.
    for (name, call) in calls {
        assert!(call() || name == "claim", "{name}");
    }
    assert_eq!(failed(consumer.acknowledge(&held)).kind(), ErrorKind::Unreachable);
    drop(consumer);
    assert!(stopped.elapsed() < 2 * SLACK, "{:?}", stopped.elapsed());
}

#[test]
fn a_stop_ends_all_calls_on_a_frozen_server() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2"]);
    all_calls_end(consumer(&bus, "a"), || server.freeze());
    server.thaw();
}

/// The calls have to connect, and nobody answers.
#[test]
fn a_stop_ends_all_calls_that_connect() {
    let Some(server) = RedisServer::start() else { return };
    let proxy = Proxy::to(server.port());
    let bus = Redis::open(&proxy.url()).expect("an address");
    publish(&bus, &["1", "2"]);
    all_calls_end(consumer(&bus, "a"), || {
        proxy.swallow(&[Way::ToServer, Way::ToClient]);
        crate::support::cut_connections(&server);
        proxy.cut();
    });
}

#[test]
fn a_stop_ends_the_waiting_of_a_consumer_that_stands_by() {
    let Some(server) = RedisServer::start() else { return };
    let bus = Redis::open_with(&server.url(), Options::new().single_active(true)).expect("an address");
    let (active, standby) = (consumer(&bus, "a"), consumer(&bus, "b"));
    read(&*active);
    thread::scope(|scope| {
        let reading = scope.spawn(|| standby.read(1, LONG, &[]).map(|batch| batch.deliveries.len()));
        thread::sleep(Duration::from_millis(300));
        let stopped = Instant::now() + STOP;
        standby.stop_by(stopped);
        standby.stop_by(stopped + LONG);
        // With or without an error.
        let _ = reading.join().expect("no panic");
        let late = stopped.elapsed();
        assert!(late < SLACK, "{late:?}");
    });
}

/// The name is held by somebody who cannot be asked: it is not waited for longer than asked for.
#[test]
fn a_start_waits_no_longer_for_a_name_than_it_may() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    run(&mut server.client(), "SET {dev-learning}.consumer:group:a other:0 PX 60000");
    let start = Instant::now();
    let error = failed(bus.consumer(&subscription("a")));
    assert!(start.elapsed() < SLACK, "{:?}", start.elapsed());
    assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
    assert!(error.to_string().contains("`a` in the group `group` of `dev-learning`"), "{error}");

    let mut settings = ConsumerSettings::default();
    settings.allow_no_receivers = true;
    settings.start_timeout = Duration::from_millis(300);
    let consumer = EventConsumer::new(Arc::new(bus), GROUP).name("a").topic(topic()).settings(settings);
    let start = Instant::now();
    let error = consumer.clone().start().expect_err("the name is held");
    assert!(start.elapsed() < SLACK, "{:?}", start.elapsed());
    assert!(error.to_string().contains("consumes as `a`"), "{error}");

    // It is free at some time.
    run(&mut server.client(), "PEXPIRE {dev-learning}.consumer:group:a 500");
    let mut settings = ConsumerSettings::default();
    settings.allow_no_receivers = true;
    consumer.settings(settings).start().expect("the name is free").stop(DEADLINE).expect("stopped");
}

/// Both connections of a consumer renew its lease. If it has expired, as when the server was frozen, one of them takes it
/// again, and that is not another process.
#[test]
fn a_lease_that_has_expired_is_taken_again_by_both_connections() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let consumer = consumer(&bus, "a");
    for _ in 0..100 {
        // The reader renews the lease when it has connected.
        crate::support::cut_connections(&server);
        run(&mut server.client(), "DEL {dev-learning}.consumer:group:a");
        let begun = Barrier::new(2);
        let renew = |call: &dyn Fn() -> Option<BusError>| {
            begun.wait();
            while let Some(error) = call() {
                assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
            }
        };
        thread::scope(|scope| {
            scope.spawn(|| renew(&|| consumer.read(1, NOT_AT_ALL, &[]).err()));
            renew(&|| consumer.renew(&[]).err());
        });
    }
}

/// The leases expire while the server is frozen for longer than they last, which the test shortens. All consumers go on.
#[test]
fn consumers_go_on_after_a_freeze_that_outlives_their_leases() {
    const CONSUMERS: usize = 12;

    let Some(server) = RedisServer::start() else { return };
    let bus = Arc::new(impatient(&server.url()));
    let topic = Topic::new("leased").expect("a name");
    let consumers: Vec<_> = (0..CONSUMERS)
        .map(|number| {
            let mut settings = quick();
            settings.workers = 1;
            let consumer = EventConsumer::new(bus.clone(), format!("group-{number}")).name("c0");
            consumer.topic(topic.clone()).settings(settings).start().expect("a running consumer")
        })
        .collect();
    for _ in 0..6 {
        wait_until("all are ready", || consumers.iter().all(RunningConsumer::is_ready));
        let mut client = server.client();
        for number in 0..CONSUMERS {
            run(&mut client, &format!("PEXPIRE {{leased}}.consumer:group-{number}:c0 100"));
        }
        server.freeze();
        wait_until("all have noticed", || consumers.iter().all(|consumer| !consumer.is_ready()));
        server.thaw();
    }
    wait_until("all are ready", || consumers.iter().all(RunningConsumer::is_ready));
    for consumer in consumers {
        assert!(!consumer.has_ended());
        consumer.stop(DEADLINE).expect("it went on");
    }
}

/// The connections of the bus, by their names on the server.
fn connections(server: &RedisServer) -> BTreeMap<String, String> {
    let list = server.client_list();
    let field = |line: &str, name: &str| {
        line.split(' ').find_map(|field| field.strip_prefix(name).map(str::to_owned)).unwrap_or_default()
    };
    let lines = list.lines().filter(|line| !line.contains("cmd=client|list"));
    lines.map(|line| (field(line, "id="), field(line, "cmd="))).collect()
}

/// A process that is stopped and goes on is interrupted in its waits. That is not a lost server.
#[test]
fn a_process_that_is_stopped_and_goes_on_keeps_its_connections() {
    let Some(server) = RedisServer::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let topic = Topic::new("stopped").expect("a name");
    let process = CrashingConsumer::start(&server.url(), &topic, GROUP, "a", &folder.path().join("log"), &[]);
    wait_until("it waits for entries", || {
        connections(&server).values().any(|command| command == "xreadgroup")
    });
    // Calls about topics have a connection of their own, which is made when it is needed.
    let before = connections(&server);
    for _ in 0..40 {
        for signal in ["STOP", "CONT"] {
            let id = process.0.id().to_string();
            let status = Command::new("kill").args([&format!("-{signal}"), &id]).status();
            assert!(status.expect("kill can be run").success());
            thread::sleep(Duration::from_millis(10));
        }
    }
    assert_eq!(connections(&server).keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    process.end();
}
