//! The memory that a process has while many events go through it, each case in a process of its own.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs, thread};

use openedx_events::bus::sqlite::Sqlite;
use openedx_events::bus::{self, Backend, EventConsumer, EventProducer, RunningConsumer, Topic};
use openedx_events::learning::signals::COURSE_ENROLLMENT_CREATED;

use crate::{events, received, redis};

/// The first argument of a child.
pub(crate) const CHILD: &str = "--resident";

const EVENTS: usize = 1_000_000;
const BACKLOG: usize = 300_000;
/// Maximum number of events in flight, as a bus in memory keeps what is not consumed.
const ON_THE_WAY: usize = 5_000;
const STEPS: usize = 10;

const TOPIC: &str = "resident";

pub(crate) fn measure() {
    println!("\n| resident MiB, after each tenth of the events | |\n|---|---|");
    let folder = tempfile::tempdir().expect("a folder");
    let through = format!("sqlite:{}", folder.path().join("through").display());
    let backlog = format!("sqlite:{}", folder.path().join("backlog").display());
    run(&format!("1,000,000 events, sent and consumed in one process, `{}`", "memory:"), "through=memory:");
    run("the same, `sqlite:`", &format!("through={through}"));
    publish(&bus::open(&backlog).expect("a file"));
    run("consuming a backlog of 300,000, `sqlite:`", &format!("backlog={backlog}"));
    if let Some(server) = redis::start() {
        publish(&bus::open(&server.url()).expect("an address"));
        run("consuming a backlog of 300,000, `redis:`", &format!("backlog={}", server.url()));
    }
}

fn publish(backend: &Arc<dyn Backend>) {
    let (mut producer, topic) = (backend.producer().expect("a producer"), topic());
    for _ in 0..BACKLOG / 1000 {
        producer.publish(&topic, &events::messages(1000)).expect("published");
    }
}

fn run(name: &str, case: &str) {
    let program = env::current_exe().expect("this program");
    let output = Command::new(program).args([CHILD, case]).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    println!("| {name} | {} |", String::from_utf8_lossy(&output.stdout).trim());
}

/// Prints what this process has, from step to step.
pub(crate) fn child(case: &str) {
    let (way, address) = case.split_once('=').expect("a way and an address");
    let backend: Arc<dyn Backend> = match address.strip_prefix("sqlite:") {
        Some(path) => Arc::new(Sqlite::open(path).expect("a file")),
        None => bus::open(address).expect("an address"),
    };
    if way == "through" { through(&backend) } else { backlog(&backend) }
}

fn through(backend: &Arc<dyn Backend>) {
    let producer = EventProducer::start_on(backend, &redis::settings(TOPIC)).expect("started");
    let running = consume(backend);
    for number in 1..=EVENTS {
        // A send calls the receiver as well.
        while 2 * number > usize::try_from(received::count()).unwrap_or_default() + 2 * ON_THE_WAY {
            thread::yield_now();
        }
        COURSE_ENROLLMENT_CREATED.send_event(events::event(number)).into_result().expect("in the queue");
        if number % (EVENTS / STEPS) == 0 {
            print!("{} ", resident());
        }
    }
    while received::count() < 2 * EVENTS as u64 {
        thread::yield_now();
    }
    println!("(at most {})", max());
    producer.shutdown(Duration::from_mins(1)).expect("published");
    running.stop(Duration::from_mins(1)).expect("stopped");
}

fn backlog(backend: &Arc<dyn Backend>) {
    let running = consume(backend);
    for step in 1..=STEPS {
        while received::count() < (step * BACKLOG / STEPS) as u64 {
            thread::yield_now();
        }
        print!("{} ", resident());
    }
    println!("(at most {})", max());
    running.stop(Duration::from_mins(1)).expect("stopped");
}

fn consume(backend: &Arc<dyn Backend>) -> RunningConsumer {
    EventConsumer::new(Arc::clone(backend), "bench").name("ours").topic(topic()).start().expect("started")
}

fn topic() -> Topic {
    Topic::new(TOPIC).expect("a topic")
}

fn resident() -> u64 {
    status("VmRSS:")
}

fn max() -> u64 {
    status("VmHWM:")
}

/// MiB, as the system reports them.
fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}
