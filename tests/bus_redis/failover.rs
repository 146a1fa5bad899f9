//! Failover to a replica that lacks the last writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use openedx_events::Event as _;
use openedx_events::bus::{Backend as _, ErrorKind};
use openedx_events_tests::proxy::Proxy;
use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::{DEADLINE, logs, wait_until};
use redis::Value;

use crate::flow::{
    ForgottenItem, GROUP, GuardedItem, TIMEOUT, consume, impatient, produce, quick, send, topic,
};
use crate::support::{message, run};

fn info(server: &RedisServer) -> String {
    match run(&mut server.client(), "INFO replication") {
        Value::BulkString(text) => String::from_utf8(text).expect("text"),
        other => panic!("{other:?}"),
    }
}

/// A replica of a server, in sync with it.
fn replica(server: &RedisServer) -> RedisServer {
    let port = server.port().to_string();
    let of = format!("127.0.0.1 {port}");
    let replica = RedisServer::start_with(&["--replicaof", &of]).expect("a redis-server");
    wait_until("the replica follows", || {
        thread::sleep(Duration::from_millis(10));
        info(&replica).contains("master_link_status:up") && info(server).contains("state=online")
    });
    replica
}

/// Waits until the replica is in sync.
fn catch_up(server: &RedisServer, replica: &RedisServer) {
    let start = Instant::now();
    let offset = |info: &str, name: &str| {
        let found = info.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
        found.unwrap_or_else(|| panic!("no {name}: {info}"))
    };
    while offset(&info(server), "master_repl_offset:") != offset(&info(replica), "slave_repl_offset:") {
        assert!(start.elapsed() < DEADLINE, "the replica does not catch up");
        thread::sleep(Duration::from_millis(2));
    }
}

/// What only the old server has is lost, as the docs say. Everything else is delivered, and entries that were in flight
/// when the new server took over are redelivered.
#[test]
fn only_what_the_new_server_lacks_is_lost() {
    let Some(old) = RedisServer::start() else { return };
    let new = replica(&old);
    let proxy = Proxy::to(old.port());
    let bus = impatient(&proxy.url());
    let may_go = Arc::new(AtomicBool::new(true));
    let gate = Arc::clone(&may_go);
    let _connection = ForgottenItem::signal().connect("done", move |_, context| {
        // A send calls it as well.
        wait_until("it may go on", || {
            thread::sleep(Duration::from_millis(1));
            gate.load(Ordering::SeqCst) || !context.from_event_bus()
        });
        Ok(())
    });
    let producer = produce::<ForgottenItem>(&bus);
    let (consumer, seen) = consume::<ForgottenItem>(&bus, "a", quick());
    send::<ForgottenItem>(0..10);
    wait_until("the first are done", || seen.has(0..10));
    let of_old = impatient(&old.url());
    let group = |bus: &openedx_events::bus::redis::Redis| {
        let groups = bus.groups(&topic::<ForgottenItem>()).expect("groups");
        let [group] = <[_; 1]>::try_from(groups).expect("one group");
        (group.lag, group.pending)
    };
    wait_until("they are acknowledged", || group(&of_old) == (Some(0), 0));
    // They are read and not done when the replica is promoted.
    may_go.store(false, Ordering::SeqCst);
    send::<ForgottenItem>(10..20);
    wait_until("they are in flight", || group(&of_old) == (Some(0), 10));
    catch_up(&old, &new);
    run(&mut new.client(), "REPLICAOF NO ONE");
    may_go.store(true, Ordering::SeqCst);
    send::<ForgottenItem>(20..30);
    wait_until("the old server's are done", || seen.has(0..30));
    wait_until("they are acknowledged", || group(&of_old) == (Some(0), 0));
    assert_eq!(group(&impatient(&new.url())), (Some(0), 10), "nobody has told it that the ten are done");

    // The old server follows the new one, as a sentinel configures it; its connections stay open.
    proxy.set_target(new.port());
    run(&mut old.client(), &format!("REPLICAOF 127.0.0.1 {}", new.port()));
    send::<ForgottenItem>(30..40);
    wait_until("the new server's are done", || seen.has(30..40));
    let of_new = impatient(&new.url());
    wait_until("all is acknowledged", || group(&of_new) == (Some(0), 0));
    wait_until("both are ready", || producer.is_ready() && consumer.is_ready());
    assert_eq!(producer.shutdown(TIMEOUT).expect("published").queued, 0);
    let report = consumer.stop(TIMEOUT).expect("it stops");
    assert_eq!((report.lost_groups, report.trimmed, report.dead_letters()), (0, 0, 0), "{report:?}");

    let stored = of_new.browse(&topic::<ForgottenItem>(), None, 1000).expect("entries").len();
    assert!((30..=40).contains(&stored), "0 to 19 and 30 to 39, and what was published twice: {stored}");
    let times = |number| seen.all().iter().filter(|(_, item)| item.number == number).count();
    assert!((0..10).all(|number| times(number) == 1), "the new server knew that they were done");
    assert!(
        (10..20).all(|number| times(number) == 2),
        "the new server did not know, so they were redelivered"
    );
    assert!((20..30).all(|number| times(number) == 1), "done, though no server knows");
}

/// With `min-replicas-to-write` the old server refuses writes that would be lost, and the producer keeps them.
#[test]
fn a_server_that_requires_a_replica_loses_nothing() {
    let options = ["--min-replicas-to-write", "1", "--min-replicas-max-lag", "10"];
    let Some(old) = RedisServer::start_with(&options) else { return };
    logs::collect();
    let new = replica(&old);
    let proxy = Proxy::to(old.port());
    let bus = impatient(&proxy.url());
    let _connection = GuardedItem::signal().connect("done", |_, _| Ok(()));
    let producer = produce::<GuardedItem>(&bus);
    let (consumer, seen) = consume::<GuardedItem>(&bus, "a", quick());
    send::<GuardedItem>(0..10);
    wait_until("the first are done", || seen.has(0..10));
    catch_up(&old, &new);
    run(&mut new.client(), "REPLICAOF NO ONE");
    wait_until("the old server has noticed", || info(&old).contains("connected_slaves:0"));

    send::<GuardedItem>(10..20);
    wait_until("the producer has noticed", || !producer.is_ready());
    let mut straight = impatient(&old.url()).producer().expect("a producer");
    let error = straight.publish(&topic::<GuardedItem>(), &[message("lost")]).expect_err("refused");
    assert_eq!((error.stored, error.is_unknown, error.error.kind()), (0, false, ErrorKind::Busy), "{error}");
    assert!(error.to_string().contains("NOREPLICAS"), "{error}");
    assert_eq!((producer.report().queued, producer.report().refused), (10, 0));
    let is_logged = || {
        logs::all().iter().any(|record| {
            record.message.contains("could not publish")
                && record.field("topic") == topic::<GuardedItem>().as_str()
                && record.field("error").contains("NOREPLICAS")
        })
    };
    wait_until("it is logged", is_logged);

    proxy.set_target(new.port());
    proxy.cut();
    wait_until("all are done", || seen.has(0..20));
    wait_until("both are ready", || producer.is_ready() && consumer.is_ready());
    let report = producer.shutdown(TIMEOUT).expect("published");
    assert_eq!(report.published, 20, "{report:?}");
    let report = consumer.stop(TIMEOUT).expect("it stops");
    assert_eq!((report.lost_groups, report.trimmed, report.dead_letters()), (0, 0, 0), "{report:?}");
    let groups = impatient(&new.url()).groups(&topic::<GuardedItem>()).expect("groups");
    assert_eq!((&*groups[0].name, groups[0].lag, groups[0].pending), (GROUP, Some(0), 0));
    let numbers: Vec<_> = seen.all().into_iter().map(|(_, item)| item.number).collect();
    assert_eq!(numbers.len(), seen.numbers().len(), "each once: {numbers:?}");
}
