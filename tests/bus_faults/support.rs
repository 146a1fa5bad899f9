//! A bus with services in processes of their own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime};

use openedx_events::bus::{self, Backend, DeadLetter, Message, Topic};
use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::wait_until;

use crate::event::{JOB_SENT, JobSent};

/// A bus for one test, with a folder for the services.
pub(crate) struct World {
    pub(crate) url: String,
    pub(crate) folder: PathBuf,
    pub(crate) server: Option<RedisServer>,
    pub(crate) backend: Arc<dyn Backend>,
}

/// Runs a test on SQLite, and on Redis.
macro_rules! on_each_bus {
    ($($(#[$doc:meta])* $test:ident;)+) => {
        $(
            mod $test {
                #[test]
                fn on_sqlite() {
                    super::$test(&mut crate::support::World::sqlite());
                }

                #[test]
                fn on_redis() {
                    if let Some(mut world) = crate::support::World::redis() {
                        super::$test(&mut world);
                    }
                }
            }
        )+
    };
}
pub(crate) use on_each_bus;

impl World {
    pub(crate) fn sqlite() -> Self {
        let folder = folder();
        let url = format!("sqlite:{}", folder.join("bus.db").display());
        Self::new(url, folder, None)
    }

    /// `None`, which is printed, where there is no redis-server.
    pub(crate) fn redis() -> Option<Self> {
        let server = RedisServer::start()?;
        Some(Self::new(server.url(), folder(), Some(server)))
    }

    fn new(url: String, folder: PathBuf, server: Option<RedisServer>) -> Self {
        let backend = bus::open(&url).expect("a bus");
        Self { url, folder, server, backend }
    }

    /// A service that consumes the topic `jobs` as this name, with these settings: JSON, with quick retries by default.
    pub(crate) fn service(&self, name: &str, settings: &str) -> Service {
        self.service_of("jobs", name, settings, Duration::from_secs(20))
    }

    pub(crate) fn service_of(&self, topics: &str, name: &str, settings: &str, drain: Duration) -> Service {
        self.service_with(topics, name, settings, drain, None)
    }

    /// A service with one of the variables of `fault-service` in its environment.
    pub(crate) fn special_service(&self, name: &str, settings: &str, variable: &str) -> Service {
        self.service_with("jobs", name, settings, Duration::from_secs(20), Some(variable))
    }

    fn service_with(
        &self,
        topics: &str,
        name: &str,
        settings: &str,
        drain: Duration,
        variable: Option<&str>,
    ) -> Service {
        let mut process = Command::new(env!("CARGO_BIN_EXE_fault-service"));
        process.args([&self.url, topics, "group", name]).arg(&self.folder).arg(drain.as_millis().to_string());
        process.env("EVENT_BUS_CONSUMER_CONFIG", settings);
        process.envs(variable.map(|variable| (variable, "1")));
        process.stdin(Stdio::null()).stdout(Stdio::null()).stderr(self.errors());
        Service { process: process.spawn().expect("the service starts") }
    }

    /// A file for what services say, for whoever looks why a test fails.
    fn errors(&self) -> fs::File {
        fs::OpenOptions::new().create(true).append(true).open(self.folder.join("errors")).expect("a file")
    }

    /// Publishes events with these numbers. `fate` tells the key and the fate of each.
    pub(crate) fn publish(
        &self,
        numbers: std::ops::Range<i64>,
        fate: impl Fn(i64) -> (String, &'static str),
    ) {
        self.publish_large(numbers, 0, fate);
    }

    pub(crate) fn publish_large(
        &self,
        numbers: std::ops::Range<i64>,
        bytes: usize,
        fate: impl Fn(i64) -> (String, &'static str),
    ) {
        let mut producer = self.backend.producer().expect("a producer");
        for number in numbers {
            let (key, fate) = fate(number);
            let event = JobSent { number, key, fate: fate.to_owned(), padding: "x".repeat(bytes) };
            let message = Message::of_event(&event, &JOB_SENT.generate_metadata()).expect("a message");
            producer.publish(&topic(), &[message]).expect("published");
        }
    }

    /// How often each number was logged as this.
    pub(crate) fn logged(&self, what: &str) -> BTreeMap<i64, usize> {
        let mut numbers = BTreeMap::new();
        for (_, _, number) in self.lines().iter().filter(|(_, each, _)| each == what) {
            *numbers.entry(*number).or_default() += 1;
        }
        numbers
    }

    /// The lines of the log: when, what, and the number.
    pub(crate) fn lines(&self) -> Vec<(u128, String, i64)> {
        self.runs().into_iter().map(|Run { at, what, number, .. }| (at, what, number)).collect()
    }

    /// The lines of the log.
    pub(crate) fn runs(&self) -> Vec<Run> {
        let text = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        // A line that is still being written is left for the next call.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let line = |line: &str| {
            let mut parts = line.split(' ');
            let mut next = || parts.next();
            let (at, process) = (next()?.parse().ok()?, next()?.parse().ok()?);
            Some(Run { at, process, what: next()?.to_owned(), number: next()?.parse().ok()? })
        };
        whole.lines().map(|text| line(text).unwrap_or_else(|| panic!("{text:?}"))).collect()
    }

    /// The reasons of the dead letters, and how many have each.
    pub(crate) fn dead_letters(&self) -> BTreeMap<String, usize> {
        let mut reasons = BTreeMap::new();
        for letter in self.letters() {
            *reasons.entry(letter.reason.to_string()).or_default() += 1;
        }
        reasons
    }

    /// The dead letters.
    pub(crate) fn letters(&self) -> Vec<DeadLetter> {
        let (mut letters, mut after) = (Vec::new(), None);
        loop {
            let page = self.backend.browse(&topic().dead_letters(), after.as_ref(), 100).expect("browsed");
            let Some(last) = page.last() else { return letters };
            after = Some(last.entry.clone());
            letters.extend(page.iter().map(|letter| DeadLetter::read(&letter.message).expect("a letter")));
        }
    }

    pub(crate) fn dead(&self) -> usize {
        self.dead_letters().values().sum()
    }

    /// The number of entries of the group that were read and are not done, and of those that nobody has read.
    pub(crate) fn pending_and_lag(&self) -> (u64, Option<u64>) {
        let groups = self.backend.groups(&topic()).expect("groups");
        groups.first().map_or((0, None), |group| (group.pending, group.lag))
    }

    /// The number of events of the group that are parked.
    pub(crate) fn parked(&self) -> u64 {
        self.backend.groups(&topic()).expect("groups").first().map_or(0, |group| group.parked)
    }

    /// The names of the consumers of the group.
    pub(crate) fn consumers(&self) -> Vec<String> {
        self.backend.groups(&topic()).expect("groups").into_iter().flat_map(|group| group.consumers).collect()
    }

    /// Stops the server; it does not answer any more.
    pub(crate) fn freeze(&self) {
        self.server.as_ref().expect("a server").freeze();
    }

    pub(crate) fn create(&self, name: &str) {
        fs::write(self.folder.join(name), "").expect("a file");
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.folder.join(name)).expect("the file was there");
    }
}

impl World {
    /// For whoever looks why a test fails: what the services have written last, and what is on the bus.
    fn print_state(&self) {
        let errors = fs::read_to_string(self.folder.join("errors")).unwrap_or_default();
        let last: Vec<_> = errors.lines().rev().take(60).collect();
        for line in last.into_iter().rev() {
            eprintln!("{line}");
        }
        eprintln!("groups: {:?}", self.backend.groups(&topic()));
        eprintln!("dead letters: {:?}", self.backend.browse(&topic().dead_letters(), None, 5));
    }
}

/// A line of the log.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// In milliseconds since 1970.
    pub(crate) at: u128,
    pub(crate) process: u32,
    pub(crate) what: String,
    pub(crate) number: i64,
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.print_state();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

pub(crate) fn topic() -> Topic {
    Topic::new("jobs").expect("a topic")
}

pub(crate) fn millis() -> u128 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("it is later").as_millis()
}

fn folder() -> PathBuf {
    static FOLDERS: AtomicU32 = AtomicU32::new(0);
    let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("openedx-events-faults-{}-{number}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// A service, which is killed when this is dropped.
pub(crate) struct Service {
    process: Child,
}

impl Service {
    /// The id of its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Sends it a signal, such as `TERM`.
    pub(crate) fn signal(&self, signal: &str) {
        send_signal(self.process.id(), signal);
    }

    /// With SIGKILL.
    pub(crate) fn kill(mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("ended");
    }

    /// The exit code, if it has ended.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().expect("its state is known")
    }

    /// Waits until it ends by itself. Returns the exit code.
    #[track_caller]
    pub(crate) fn ends(&mut self) -> Option<i32> {
        let started = Instant::now();
        loop {
            if let Some(status) = self.ended() {
                return status.code();
            }
            assert!(started.elapsed() < openedx_events_tests::DEADLINE, "it does not end");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Sends SIGTERM. Returns the exit code, and how long it took to end.
    #[track_caller]
    pub(crate) fn stop(&mut self) -> (Option<i32>, Duration) {
        let started = Instant::now();
        self.signal("TERM");
        (self.ends(), started.elapsed())
    }

    /// The processor time that it has used.
    pub(crate) fn processor_time(&self) -> Duration {
        let path = Path::new("/proc").join(self.process.id().to_string()).join("stat");
        let stat = fs::read_to_string(path).expect("it runs");
        // Behind the name, which is in parentheses, the 12th and 13th: user and system time in hundredths of a second.
        let (_, fields) = stat.rsplit_once(") ").expect("of Linux");
        let ticks: u64 =
            fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("a number")).sum();
        Duration::from_millis(ticks * 10)
    }

    /// The largest memory that it has had, in bytes.
    pub(crate) fn peak_memory(&self) -> u64 {
        self.memory_of("VmHWM:")
    }

    /// The memory that it has, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        self.memory_of("VmRSS:")
    }

    fn memory_of(&self, what: &str) -> u64 {
        let path = Path::new("/proc").join(self.process.id().to_string()).join("status");
        let status = fs::read_to_string(path).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix(what)).expect("of Linux");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn send_signal(process: u32, signal: &str) {
    let status = Command::new("kill").args([&format!("-{signal}"), &process.to_string()]).status();
    assert!(status.expect("kill can be run").success(), "kill -{signal} {process}");
}

/// Waits until each of these numbers was logged as this.
#[track_caller]
pub(crate) fn wait_for(world: &World, what: &str, numbers: std::ops::Range<i64>) {
    wait_until(&format!("{what} {numbers:?}"), || {
        std::thread::sleep(Duration::from_millis(10));
        let logged = world.logged(what);
        numbers.clone().all(|number| logged.contains_key(&number))
    });
}

/// Waits, without burning a core, until a condition holds.
#[track_caller]
pub(crate) fn wait_calmly(what: &str, condition: impl Fn() -> bool) {
    wait_until(what, || {
        std::thread::sleep(Duration::from_millis(20));
        condition()
    });
}
