//! Events that wait for a receiver that does not work are parked. No other receiver notices, whatever is killed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime};
use std::{fs, thread};

use openedx_events::bus::{KeyOrder, Message, Parking, Subscription, Waiting};
use openedx_events_tests::random;

use crate::event::{JOB_SENT, JobSent};
use crate::support::{Run, Service, World, millis, on_each_bus, topic, wait_calmly, wait_for};

/// Few events in flight, quick retries, and the default limit of an outage.
const NARROW: &str = r#"{"max_in_flight": 20, "batch": 10, "claim_after": "2s", "heartbeat": "200ms",
    "retry": {"max_attempts": 3, "initial_backoff": "20ms", "max_backoff": "200ms"}}"#;
/// The same with the default window.
const WIDE: &str = r#"{"retry": {"max_attempts": 3, "initial_backoff": "20ms", "max_backoff": "200ms"}}"#;

on_each_bus! {
    an_outage_with_kills_repeats_nothing;
    bad_events_hold_up_no_good_ones;
    more_bad_events_than_the_window_has_hold_up_no_good_ones;
    kills_at_random_in_an_outage;
    kills_and_claims_at_random_in_an_outage;
    an_outage_of_what_few_events_need;
    a_receiver_that_hangs_delays_no_other;
    no_more_is_parked_than_may_be;
    a_downgrade_loses_nothing;
    many_parked_events_are_read_at_the_start;
}

fn key(number: i64) -> String {
    format!("key {}", number % 30)
}

/// The events of each key were done by this receiver in their order: the first time, if it ran for some again.
#[track_caller]
fn assert_order(world: &World, receiver: &str) {
    assert_order_of(&world.runs(), receiver, key);
}

#[track_caller]
fn assert_order_of(runs: &[Run], receiver: &str, key: impl Fn(i64) -> String) {
    let mut done: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for run in runs.iter().filter(|run| run.what == receiver) {
        let of_key = done.entry(key(run.number)).or_default();
        if !of_key.contains(&run.number) {
            of_key.push(run.number);
        }
    }
    for (key, numbers) in done {
        assert!(numbers.is_sorted(), "{receiver} has done {key} out of order: {numbers:?}");
    }
}

/// All that the bus has of the group is done.
#[track_caller]
fn assert_nothing_left(world: &World) {
    assert_eq!((world.pending_and_lag(), world.parked()), ((0, Some(0)), 0));
}

/// What was parked is out of the topic: nothing is in flight but what probes.
fn wait_until_parked(world: &World, events: u64) {
    wait_calmly("they are parked", || {
        let settled = world.parked() + world.dead() as u64;
        settled >= events && world.pending_and_lag() == (0, Some(0))
    });
}

/// Two lives in the outage, each of them killed, and one after it.
fn an_outage_with_kills_repeats_nothing(world: &mut World) {
    world.create("down");
    world.publish(0..300, |number| (key(number), "down"));
    let first = world.service("a", NARROW);
    wait_for(world, "steady", 0..300);
    wait_until_parked(world, 300);
    first.kill();
    let tried = world.lines().len();
    let second = world.service("a", NARROW);
    wait_calmly("it probes", || world.lines().len() > tried);
    world.publish(300..330, |number| (key(number), "down"));
    wait_for(world, "steady", 300..330);
    wait_until_parked(world, 330);
    second.kill();
    world.remove("down");
    let mut third = world.service("a", NARROW);
    let dead = world.dead();
    assert!(dead <= 8, "{:?}", world.dead_letters());
    wait_calmly("the other one has done all", || world.logged("shaky").len() == 330 - dead);
    wait_calmly("nothing is parked", || world.parked() == 0);
    assert_eq!(third.stop().0, Some(0));
    for receiver in ["steady", "shaky"] {
        assert!(world.logged(receiver).values().all(|runs| *runs == 1), "{receiver} ran again");
        assert_order(world, receiver);
    }
    assert_eq!(world.dead(), dead, "none after the outage");
    assert_nothing_left(world);
}

fn bad_events_hold_up_no_good_ones(world: &mut World) {
    world.publish(0..60, |number| (number.to_string(), if number < 40 { "bad" } else { "" }));
    let mut service = world.service("a", NARROW);
    wait_for(world, "shaky", 40..60);
    wait_until_parked(world, 40);
    assert!(world.dead() <= 4, "{:?}", world.dead_letters());
    assert_eq!(service.stop().0, Some(0));
    end_of_the_bad(world, NARROW, 40);
    let letters = world.dead_letters();
    assert!(letters.get("outage").is_some_and(|outages| *outages >= 36), "{letters:?}");
}

/// The receiver that works has done all at once. Of the other one's good events most are done soon; the last of them are found by
/// chance among the bad ones, and have a last run at the latest.
fn more_bad_events_than_the_window_has_hold_up_no_good_ones(world: &mut World) {
    world.publish(0..2500, |number| (number.to_string(), if number < 1500 { "bad" } else { "" }));
    let mut service = world.service("a", WIDE);
    wait_for(world, "steady", 0..2500);
    wait_calmly("most of the good ones are done", || world.logged("shaky").len() >= 700);
    assert_eq!(service.stop().0, Some(0));
    end_of_the_bad(world, WIDE, 1500);
    wait_for(world, "shaky", 1500..2500);
}

/// With a limit that has passed, what always fails becomes dead letters.
fn end_of_the_bad(world: &World, settings: &str, number: usize) {
    let settings = settings.replacen('{', r#"{"outage_limit": "1s", "#, 1);
    let mut service = world.service("a", &settings);
    wait_calmly("the bad ones are dead letters", || world.dead() == number && world.parked() == 0);
    assert_eq!(service.stop().0, Some(0));
    assert!(world.logged("steady").values().all(|runs| *runs == 1), "the good receiver ran again");
    assert_nothing_left(world);
}

/// A process that is killed is back soon, so that no other one claims what it has.
fn kills_at_random_in_an_outage(world: &mut World) {
    // Not on a busy machine either, where a start can take seconds.
    kills_at_random(world, Duration::from_millis(600), Duration::from_mins(1));
}

/// Some are away for long.
fn kills_and_claims_at_random_in_an_outage(world: &mut World) {
    kills_at_random(world, Duration::from_secs(4), Duration::from_secs(2));
}

const NAMES: [&str; 3] = ["a", "b", "c"];

/// A consumer of the three, and the processes that it was.
struct Member {
    name: &'static str,
    service: Option<Service>,
    back_at: Instant,
    processes: BTreeSet<u32>,
}

impl Member {
    fn start(&mut self, world: &World, settings: &str) {
        let service = world.service(self.name, settings);
        self.processes.insert(service.id());
        self.service = Some(service);
    }
}

/// Three consumers of a group: five seconds of an outage and three after it, with kills all the time, and new events.
fn kills_at_random(world: &World, max_pause: Duration, claim_after: Duration) {
    let settings = NARROW.replace("2s", &format!("{}s", claim_after.as_secs()));
    let seed = random::seed("FAULTS_SEED");
    eprintln!("FAULTS_SEED={seed:#x}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let (is_over, published) = (AtomicBool::new(false), AtomicI64::new(0));
    let mut kills = Vec::new();
    world.create("down");
    let mut members =
        NAMES.map(|name| Member { name, service: None, back_at: Instant::now(), processes: BTreeSet::new() });
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0.. {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                world.publish(number..number + 1, |number| (key(number), "down"));
                published.store(number + 1, Ordering::Relaxed);
                thread::sleep(Duration::from_millis(5));
            }
        });
        let start = Instant::now();
        let (mut is_down, mut next_kill) = (true, start + Duration::from_secs(1));
        while start.elapsed() < Duration::from_secs(8) {
            let now = Instant::now();
            if is_down && start.elapsed() > Duration::from_secs(5) {
                world.remove("down");
                is_down = false;
            }
            for member in members.iter_mut().filter(|member| member.service.is_none()) {
                if member.back_at <= now {
                    member.start(world, &settings);
                }
            }
            if next_kill <= now {
                next_kill = now + Duration::from_millis(rng.u64(100..700));
                let member = &mut members[rng.usize(..NAMES.len())];
                if let Some(service) = member.service.take() {
                    kills.push(service.id());
                    service.kill();
                    member.back_at = now + max_pause.mul_f64(rng.f64());
                }
            }
            thread::sleep(Duration::from_millis(5));
        }
        is_over.store(true, Ordering::Relaxed);
    });
    for member in members.iter_mut().filter(|member| member.service.is_none()) {
        member.start(world, &settings);
    }
    let all = published.load(Ordering::Relaxed);
    wait_for(world, "steady", 0..all);
    wait_calmly("all is done", || (world.pending_and_lag(), world.parked()) == ((0, Some(0)), 0));
    for service in members.iter_mut().filter_map(|member| member.service.as_mut()) {
        assert_eq!(service.stop().0, Some(0));
    }
    assert_nothing_left(world);

    let (dead, letters) = (world.dead(), world.dead_letters());
    let done = world.logged("shaky").len();
    let lives: usize = members.iter().map(|member| member.processes.len()).sum();
    assert!(done + dead >= usize::try_from(all).expect("many"), "{done} done and {letters:?} of {all}");
    let are_right = letters.keys().all(|reason| reason == "receiver_failed");
    assert!(are_right && dead <= 4 * lives, "{letters:?}: {:#?}", world.letters());
    let runs = world.runs();
    let repeats = assert_repeats(&runs, "steady", &kills);
    assert_repeats(&runs, "shaky", &kills);
    eprintln!(
        "{} kills, {all} events, {dead} dead letters of {lives} processes, {repeats} repeats of the good receiver",
        kills.len()
    );
    for receiver in ["steady", "shaky"] {
        if world.backend.promises().order == KeyOrder::Group {
            assert_order(world, receiver);
        } else if max_pause < claim_after {
            // Nothing was claimed: each consumer has done its own events in order.
            for member in &members {
                let own: Vec<_> =
                    runs.iter().filter(|run| member.processes.contains(&run.process)).cloned().collect();
                assert_order_of(&own, receiver, key);
            }
        }
    }
}

/// A receiver has run again for no more than a killed process had in flight. Returns the number of repeats.
#[track_caller]
fn assert_repeats(runs: &[Run], receiver: &str, kills: &[u32]) -> usize {
    let mut first: BTreeMap<i64, u32> = BTreeMap::new();
    let mut repeats: BTreeMap<u32, usize> = BTreeMap::new();
    for run in runs.iter().filter(|run| run.what == receiver) {
        if let Some(before) = first.insert(run.number, run.process) {
            *repeats.entry(before).or_default() += 1;
        }
    }
    for (process, repeats) in &repeats {
        assert!(kills.contains(process), "{receiver} has repeated what a process had that was not killed");
        // As many as may be in flight, and what the workers have besides.
        assert!(*repeats <= 20 + 4, "{receiver} has repeated {repeats} events of one process");
    }
    repeats.values().sum()
}

/// Of five events one needs what is down. The others are no evidence against it.
fn an_outage_of_what_few_events_need(world: &mut World) {
    world.create("down");
    // So slow that others fail, too, before the first one has used up its attempts.
    let settings = WIDE.replace("20ms", "300ms").replace("200ms", "1s");
    let mut service = world.service("a", &settings);
    let key = |number: i64| format!("key {}", number % 97);
    let fate = |number: i64| (key(number), if number % 5 == 0 { "down" } else { "" });
    for number in 0..600 {
        world.publish(number..number + 1, fate);
        thread::sleep(Duration::from_millis(3));
    }
    wait_for(world, "steady", 0..600);
    world.remove("down");
    wait_calmly("nothing is parked", || (world.pending_and_lag(), world.parked()) == ((0, Some(0)), 0));
    assert_eq!(service.stop().0, Some(0));
    let (done, dead) = (world.logged("shaky").len(), world.dead());
    eprintln!("{dead} of 120 events are dead letters");
    assert!(dead <= 4 && done + dead == 600, "{done} are done, and {:?}", world.dead_letters());
    for receiver in ["steady", "shaky"] {
        assert!(world.logged(receiver).values().all(|runs| *runs == 1), "{receiver} ran again");
        assert_order_of(&world.runs(), receiver, key);
    }
}

/// It keeps two of the four workers once a run has passed its timeout.
fn a_receiver_that_hangs_delays_no_other(world: &mut World) {
    let settings = NARROW.replacen('{', r#"{"timeout": "200ms", "#, 1);
    world.create("held");
    let mut service = world.service("a", &settings);
    let errors = || fs::read_to_string(world.folder.join("errors")).unwrap_or_default();
    let mut published = BTreeMap::new();
    for number in 0..400 {
        published.insert(number, millis());
        world.publish(number..number + 1, |number| (number.to_string(), "held"));
        if number == 0 {
            wait_calmly("it is known to hang", || errors().contains("exceeded its timeout"));
        }
        thread::sleep(Duration::from_millis(5));
    }
    // Of the first event it may come behind the one that hangs.
    wait_for(world, "steady", 1..400);
    assert!(world.logged("tried").len() <= 3, "{:?}", world.logged("tried"));
    let lines = world.lines();
    let steady = lines.iter().filter(|(_, what, _)| what == "steady");
    let mut delays: Vec<_> = steady.map(|(at, _, number)| at.saturating_sub(published[number])).collect();
    delays.sort_unstable();
    let (median, p99) = (delays[delays.len() / 2], delays[delays.len() * 99 / 100]);
    eprintln!("the good receiver has an event after {median} ms, 99 % after {p99} ms");
    assert!(p99 < 2000, "99 % after {p99} ms");
    world.remove("held");
    wait_for(world, "shaky", 0..400);
    wait_calmly("nothing is parked", || world.parked() == 0);
    assert_eq!(service.stop().0, Some(0));
    assert_eq!(world.dead_letters(), [].into());
    assert_nothing_left(world);
}

fn no_more_is_parked_than_may_be(world: &mut World) {
    let settings = NARROW.replacen('{', r#"{"max_parked": 50, "#, 1);
    world.create("down");
    world.publish(0..300, |number| (key(number), "down"));
    let health = || fs::read_to_string(world.folder.join("health")).unwrap_or_default();
    let mut service = world.special_service("a", &settings, "FAULTS_HEALTH");
    wait_calmly("it is not ready", || {
        let health = health();
        !health.is_empty() && !health.starts_with("ready")
    });
    let said = health();
    assert!(said.contains("jobs") && said.contains("shaky") && said.contains("is down"), "{said}");
    assert!(world.parked() <= 50, "{} are parked", world.parked());
    let read = world.logged("steady").len();
    assert!(read < 300, "it is not read any more");
    thread::sleep(Duration::from_millis(500));
    assert_eq!(world.logged("steady").len(), read, "it is not read any more");
    let errors = || fs::read_to_string(world.folder.join("errors")).unwrap_or_default();
    let of_topic = |line: &&str| line.contains(" ERROR ") && !line.contains("receiver failed");
    let logged = errors().lines().filter(of_topic).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(logged.len(), 1, "{logged:?}");
    world.remove("down");
    wait_for(world, "steady", 0..300);
    wait_calmly("all is done", || (world.pending_and_lag(), world.parked()) == ((0, Some(0)), 0));
    wait_calmly("it is ready", || health().starts_with("ready"));
    assert_eq!(service.stop().0, Some(0));
    let (done, dead) = (world.logged("shaky").len(), world.dead());
    assert!(dead <= 4 && done + dead == 300, "{done} are done, and {:?}", world.dead_letters());
    for receiver in ["steady", "shaky"] {
        assert!(world.logged(receiver).values().all(|runs| *runs == 1), "{receiver} ran again");
        assert_order(world, receiver);
    }
}

/// A release that knows no parked events runs in between. It does the new events, and leaves the store alone.
fn a_downgrade_loses_nothing(world: &mut World) {
    world.create("down");
    world.publish(0..100, |number| (key(number), "down"));
    let mut service = world.service("a", NARROW);
    wait_for(world, "steady", 0..100);
    wait_until_parked(world, 100);
    assert_eq!(service.stop().0, Some(0));
    let (parked, dead) = (world.parked(), world.dead());
    assert!(parked >= 96, "{parked} are parked");

    // Python's producer trims the topic: what is parked is not in it any more.
    if let Some(server) = &world.server {
        let mut trim = redis::cmd("XTRIM");
        trim.arg("jobs").arg("MAXLEN").arg(0).exec(&mut server.client()).expect("XTRIM");
    }
    let mut older = world.special_service("a", NARROW, "FAULTS_WITHOUT_PARKING");
    world.publish(100..160, |number| (format!("new {}", number % 7), ""));
    for receiver in ["steady", "shaky"] {
        wait_for(world, receiver, 100..160);
    }
    assert_eq!(older.stop().0, Some(0));
    assert_eq!((world.parked(), world.pending_and_lag()), (parked, (0, Some(0))));

    world.remove("down");
    let mut service = world.service("a", NARROW);
    wait_calmly("nothing is parked", || world.parked() == 0);
    assert_eq!(service.stop().0, Some(0));
    let done = world.logged("shaky");
    assert_eq!((done.len(), world.dead()), (160 - dead, dead));
    for receiver in ["steady", "shaky"] {
        assert!(world.logged(receiver).values().all(|runs| *runs == 1), "{receiver} ran again");
    }
    // Those of the older release have keys of their own.
    let parked: Vec<_> = world.runs().into_iter().filter(|run| run.number < 100).collect();
    assert_order_of(&parked, "shaky", key);
    assert_nothing_left(world);
}

/// With 100,000 parked events a service starts soon, and takes little more memory.
fn many_parked_events_are_read_at_the_start(world: &mut World) {
    const EVENTS: i64 = 100_000;

    world.create("down");
    // As many as may be parked by default would keep new events from being read.
    let settings = WIDE.replacen('{', r#"{"max_parked": 200000, "#, 1);
    // Of a service that has read one event: how long it has taken, and its memory.
    let start = |number: i64| {
        let started = Instant::now();
        let service = world.service("a", &settings);
        world.publish(number..number + 1, |number| (format!("new {number}"), ""));
        wait_for(world, "steady", number..number + 1);
        (started.elapsed(), service.memory(), service)
    };
    let (took_without, memory_without, mut service) = start(-2);
    assert_eq!(service.stop().0, Some(0));

    let mut producer = world.backend.producer().expect("a producer");
    let subscription = Subscription::new(topic(), "group", "a");
    let consumer = world.backend.consumer(&subscription).expect("a consumer");
    let store = consumer.parked().expect("a store");
    let waiting = [Waiting::new("fault_service::shaky", SystemTime::now())];
    for first in (0..EVENTS).step_by(1000) {
        let message = |number: i64| {
            let (key, fate) = (format!("key {}", number % 10_000), "down".to_owned());
            let event = JobSent { number, key, fate, padding: String::new() };
            Message::of_event(&event, &JOB_SENT.generate_metadata()).expect("a message")
        };
        let messages: Vec<_> = (first..first + 1000).map(message).collect();
        producer.publish(&topic(), &messages).expect("published");
        let mut left = 1000;
        while left > 0 {
            let read = consumer.read(left, Duration::from_secs(1), &[]).expect("read").deliveries;
            left -= read.len();
            let parking = |delivery| Parking { delivery, waiting: &waiting, dead_letter: None };
            let _ = store.park(&read.iter().map(parking).collect::<Vec<_>>()).expect("parked");
        }
    }
    drop(consumer);
    assert_eq!(world.parked(), 100_000);

    let (took, memory, mut service) = start(-1);
    let more = memory.saturating_sub(memory_without) / 1_000_000;
    eprintln!("100,000 parked events: started in {took:?}, {took_without:?} without; {more} MB more");
    assert!(took < took_without + Duration::from_secs(20), "{took:?}");
    assert!(more < 60, "{more} MB more");
    // They are known: one of them probes.
    wait_calmly("one is tried", || world.logged("tried").len() > 2);
    assert_eq!(service.stop().0, Some(0));
    assert!(matches!(world.parked(), 100_000 | 100_001), "the new one may be parked, too");
}
