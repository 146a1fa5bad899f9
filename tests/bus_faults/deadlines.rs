//! Starting and stopping in time, whatever the bus does.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{Service, World, send_signal, wait_calmly, wait_for};

const QUICK: &str = r#"{"claim_after": "2s", "heartbeat": "200ms"}"#;
const DRAIN: Duration = Duration::from_secs(3);

/// It stops by its deadline, with this exit code.
#[track_caller]
fn stops_in_time(service: &mut Service, code: i32) {
    let (ended, took) = service.stop();
    assert!(took < DRAIN + Duration::from_secs(2), "it took {took:?} to stop, and had {DRAIN:?}");
    assert_eq!(ended, Some(code));
}

#[test]
fn a_stop_while_redis_is_frozen() {
    let Some(world) = World::redis() else { return };
    world.publish(0..10, |number| (number.to_string(), ""));
    let mut service = world.service_of("jobs", "a", QUICK, DRAIN);
    wait_for(&world, "shaky", 0..10);
    wait_calmly("all are acknowledged", || world.pending_and_lag() == (0, Some(0)));
    world.freeze();
    // Nothing was left to acknowledge; that it could not leave the group harms nobody.
    let (code, took) = service.stop();
    assert!(took < DRAIN + Duration::from_secs(2), "it took {took:?}");
    assert!(matches!(code, Some(0 | 6)), "{code:?}");
}

#[test]
fn a_stop_with_ten_topics_while_redis_is_frozen() {
    let Some(world) = World::redis() else { return };
    world.publish(0..10, |number| (number.to_string(), ""));
    let topics: Vec<_> = (0..10)
        .map(|number| if number == 0 { "jobs".to_owned() } else { format!("jobs-{number}") })
        .collect();
    let mut service = world.service_of(&topics.join(","), "a", QUICK, DRAIN);
    wait_for(&world, "shaky", 0..10);
    world.freeze();
    let (_, took) = service.stop();
    assert!(took < DRAIN + Duration::from_secs(2), "it took {took:?}");
}

#[test]
fn a_stop_that_cannot_acknowledge_says_so() {
    let Some(mut world) = World::redis() else { return };
    world.create("held");
    world.publish(0..4, |number| (number.to_string(), "held"));
    let mut service = world.service_of("jobs", "a", QUICK, DRAIN);
    wait_calmly("all have begun", || world.logged("tried").len() == 4);
    world.server.as_mut().expect("Redis").kill();
    world.remove("held");
    wait_for(&world, "shaky", 0..4);
    stops_in_time(&mut service, 6);
}

#[test]
fn a_start_while_redis_is_frozen_ends_at_a_signal() {
    let Some(world) = World::redis() else { return };
    world.publish(0..1, |_| (String::new(), ""));
    world.freeze();
    let mut service = world.service_of("jobs", "a", r#"{"start_timeout": "1m"}"#, DRAIN);
    wait_calmly("it has started", || world.folder.join("log").exists());
    // Until it waits for the bus, which nothing shows.
    std::thread::sleep(Duration::from_millis(300));
    let (code, took) = service.stop();
    assert!(took < Duration::from_secs(2), "it took {took:?}");
    assert_eq!(code, Some(0), "nothing was begun");
}

#[test]
fn a_start_while_redis_is_frozen_ends_at_its_timeout() {
    let Some(world) = World::redis() else { return };
    world.publish(0..1, |_| (String::new(), ""));
    world.freeze();
    let started = std::time::Instant::now();
    let mut service = world.service_of("jobs", "a", r#"{"start_timeout": "1s"}"#, DRAIN);
    assert_eq!(service.ends(), Some(3));
    assert!(started.elapsed() < Duration::from_secs(4), "it took {:?}", started.elapsed());
}

#[test]
fn a_stop_while_a_frozen_process_has_the_lock_of_the_file() {
    let world = World::sqlite();
    world.publish(0..10, |number| (number.to_string(), ""));
    let mut service = world.service_of("jobs", "a", QUICK, DRAIN);
    wait_for(&world, "shaky", 0..10);
    wait_calmly("all are acknowledged", || world.pending_and_lag() == (0, Some(0)));
    let script = format!(
        "import sqlite3, sys, time\n\
         bus = sqlite3.connect({:?}, isolation_level=None, timeout=30)\n\
         bus.execute('BEGIN IMMEDIATE')\n\
         open({:?}, 'w').close()\n\
         time.sleep(600)",
        world.folder.join("bus.db"),
        world.folder.join("locked")
    );
    let mut holder =
        Command::new("python3").args(["-c", &script]).stdin(Stdio::null()).spawn().expect("python3");
    wait_calmly("it has the lock", || world.folder.join("locked").exists());
    send_signal(holder.id(), "STOP");
    let (_, took) = service.stop();
    holder.kill().expect("killed");
    holder.wait().expect("ended");
    assert!(took < DRAIN + Duration::from_secs(2), "it took {took:?} to stop, and had {DRAIN:?}");
}

/// Receivers that finish while the consumer stops are waited for without burning a core.
#[test]
fn a_stop_that_waits_for_receivers_burns_no_core() {
    let world = World::sqlite();
    world.create("held");
    world.publish(0..4, |number| (number.to_string(), "held"));
    let mut service = world.service_of("jobs", "a", QUICK, Duration::from_secs(20));
    wait_calmly("all have begun", || world.logged("tried").len() == 4);
    service.signal("TERM");
    std::thread::sleep(Duration::from_millis(200));
    let before = service.processor_time();
    std::thread::sleep(Duration::from_secs(2));
    let burnt = service.processor_time().saturating_sub(before);
    world.remove("held");
    assert_eq!(service.ends(), Some(0));
    assert!(burnt < Duration::from_millis(600), "{burnt:?} of processor time in 2 s");
}
