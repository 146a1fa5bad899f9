//! Consumers that crash between any two steps, in processes of their own: see `crashing_consumer.rs`.

pub(crate) mod event;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use openedx_events::Event as _;
use openedx_events::bus::{Backend, Delivery, EntryId, GroupInfo, KeyOrder, Message, Topic};
use openedx_events_tests::DEADLINE;

use self::event::{Task, TaskGiven};

pub(crate) const GROUP: &str = "group";

/// A consumer in a process of its own, which is killed when this is dropped.
pub(crate) struct CrashingConsumer(pub(crate) Child);

impl CrashingConsumer {
    /// Consumes a topic as `name`; `rest` is the point at which it crashes, and `dedup` if it has that.
    pub(crate) fn start(
        url: &str,
        topic: &Topic,
        group: &str,
        name: &str,
        log: &Path,
        rest: &[&str],
    ) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_crashing-consumer"));
        process.args([url, topic.as_str(), group, name]).arg(log).args(rest);
        process.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Self(process.spawn().expect("the program starts"))
    }

    /// The exit status, if it has ended.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().expect("its state is known")
    }

    /// Stops it, which must succeed.
    #[track_caller]
    pub(crate) fn end(mut self) {
        drop(self.0.stdin.take());
        let status = self.wait("it is to stop");
        assert!(status.success(), "it ends with {status}");
    }

    /// Waits until it aborts.
    #[track_caller]
    fn aborts(mut self, point: &str) {
        let status = self.wait(point);
        assert_eq!(status.signal(), Some(6), "{point}: it ends with {status}");
    }

    #[track_caller]
    fn wait(&mut self, what: &str) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.ended() {
                return status;
            }
            assert!(start.elapsed() < DEADLINE, "{what}: it does not end");
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for CrashingConsumer {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The lines of a log that start with this word, without the word.
pub(crate) fn lines(log: &Path, word: &str) -> Vec<String> {
    let text = fs::read_to_string(log).unwrap_or_default();
    let of_word = |line: &str| Some(line.strip_prefix(word)?.strip_prefix(' ')?.to_owned());
    text.lines().filter_map(of_word).collect()
}

fn task(number: i64, fate: &str) -> Task {
    Task { key: format!("key-{}", number % 4), number, fate: fate.to_owned() }
}

fn publish(bus: &dyn Backend, topic: &Topic, tasks: impl Iterator<Item = Task>) -> Vec<Delivery> {
    let message = |task| {
        let event = TaskGiven { task };
        Message::of_event(&event, &TaskGiven::signal().generate_metadata()).expect("a message")
    };
    let messages: Vec<_> = tasks.map(message).collect();
    bus.producer().expect("a producer").publish(topic, &messages).expect("published");
    bus.browse(topic, None, 1000).expect("entries")
}

/// Whether every entry of a topic is read and done, and none waits in the store.
fn is_all_done(bus: &dyn Backend, topic: &Topic) -> bool {
    let is_done = |group: &GroupInfo| group.lag == Some(0) && group.pending == 0 && group.parked == 0;
    let look = || {
        let groups = bus.groups(topic).expect("groups");
        groups.len() == 1 && groups.iter().all(is_done)
    };
    // Twice: on Redis, what is parked is not counted in the moment in which another consumer claims it.
    look() && look()
}

/// The entries of dead letters, each with its reason.
pub(crate) fn dead_letters(bus: &dyn Backend, topic: &Topic) -> Vec<(String, String)> {
    let dead_letters = bus.browse(&topic.dead_letters(), None, 10_000).expect("dead letters");
    let header = |dead_letter: &Delivery, name| {
        String::from_utf8_lossy(dead_letter.message.header(name).expect("a header of dead letters"))
            .into_owned()
    };
    dead_letters.iter().map(|each| (header(each, "dlq_entry"), header(each, "dlq_reason"))).collect()
}

/// A sequence of consumers that crash.
struct History {
    /// Where each one crashes; the last one does not.
    points: &'static [&'static str],
    /// The last one's name; the others are called `one`.
    heir: &'static str,
    has_dedup: bool,
}

const fn crashed(points: &'static [&'static str]) -> History {
    History { points, heir: "one", has_dedup: false }
}

const HISTORIES: &[History] = &[
    crashed(&["after-read"]),
    crashed(&["before-effect"]),
    crashed(&["after-effect"]),
    crashed(&["before-acknowledge"]),
    crashed(&["after-acknowledge"]),
    crashed(&["before-dead-letter"]),
    crashed(&["after-dead-letter"]),
    crashed(&["after-read", "before-count-attempt"]),
    crashed(&["after-read", "after-count-attempt"]),
    crashed(&["after-effect", "before-dead-letter", "after-acknowledge"]),
    History { points: &["before-mark-processed"], heir: "one", has_dedup: true },
    History { points: &["after-mark-processed"], heir: "one", has_dedup: true },
    History {
        points: &["after-mark-processed", "before-dead-letter", "after-mark-processed"],
        heir: "one",
        has_dedup: true,
    },
    History { points: &["after-read"], heir: "two", has_dedup: false },
    History { points: &["after-effect"], heir: "two", has_dedup: false },
    History { points: &["before-dead-letter"], heir: "two", has_dedup: true },
];

/// Lets consumers crash at every point, and others go on with their entries.
pub(crate) fn every_point(bus: &Arc<dyn Backend>, url: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    thread::scope(|scope| {
        for (number, history) in HISTORIES.iter().enumerate() {
            let folder = folder.path().join(number.to_string());
            scope.spawn(move || {
                fs::create_dir(&folder).expect("a folder");
                go_through(&**bus, url, number, history, &folder);
            });
        }
    });
}

const TASKS: i64 = 24;
const FAILING: [i64; 2] = [7, 14];

fn go_through(bus: &dyn Backend, url: &str, number: usize, history: &History, folder: &Path) {
    let History { points, heir, has_dedup } = *history;
    let what = format!("{points:?}, then `{heir}`, dedup {has_dedup}");
    let topic = Topic::new(&format!("crashes-{number}")).expect("a name");
    let fate = |number| if FAILING.contains(&number) { "fail" } else { "waver" };
    let entries = publish(bus, &topic, (0..TASKS).map(|number| task(number, fate(number))));
    let logs: Vec<_> = (0..=points.len()).map(|life| folder.join(life.to_string())).collect();
    let start = |name, life: usize, point| {
        let rest = [point, "dedup"];
        CrashingConsumer::start(url, &topic, GROUP, name, &logs[life], &rest[..=usize::from(has_dedup)])
    };
    for (life, point) in points.iter().enumerate() {
        start("one", life, point).aborts(&what);
    }
    let last = start(heir, points.len(), "");
    let began = Instant::now();
    while !is_all_done(bus, &topic) {
        assert!(began.elapsed() < DEADLINE, "{what}: {:?}", bus.groups(&topic));
        thread::sleep(Duration::from_millis(5));
    }
    last.end();

    // Every task has had its effect, or is one dead letter.
    let numbers: BTreeMap<_, _> =
        entries.iter().zip(0..).map(|(entry, number): (_, i64)| (&entry.entry, number)).collect();
    let of_entry = |entry: &str| numbers[&EntryId::new(entry)];
    let dead: Vec<_> = dead_letters(bus, &topic).into_iter().map(|(entry, _)| of_entry(&entry)).collect();
    let mut sorted = dead.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, FAILING, "{what}: each once");
    let effects = |log: &Path| -> Vec<i64> {
        let number = |line: String| line.split(' ').next().and_then(|number| number.parse().ok());
        lines(log, "effect").into_iter().map(|line| number(line).expect("a number")).collect()
    };
    let all: Vec<i64> = logs.iter().flat_map(|log| effects(log)).collect();
    let reached: BTreeSet<_> = all.iter().chain(&dead).copied().collect();
    assert_eq!(reached, (0..TASKS).collect(), "{what}");

    // An acknowledged entry is never redelivered, nor does a processed event run the same receiver again.
    let ids: BTreeMap<_, _> = entries
        .iter()
        .map(|entry| String::from_utf8_lossy(entry.message.header("id").unwrap_or_default()).into_owned())
        .zip(0..)
        .collect();
    let mut settled = BTreeSet::new();
    for log in &logs {
        let effects = effects(log);
        let once: BTreeSet<i64> = effects.iter().copied().collect();
        assert_eq!(once.len(), effects.len(), "{what}: twice in one life");
        assert!(once.is_disjoint(&settled), "{what}: {:?} again", once.intersection(&settled));
        settled.extend(lines(log, "acknowledged").iter().map(|entry| of_entry(entry)));
        let processed = lines(log, "processed");
        settled.extend(processed.iter().map(|text| ids[text.rsplit(' ').next().expect("an id")]));
        assert!(processed.is_empty() || has_dedup, "{what}");
    }

    // The first effects of each key are in order, as far as the backend promises it.
    if heir == "one" || bus.promises().order == KeyOrder::Group {
        let (mut seen, mut last) = (BTreeSet::new(), BTreeMap::new());
        for number in all.into_iter().filter(|number| seen.insert(*number)) {
            let before = last.insert(number % 4, number);
            assert!(before.is_none_or(|before| before < number), "{what}: {before:?} before {number}");
        }
    }
}

/// A task that crashes every consumer becomes one dead letter, and the others are done.
pub(crate) fn a_killer(bus: &Arc<dyn Backend>, url: &str) {
    const KILLER: i64 = 4;

    let folder = tempfile::tempdir().expect("a folder");
    let topic = Topic::new("killer").expect("a name");
    let fate = |number| if number == KILLER { "kill" } else { "" };
    let entries = publish(&**bus, &topic, (0..10).map(|number| task(number, fate(number))));
    let log = folder.path().join("log");
    let (mut crashes, began) = (0, Instant::now());
    let mut consumer = CrashingConsumer::start(url, &topic, GROUP, "one", &log, &[]);
    while !is_all_done(&**bus, &topic) {
        if let Some(status) = consumer.ended() {
            assert_eq!(status.signal(), Some(6), "it ends with {status}");
            crashes += 1;
            consumer = CrashingConsumer::start(url, &topic, GROUP, "one", &log, &[]);
        }
        assert!(began.elapsed() < DEADLINE, "{crashes} crashes");
        thread::sleep(Duration::from_millis(2));
    }
    consumer.end();
    assert_eq!(crashes, 4, "the first one, and three counted attempts");
    let killer = entries[usize::try_from(KILLER).expect("a number")].entry.to_string();
    assert_eq!(dead_letters(&**bus, &topic), [(killer, "crashed".to_owned())]);
    let done: BTreeSet<_> = lines(&log, "effect").into_iter().collect();
    let others = (0..10).filter(|number| *number != KILLER);
    assert_eq!(done, others.map(|number| format!("{number} key-{}", number % 4)).collect());
}
