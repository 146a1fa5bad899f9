//! What stands in front of others, and how much is in flight.

use std::time::{Duration, Instant};

use crate::support::{World, on_each_bus, wait_calmly, wait_for};

const QUICK: &str = r#"{"claim_after": "2s", "heartbeat": "200ms"}"#;

on_each_bus! {
    entries_of_a_dead_consumer_wait_for_no_receiver_that_hangs;
    a_receiver_that_hangs_gets_half_of_the_workers;
    what_is_in_flight_is_bounded_by_its_bytes;
    what_a_stopped_consumer_releases_is_done_at_once;
    copies_of_an_event_run_a_receiver_with_dedup_once;
}

fn entries_of_a_dead_consumer_wait_for_no_receiver_that_hangs(world: &mut World) {
    world.create("held");
    // A consumer dies that has one that hangs, and others.
    world.publish(0..10, |number| (number.to_string(), "held"));
    let dying = world.service("a", QUICK);
    wait_calmly("it has begun", || world.logged("tried").len() >= 4);
    let other = world.service("b", QUICK);
    dying.kill();
    wait_calmly("another consumer runs one", || world.logged("tried").values().sum::<usize>() > 4);
    world.publish(100..300, |number| (number.to_string(), ""));
    wait_for(world, "shaky", 100..300);
    world.remove("held");
    wait_for(world, "shaky", 0..10);
    drop(other);
    assert_eq!(world.dead_letters(), [].into());
}

fn a_receiver_that_hangs_gets_half_of_the_workers(world: &mut World) {
    world.create("held");
    world.publish(0..1, |number| (number.to_string(), "held"));
    let _service = world.service("a", r#"{"timeout": "200ms"}"#);
    wait_calmly("one has begun", || world.logged("tried").len() == 1);
    // It is overdue, so that it is known to hang.
    std::thread::sleep(Duration::from_secs(1));
    world.publish(1..20, |number| (number.to_string(), "held"));
    world.publish(100..200, |number| (number.to_string(), ""));
    wait_for(world, "steady", 1..20);
    wait_for(world, "steady", 100..200);
    assert_eq!(world.logged("tried").len(), 2, "of four workers");
    world.remove("held");
    wait_for(world, "shaky", 0..20);
    wait_for(world, "shaky", 100..200);
}

fn what_is_in_flight_is_bounded_by_its_bytes(world: &mut World) {
    const EVENT: usize = 4 * 1024 * 1024;

    world.create("held");
    world.publish_large(0..60, EVENT, |number| (number.to_string(), "held"));
    let mut service = world.service("a", QUICK);
    wait_calmly("all workers have one", || world.logged("tried").len() == 4);
    // Nothing more comes.
    std::thread::sleep(Duration::from_secs(1));
    let (pending, _) = world.pending_and_lag();
    assert!(pending <= 5, "{pending} entries of 4 MiB are in flight, and 16 MiB may be");
    let peak = service.peak_memory();
    assert!(peak < 200 * 1024 * 1024, "{} MB", peak / 1_000_000);
    world.remove("held");
    wait_for(world, "shaky", 0..60);
    let peak = service.peak_memory();
    assert!(peak < 200 * 1024 * 1024, "{} MB", peak / 1_000_000);
    assert_eq!(service.stop().0, Some(0));
}

/// With heartbeats as far apart as by default.
fn what_a_stopped_consumer_releases_is_done_at_once(world: &mut World) {
    world.create("held");
    world.publish(0..1000, |number| (number.to_string(), "held"));
    let mut first = world.service_of("jobs", "a", "{}", Duration::from_secs(20));
    wait_calmly("the first has many", || world.pending_and_lag().0 >= 500);
    let _second = world.service("b", "{}");
    wait_calmly("the second has joined", || world.consumers().contains(&"b".to_owned()));
    first.signal("TERM");
    world.remove("held");
    first.ends();
    let stopped = Instant::now();
    wait_for(world, "shaky", 0..1000);
    assert!(stopped.elapsed() < Duration::from_secs(10), "it took {:?}", stopped.elapsed());
}

fn copies_of_an_event_run_a_receiver_with_dedup_once(world: &mut World) {
    use openedx_events::bus::Message;

    use crate::event::{JOB_SENT, JobSent};

    let mut producer = world.backend.producer().expect("a producer");
    for number in 0..40 {
        let event = JobSent { number, key: String::new(), fate: String::new(), padding: String::new() };
        let message = Message::of_event(&event, &JOB_SENT.generate_metadata()).expect("a message");
        producer.publish(&crate::support::topic(), &[message.clone(), message]).expect("published");
    }
    let mut service = world.service("a", r#"{"dedup": true}"#);
    wait_for(world, "shaky", 0..40);
    wait_calmly("all are acknowledged", || world.pending_and_lag() == (0, Some(0)));
    assert_eq!(service.stop().0, Some(0));
    let runs: usize = world.logged("shaky").values().sum();
    assert_eq!(runs, 40, "{:?}", world.logged("shaky"));
}
