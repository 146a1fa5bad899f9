//! One soak on one bus: [`run`].

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use openedx_events::AnySignal as _;
use openedx_events::bus::{Backend, Delivery, KeyOrder, Topic};
use tempfile::TempDir;

use crate::bus::Bus;
use crate::check::{self, Setup};
use crate::event::{TASK_GIVEN, TaskGiven};
use crate::faults::Faults;
use crate::history::{self, History};
use crate::log::{Life, Log, Record};
use crate::member::{Member, Role, World};

/// Two consumers share a group; the third has a group of its own, in which the order of keys is promised everywhere.
const MEMBERS: [(&str, Role); 5] = [
    ("first", Role::Producer(1)),
    ("second", Role::Producer(2)),
    ("one", Role::Consumer("shared")),
    ("two", Role::Consumer("shared")),
    ("three", Role::Consumer("alone")),
];
const TOPIC: &str = "soak";
/// How often to look.
const LOOK: Duration = Duration::from_millis(10);
/// Everything has to be done so long after the last fault. An event that fails waits for at most 20 seconds, and what was in flight
/// in a crash is run one by one, with several writes to the disk.
const DRAIN: Duration = Duration::from_mins(2);
/// More than there are entries.
const MANY: usize = 10_000_000;

/// Lets faults happen for this time, and checks what has come of it.
pub(crate) fn run(mut bus: Bus, seed: u64, duration: Duration) {
    let name = bus.name();
    eprintln!("{name}: FAULTS_SEED={seed:#x} FAULTS_SOAK_SECONDS={}", duration.as_secs());
    let folder = TempDir::new().expect("a folder");
    let log = Log::open(&folder.path().join("log"), Life::from(("soak", 1))).expect("a log");
    let world = World { log: &log, folder: folder.path(), topic: TOPIC, seed };
    let mut members: Vec<_> =
        MEMBERS.into_iter().map(|(name, role)| Member::new(name, role, bus.connect())).collect();
    let order = bus.order();

    let (start, mut faults) = (Instant::now(), Faults::new(seed));
    while start.elapsed() < duration {
        for member in &mut members {
            member.look(world, || faults.pause());
        }
        faults.go_on(&mut bus, &mut members, world);
        thread::sleep(LOOK);
    }
    faults.end_all(&mut bus, &mut members, world);
    finish(&*bus.open(), &mut members, world);

    let text = fs::read_to_string(folder.path().join("log")).expect("the log");
    let (lines, mut problems) = history::parse(&text);
    let setup =
        Setup { order: if order == KeyOrder::Group { check::Order::Group } else { check::Order::Consumer } };
    let history = History::of(&lines);
    let found = check::check(&history, setup);
    problems.extend(found.problems.into_iter().map(|problem| with_last_words(problem, folder.path())));
    let verdict = if problems.is_empty() { "ok" } else { "FAILED" };
    eprintln!("soak: {name}, seed {seed:#x}, {} s: {}; {verdict}", duration.as_secs(), found.summary);
    if !problems.is_empty() {
        let (kept, count) = (folder.keep(), problems.len());
        panic!(
            "{name}, FAULTS_SEED={seed:#x}: {count} problems; the logs are in {}\n{}",
            kept.display(),
            some_of_each(&problems).join("\n")
        );
    }
}

/// Adds what a process that has not ended rightly has written last.
fn with_last_words(problem: String, folder: &Path) -> String {
    let life = problem.strip_prefix("exit: ").and_then(|rest| rest.split([' ', ',']).next());
    let written = life.and_then(|life| fs::read_to_string(folder.join(format!("{life}.err"))).ok());
    let Some(last) = written.as_deref().and_then(|written| written.lines().last()) else { return problem };
    format!("{problem}: {last}")
}

/// The first problems of each rule, whose name they begin with.
fn some_of_each(problems: &[String]) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut some = problems.to_vec();
    some.retain(|problem| {
        let rule = problem.split(':').next().unwrap_or_default();
        let count = counts.entry(rule.to_owned()).or_default();
        *count += 1;
        *count <= 10
    });
    some
}

/// Ends the producers, waits until all is done, ends the consumers, and logs what is on the bus.
fn finish(bus: &dyn Backend, members: &mut [Member], world: World<'_>) {
    let topic = Topic::new(TOPIC).expect("a name");
    let look = |members: &mut [Member]| {
        thread::sleep(LOOK);
        for member in members {
            member.look(world, || Duration::ZERO);
        }
    };
    // What is restarting, or was sent SIGTERM under a fault, comes back once more.
    let deadline = Instant::now() + DRAIN;
    while !members.iter().all(Member::is_running) && Instant::now() < deadline {
        look(members);
    }
    let is_producer = |member: &Member| matches!(member.role, Role::Producer(_));
    // A process that has just been started needs a moment until it can be stopped.
    thread::sleep(Duration::from_secs(1));
    end(members, world, is_producer);

    let deadline = Instant::now() + DRAIN;
    loop {
        for member in members.iter_mut().filter(|member| !is_producer(member)) {
            member.look(world, || Duration::ZERO);
        }
        let groups = bus.groups(&topic);
        let is_done = groups.as_ref().is_ok_and(|groups| {
            groups.len() == 2
                && groups.iter().all(|group| (group.lag, group.pending, group.parked) == (Some(0), 0, 0))
        });
        if is_done {
            break;
        }
        if deadline < Instant::now() {
            world.log.write(Record::Undrained { what: format!("{groups:?}").as_str().into() });
            break;
        }
        thread::sleep(LOOK);
    }
    end(members, world, |member| !is_producer(member));

    let stored =
        |entry: &Delivery| Record::Stored { entry: entry.entry.as_str().into(), number: number(entry) };
    world.log.write_all(bus.browse(&topic, None, MANY).expect("entries").iter().map(stored));
    let dead = bus.browse(&topic.dead_letters(), None, MANY).expect("dead letters");
    world.log.write_all(dead.iter().map(dead_letter));
}

/// Ends members, which must succeed.
fn end(members: &mut [Member], world: World<'_>, which: impl Fn(&Member) -> bool) {
    let mut left: Vec<_> = members.iter_mut().filter(|member| which(member)).collect();
    left.retain_mut(|member| member.stop(world, |life| Record::Finish { life }));
    // `Member::look` kills what takes too long.
    while !left.is_empty() {
        thread::sleep(LOOK);
        left.retain_mut(|member| {
            member.look(world, || Duration::from_hours(1));
            !member.has_ended()
        });
    }
}

fn number(entry: &Delivery) -> i64 {
    let event = TASK_GIVEN.decode(entry.message.payload.as_deref().expect("a payload")).expect("an event");
    event.as_any().downcast_ref::<TaskGiven>().expect("of this type").task.number
}

fn dead_letter(entry: &Delivery) -> Record {
    let headers = |name: &str| -> Vec<String> {
        let headers = entry.message.headers.iter().filter(|header| *header.name == *name.as_bytes());
        headers.map(|header| String::from_utf8_lossy(&header.value).into_owned()).collect()
    };
    let header = |name: &str| headers(name).join(",").as_str().into();
    Record::Dead {
        group: header("dlq_group"),
        entry: header("dlq_entry"),
        number: number(entry),
        reason: header("dlq_reason"),
        receivers: header("dlq_receiver"),
    }
}
