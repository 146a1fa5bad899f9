//! A bus with parked events: [`Lot`].

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use openedx_events::bus::{
    self, Backend, Consumer, DeadLetter, Delivery, EntryWrite, ParkedId, Parking, Subscription, Topic,
    Waiting, headers,
};
use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::{DEADLINE, first_starts};
use serde_json::Value;
use tempfile::TempDir;

use crate::fixture::TOPIC;
use crate::program::{Ran, own, run};

pub(crate) const GROUP: &str = "porters";
pub(crate) const ANSWER: &str = "bus_cli::answer";
pub(crate) const HEAR: &str = "bus_cli::hear";
/// A receiver that the program does not have any more.
pub(crate) const REPLY: &str = "bus_cli::reply";

/// A bus, a folder, and what is parked there.
pub(crate) struct Lot {
    backend: Arc<dyn Backend>,
    pub(crate) url: String,
    folder: TempDir,
    pub(crate) redis: Option<RedisServer>,
}

/// An event waits for a receiver, which ran so often.
pub(crate) fn waiting(receiver: &str, runs: u32) -> Waiting {
    Waiting::new(receiver, since()).after(runs)
}

pub(crate) fn since() -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(1_764_144_000_123)
}

impl Lot {
    /// On a file, and if there is a redis-server, on that.
    pub(crate) fn each() -> impl Iterator<Item = Self> {
        let folder = TempDir::new().expect("a folder");
        let file = format!("sqlite:{}", folder.path().join("bus.db").display());
        [Some(Self::open(file, folder, None)), Self::on_redis()].into_iter().flatten()
    }

    /// `None` without a redis-server; the test should then return.
    pub(crate) fn on_redis() -> Option<Self> {
        let redis = RedisServer::start()?;
        Some(Self::open(redis.url(), TempDir::new().expect("a folder"), Some(redis)))
    }

    fn open(url: String, folder: TempDir, redis: Option<RedisServer>) -> Self {
        Self { backend: bus::open(&url).expect("opened"), url, folder, redis }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The sorted numbers that a receiver has written down.
    pub(crate) fn numbers(&self, name: &str) -> Vec<i64> {
        let text = std::fs::read_to_string(self.file(name)).unwrap_or_default();
        let mut numbers: Vec<i64> = text.lines().map(|line| line.parse().expect("a number")).collect();
        numbers.sort_unstable();
        numbers
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = own(args);
        command.args(["--bus", &self.url]);
        command
    }

    /// A command about the topic.
    pub(crate) fn run(&self, command: &[&str], more: &[&str]) -> Ran {
        run(self.command(&[command, &["-t", TOPIC], more].concat()), "")
    }

    /// `parked`.
    pub(crate) fn parked(&self, verb: &str, more: &[&str]) -> Ran {
        self.run(&["parked", verb], more)
    }

    #[track_caller]
    pub(crate) fn produce(&self, lines: &[String]) {
        run(self.command(&["produce", "-t", TOPIC]), &lines.join("\n")).has_ended_with(0);
    }

    /// Publishes an event for each, and parks it.
    #[track_caller]
    pub(crate) fn park(&self, consumer: &str, events: &[(String, Vec<Waiting>)]) -> Vec<ParkedId> {
        self.produce(&events.iter().map(|(line, _)| line.clone()).collect::<Vec<_>>());
        let topic = Topic::new(TOPIC).expect("a topic");
        let consumer = self.backend.consumer(&Subscription::new(topic, GROUP, consumer)).expect("joined");
        let mut ids = Vec::new();
        while ids.len() < events.len() {
            let read = consumer.read(events.len() - ids.len(), DEADLINE, &[]).expect("read");
            let parking: Vec<_> = read
                .deliveries
                .iter()
                .zip(&events[ids.len()..])
                .map(|(delivery, (_, waiting))| Parking { delivery, waiting, dead_letter: None })
                .collect();
            let written = consumer.parked().expect("it parks").park(&parking).expect("parked");
            ids.extend(written.into_iter().filter_map(EntryWrite::done));
        }
        ids
    }

    /// Publishes events, which a consumer has read as long as it lives.
    #[track_caller]
    pub(crate) fn hold(&self, consumer: &str, lines: &[String]) -> Box<dyn Consumer> {
        self.produce(lines);
        let topic = Topic::new(TOPIC).expect("a topic");
        let consumer = self.backend.consumer(&Subscription::new(topic, GROUP, consumer)).expect("joined");
        let mut held = 0;
        while held < lines.len() {
            held += consumer.read(lines.len() - held, DEADLINE, &[]).expect("read").deliveries.len();
        }
        consumer
    }

    /// Starts an event. It runs as long as the consumer lives.
    #[track_caller]
    pub(crate) fn start(&self, consumer: &str, id: u64) -> Box<dyn Consumer> {
        let topic = Topic::new(TOPIC).expect("a topic");
        let consumer = self.backend.consumer(&Subscription::new(topic, GROUP, consumer)).expect("joined");
        let started =
            consumer.parked().expect("it parks").start(&first_starts(&[ParkedId::new(id)])).expect("started");
        assert!(started[0].is_some());
        consumer
    }

    /// The numbers of the parked events and the receivers that they wait for, sorted by the numbers.
    #[track_caller]
    pub(crate) fn waiting(&self) -> Vec<(i64, Vec<Waiting>)> {
        let topic = Topic::new(TOPIC).expect("a topic");
        let parked = self.backend.parked().expect("it parks");
        let listed = parked.list(&topic, GROUP, None, 1_000_000).expect("listed");
        let places: Vec<_> = listed.iter().map(|(place, _)| place.clone()).collect();
        let read = parked.read(&topic, GROUP, &places).expect("read");
        let number = |delivery: &Delivery| {
            let id = delivery.message.header(headers::ID).map(String::from_utf8_lossy).expect("an id");
            id.rsplit('-').next().and_then(|hex| i64::from_str_radix(hex, 16).ok()).expect("a number")
        };
        let mut waiting: Vec<_> = listed
            .into_iter()
            .zip(read)
            .map(|((_, event), delivery)| (number(&delivery.expect("it is there")), event.waiting))
            .collect();
        waiting.sort_by_key(|(number, _)| *number);
        waiting
    }

    /// The dead letters of the topic.
    #[track_caller]
    pub(crate) fn letters(&self) -> Vec<DeadLetter> {
        let topic = Topic::new(TOPIC).expect("a topic").dead_letters();
        let letters = self.backend.browse(&topic, None, 1_000_000).expect("read");
        letters.iter().map(|letter| DeadLetter::read(&letter.message).expect("a dead letter")).collect()
    }

    /// The group, as `group list` has it.
    #[track_caller]
    pub(crate) fn group(&self) -> Value {
        let listed = self.run(&["group", "list"], &["--format", "json"]).has_ended_with(0).events();
        listed.into_iter().find(|group| group["name"] == GROUP).unwrap_or_default()
    }
}
