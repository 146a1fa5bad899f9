//! Producers and consumers on one server, under random faults of all kinds.
//! `FAULTS_SEED` repeats the faults, `FAULTS_SOAK_SECONDS` sets the duration.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fs};

use fastrand::Rng;
use openedx_events::AnySignal;
use openedx_events::bus::{Backend, Delivery, EventProducer, Topic};
use openedx_events_tests::proxy::{Proxy, Way};
use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::{DEADLINE, wait_until};

use crate::crash_points::event::{TASK_ADDED, TASK_GIVEN, Task, TaskAdded, TaskGiven};
use crate::crash_points::{CrashingConsumer, dead_letters, lines};
use crate::flow::{SEED, TIMEOUT, impatient, producer_of};

/// Two consumers share a group; the third has a group of its own, in which the order of keys is promised.
const CONSUMERS: [(&str, &str); 3] = [("shared", "one"), ("shared", "two"), ("alone", "three")];

/// A consumer that is restarted when it has ended, each time with a new log.
struct Consumer {
    group: &'static str,
    name: &'static str,
    url: String,
    topic: Topic,
    folder: PathBuf,
    lives: usize,
    process: Option<CrashingConsumer>,
}

impl Consumer {
    /// Starts it if it does not run. It does not come up while the server believes that its name is in use.
    fn revive(&mut self) {
        if self.process.as_mut().is_some_and(|process| process.ended().is_none()) {
            return;
        }
        self.lives += 1;
        let log = self.log(self.lives);
        self.process =
            Some(CrashingConsumer::start(&self.url, &self.topic, self.group, self.name, &log, &[]));
    }

    fn log(&self, life: usize) -> PathBuf {
        self.folder.join(format!("{}-{life}", self.name))
    }

    fn logs(&self) -> impl Iterator<Item = PathBuf> {
        (1..=self.lives).map(|life| self.log(life))
    }
}

/// Sends a process a signal, such as `STOP`.
fn signal(process: &CrashingConsumer, signal: &str) {
    let id = process.0.id().to_string();
    let status = Command::new("kill").args([&format!("-{signal}"), &id]).status();
    assert!(status.expect("kill can be run").success(), "kill -{signal} {id}");
}

/// Causes a fault, and ends it after a while.
fn harm(rng: &mut Rng, server: &mut RedisServer, proxies: &[Proxy], consumers: &mut [Consumer]) -> String {
    let which = rng.usize(..proxies.len());
    let (proxy, while_) = (&proxies[which], Duration::from_millis(rng.u64(200..900)));
    let ways = [&[Way::ToServer][..], &[Way::ToClient], &[Way::ToServer, Way::ToClient]];
    let ways = ways[rng.usize(..ways.len())];
    let consumer = rng.usize(..consumers.len());
    match rng.u8(..9) {
        0 => {
            let (way, bytes) = (ways[0], rng.usize(1..3000));
            proxy.cut_after(way, bytes);
            thread::sleep(while_ / 4);
            format!("proxy {which}: cut after {bytes} {way:?}")
        }
        1 => {
            proxy.swallow(ways);
            thread::sleep(while_);
            format!("proxy {which}: swallowed {ways:?}")
        }
        2 => {
            proxy.hold(ways);
            thread::sleep(while_);
            format!("proxy {which}: held {ways:?}")
        }
        3 => {
            for proxy in proxies {
                proxy.delay(Duration::from_millis(20));
            }
            thread::sleep(while_);
            "slow".to_owned()
        }
        4 => {
            consumers[consumer].process = None;
            format!("killed {}", consumers[consumer].name)
        }
        5 => {
            if let Some(process) = &mut consumers[consumer].process
                && process.ended().is_none()
            {
                // At times for longer than others wait for a heartbeat.
                signal(process, "STOP");
                thread::sleep(2 * while_);
                signal(process, "CONT");
            }
            format!("froze {}", consumers[consumer].name)
        }
        6 => {
            server.freeze();
            thread::sleep(while_);
            server.thaw();
            "froze the server".to_owned()
        }
        7 => {
            server.restart();
            "killed the server".to_owned()
        }
        _ => {
            crate::support::cut_connections(server);
            "cut all connections".to_owned()
        }
    }
}

/// Sends tasks of two producers, with different keys.
fn send(numbers: std::ops::Range<i64>) {
    for number in numbers {
        let fate = match number % 40 {
            7 => "fail",
            13 | 22 => "waver",
            _ => "",
        };
        let task = Task { key: format!("key-{}", number % 6), number, fate: fate.to_owned() };
        let responses = if number % 2 == 0 {
            TASK_GIVEN.send_event(TaskGiven { task })
        } else {
            TASK_ADDED.send_event(TaskAdded { task })
        };
        assert!(responses.is_ok(), "{responses}");
    }
}

#[test]
fn nothing_is_lost_under_faults_of_all_kinds() {
    // Otherwise killing the server could lose what it has confirmed.
    let Some(mut server) = RedisServer::start_with(&["--appendfsync", "always"]) else { return };
    let seconds = env::var("FAULTS_SOAK_SECONDS").map_or(20, |given| given.parse().expect("a number"));
    eprintln!("FAULTS_SEED={:#x} FAULTS_SOAK_SECONDS={seconds}", *SEED);
    let mut rng = Rng::with_seed(*SEED);
    let folder = tempfile::tempdir().expect("a folder");
    let topic = Topic::new("soak").expect("a name");
    let proxies: Vec<_> = (0..5).map(|_| Proxy::to(server.port())).collect();
    let produce = |signal: &dyn AnySignal, proxy: &Proxy| -> EventProducer {
        producer_of(signal, &topic, "task.key", &impatient(&proxy.url()))
    };
    let producers = [produce(&TASK_GIVEN, &proxies[0]), produce(&TASK_ADDED, &proxies[1])];
    let mut consumers = Vec::new();
    for ((group, name), proxy) in CONSUMERS.into_iter().zip(&proxies[2..]) {
        let (url, topic, folder) = (proxy.url(), topic.clone(), folder.path().to_owned());
        consumers.push(Consumer { group, name, url, topic, folder, lives: 0, process: None });
    }

    let (start, mut sent, mut faults) = (Instant::now(), 0, Vec::new());
    while start.elapsed() < Duration::from_secs(seconds) {
        consumers.iter_mut().for_each(Consumer::revive);
        for _ in 0..rng.u8(1..8) {
            let more = rng.i64(1..6);
            send(sent..sent + more);
            sent += more;
            thread::sleep(Duration::from_millis(rng.u64(..30)));
        }
        let what = harm(&mut rng, &mut server, &proxies, &mut consumers);
        faults.push(format!("{:?} {what}", start.elapsed()));
        // At times there are two faults at once.
        if rng.u8(..4) > 0 {
            proxies.iter().for_each(Proxy::free);
        }
    }

    // No more faults from here on, and everything is worked off.
    proxies.iter().for_each(Proxy::free);
    let healed = Instant::now();
    for producer in &producers {
        assert_eq!(producer.flush(TIMEOUT), 0, "{producer:?} {faults:#?}");
        assert_eq!(producer.report().refused, 0);
    }
    let bus = impatient(&server.url());
    loop {
        consumers.iter_mut().for_each(Consumer::revive);
        let groups = bus.groups(&topic).expect("groups");
        if groups.len() == 2 && groups.iter().all(|group| (group.lag, group.pending) == (Some(0), 0)) {
            break;
        }
        assert!(healed.elapsed() < DEADLINE, "{groups:?} {faults:#?}");
        thread::sleep(Duration::from_millis(20));
    }
    wait_until("both producers are ready", || producers.iter().all(EventProducer::is_ready));
    for consumer in &mut consumers {
        consumer.process.take().expect("a consumer").end();
    }
    let lives: usize = consumers.iter().map(|consumer| consumer.lives).sum();
    let stored = bus.browse(&topic, None, 1_000_000).expect("entries");
    eprintln!(
        "{sent} events, {} entries, {} faults, {lives} lives, healed in {:?}",
        stored.len(),
        faults.len(),
        healed.elapsed()
    );
    let mut problems = Vec::new();
    check(&mut problems, &stored, sent, &dead_letters(&bus, &topic), &consumers);
    assert!(problems.is_empty(), "FAULTS_SEED={:#x}: {problems:#?} among {faults:#?}", *SEED);
}

/// The task of an entry.
fn task(entry: &Delivery) -> Task {
    let bytes = entry.message.payload.as_deref().expect("a payload");
    // Both events have the same schema.
    let event = TASK_GIVEN.decode(bytes).expect("an event");
    event.as_any().downcast_ref::<TaskGiven>().expect("of this type").task.clone()
}

/// The first occurrences of the tasks of each key are in order.
fn check_order<'a>(problems: &mut Vec<String>, what: &str, tasks: impl Iterator<Item = &'a Task>) {
    let (mut seen, mut last) = (BTreeSet::new(), BTreeMap::new());
    for task in tasks.filter(|task| seen.insert(task.number)) {
        let before = last.insert(&task.key, task.number);
        if before.is_some_and(|before| before > task.number) {
            problems.push(format!("{what}: {} of {} behind {before:?}", task.number, task.key));
        }
    }
}

/// Checks what was sent, stored, done and dead-lettered.
fn check(
    problems: &mut Vec<String>,
    stored: &[Delivery],
    sent: i64,
    dead_letters: &[(String, String)],
    consumers: &[Consumer],
) {
    let tasks: BTreeMap<_, _> =
        stored.iter().map(|entry| (entry.entry.as_str().to_owned(), task(entry))).collect();
    let there: BTreeSet<_> = tasks.values().map(|task| task.number).collect();
    let missing: Vec<_> = (0..sent).filter(|number| !there.contains(number)).collect();
    if !missing.is_empty() {
        problems.push(format!("I1: sent and not stored: {missing:?}"));
    }
    let stored: Vec<_> = stored.iter().map(task).collect();
    check_order(problems, "I4: the topic", stored.iter());

    for group in ["shared", "alone"] {
        let logs: Vec<_> =
            consumers.iter().filter(|each| each.group == group).flat_map(Consumer::logs).collect();
        let of = |word: &str| logs.iter().flat_map(|log| lines(log, word)).collect::<Vec<_>>();
        let done: BTreeSet<_> = of("done").into_iter().collect();
        let dead: BTreeSet<_> = dead_letters.iter().map(|(entry, _)| entry.clone()).collect();
        for (entry, task) in &tasks {
            if !done.contains(entry) && !dead.contains(entry) {
                problems.push(format!("I1: {group}: {entry} {task:?} was acknowledged and not done"));
            }
            if task.fate == "fail" && done.contains(entry) {
                problems.push(format!("I2: {group}: {entry} {task:?} failed and counts as done"));
            }
        }
        for log in &logs {
            check_repeats(problems, log);
        }
        if group == "alone" {
            check_order(problems, "I4: alone", of("done").iter().map(|entry| &tasks[entry]));
        }
    }
    // Each group dead-letters an entry once, and only tasks that always fail or that were in flight in too many crashes.
    let mut times: BTreeMap<_, usize> = BTreeMap::new();
    for (entry, reason) in dead_letters {
        *times.entry(entry).or_default() += 1;
        if tasks[entry].fate != "fail" && reason != "crashed" {
            problems.push(format!("I2: {entry} {:?} is a dead letter: {reason}", tasks[entry]));
        }
    }
    for (entry, times) in times.into_iter().filter(|(_, times)| *times > 2) {
        problems.push(format!("I3: {times} dead letters of {entry} in two groups"));
    }
    for (entry, task) in tasks.iter().filter(|(_, task)| task.fate == "fail") {
        let count = dead_letters.iter().filter(|(of, _)| of == entry).count();
        if count != 2 {
            problems
                .push(format!("I1: {count} dead letters of {entry} {task:?}, which fails in both groups"));
        }
    }
}

/// In one process an entry is done once, and is not delivered again after its acknowledgement.
fn check_repeats(problems: &mut Vec<String>, log: &Path) {
    let text = fs::read_to_string(log).unwrap_or_default();
    let (mut settled, mut done) = (BTreeSet::new(), BTreeMap::new());
    for line in text.lines() {
        match line.split_once(' ') {
            Some(("delivered", entry)) if settled.contains(entry) => {
                problems
                    .push(format!("I3: {}: {entry} was delivered after its acknowledgement", log.display()));
            }
            // It may come back after another consumer has claimed it.
            Some(("delivered", entry)) => drop(done.insert(entry, false)),
            Some(("done", entry)) => match done.insert(entry, true) {
                Some(false) => {}
                other => problems.push(format!("I3: {}: {entry} done after {other:?}", log.display())),
            },
            Some(("acknowledged", entry)) => drop(settled.insert(entry)),
            _ => {}
        }
    }
}
