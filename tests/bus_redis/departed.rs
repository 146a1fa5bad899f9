//! Consumers that are gone and have left nothing are removed from their group, and no others.

use std::time::Duration;
use std::{mem, thread};

use ::redis::Value;
use openedx_events::bus::redis::{Options, Redis};
use openedx_events::bus::{Backend, Consumer};
use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::{finishes, wait_until};

use crate::parked::park;
use crate::support::{
    NOT_AT_ALL, bus, consumer, ids, payloads, pending, publish, read, run, subscription, topic,
};

fn names(bus: &Redis) -> Vec<String> {
    bus.groups(&topic()).expect("groups").swap_remove(0).consumers
}

/// Removes consumers that have been inactive for a little while.
fn forgetful(server: &RedisServer) -> Redis {
    let options = Options::new().inactive_after(Duration::from_millis(50));
    Redis::open_with(&server.url(), options).expect("an address")
}

/// A consumer that claims, and removes, after a little while.
fn forgetful_consumer(bus: &Redis, name: &str) -> Box<dyn Consumer> {
    let mut subscription = subscription(name);
    subscription.claim_after = Duration::from_millis(25);
    bus.consumer(&subscription).expect("a consumer")
}

/// Reads what there is, until this holds.
fn reads_until(consumer: &dyn Consumer, what: &str, condition: impl Fn() -> bool) {
    wait_until(what, || {
        let batch = consumer.read(1, NOT_AT_ALL, &[]).expect("a batch");
        assert!(batch.deliveries.is_empty() && !batch.is_group_new);
        thread::sleep(Duration::from_millis(10));
        condition()
    });
}

/// Leaves what a process leaves that was killed: a name, and no lease when that has expired.
fn kill(server: &RedisServer, consumer: Box<dyn Consumer>, name: &str) {
    mem::forget(consumer);
    run(&mut server.client(), &format!("DEL {{dev-learning}}.consumer:group:{name}"));
}

#[test]
fn restarts_under_new_names_leave_no_names() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    for pod in 0..30 {
        publish(&bus, &["1"]);
        let consumer = consumer(&bus, &format!("pod-{pod}"));
        let batch = read(&*consumer);
        assert_eq!(payloads(&batch.deliveries), ["1"]);
        consumer.acknowledge(&ids(&batch)).expect("acknowledged");
    }
    assert!(names(&bus).is_empty(), "{:?}", names(&bus));
}

#[test]
fn killed_processes_leave_no_names_for_ever() {
    let Some(server) = RedisServer::start() else { return };
    let bus = forgetful(&server);
    for pod in 0..30 {
        publish(&bus, &["1"]);
        let name = format!("pod-{pod}");
        let consumer = consumer(&bus, &name);
        let batch = read(&*consumer);
        consumer.acknowledge(&ids(&batch)).expect("acknowledged");
        kill(&server, consumer, &name);
    }
    assert!(!names(&bus).is_empty());
    let last = forgetful_consumer(&bus, "last");
    reads_until(&*last, "they are removed", || names(&bus) == ["last"]);
}

#[test]
fn one_that_lives_or_has_left_something_is_not_removed() {
    let Some(server) = RedisServer::start() else { return };
    let bus = forgetful(&server);
    publish(&bus, &["parked", "pending"]);
    let with_parked = consumer(&bus, "with-parked");
    let batch = with_parked.read(1, NOT_AT_ALL, &[]).expect("a batch");
    park(&*with_parked, &batch.deliveries);
    let with_pending = consumer(&bus, "with-pending");
    assert_eq!(payloads(&read(&*with_pending).deliveries), ["pending"]);
    let (idle, gone) = (consumer(&bus, "idle"), consumer(&bus, "gone"));
    read(&*idle);
    read(&*gone);
    kill(&server, with_parked, "with-parked");
    kill(&server, with_pending, "with-pending");
    kill(&server, gone, "gone");
    // It claims nothing here.
    let last = forgetful_consumer(&bus, "last");
    let others = ["idle", "last", "with-parked", "with-pending"];
    reads_until(&*last, "one is removed", || names(&bus) == others);
    // What others had is not lost. When it is done, they are removed as well.
    let claimed = last.parked().expect("a store").claim(10).expect("claimed");
    assert_eq!(claimed.len(), 1);
    let mut held = Vec::new();
    wait_until("the entry is claimed", || last.claim(10).is_ok_and(|batch| !batch.deliveries.is_empty()));
    held.extend(last.renew(&[]).expect("renewed"));
    assert_eq!((pending(&bus), held.len()), (1, 0));
    reads_until(&*last, "they are removed", || names(&bus) == ["idle", "last"]);
    drop(idle);
    assert_eq!(names(&bus), ["last"]);
}

/// As with a consumer in Python, which has no lease. The names of those that live are in the list again when they read.
#[test]
fn a_consumer_of_another_program_that_is_removed_while_it_waits_goes_on() {
    let Some(server) = RedisServer::start() else { return };
    let bus = forgetful(&server);
    let last = forgetful_consumer(&bus, "last");
    read(&*last);
    let mut client = server.client();
    let reading = thread::spawn(move || {
        let mut read = ::redis::cmd("XREADGROUP");
        read.arg("GROUP").arg("group").arg("python").arg("COUNT").arg(1).arg("BLOCK").arg(0);
        read.arg("STREAMS").arg("dev-learning").arg(">").query::<Value>(&mut client).expect("an entry")
    });
    wait_until("it waits", || server.client_list().contains("cmd=xreadgroup"));
    reads_until(&*last, "it is removed", || names(&bus) == ["last"]);
    drop(last);
    publish(&bus, &["1"]);
    let entry = finishes(move || reading.join().expect("no panic"));
    assert!(
        matches!(&entry, Value::Array(streams) if streams.len() == 1) || matches!(entry, Value::Map(_)),
        "{entry:?}"
    );
    assert_eq!((names(&bus), pending(&bus)), (vec!["python".to_owned()], 1));
}
