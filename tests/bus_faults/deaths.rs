//! Consumers that die between any two steps, in processes of their own: see `mortal.rs`.

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
use openedx_events::bus::{Backend, Delivery, EntryId, KeyOrder, Message, Topic};
use openedx_events_tests::DEADLINE;

use self::event::{Task, TaskGiven};

pub(crate) const GROUP: &str = "group";

/// A consumer in a process of its own, which is killed when this is dropped.
pub(crate) struct Mortal(pub(crate) Child);

impl Mortal {
    /// Consumes a topic as `name`; `rest` is the point at which it dies, and whether it has dedup.
    pub(crate) fn start(
        url: &str,
        topic: &Topic,
        group: &str,
        name: &str,
        log: &Path,
        rest: &[&str],
    ) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_mortal"));
        process.args([url, topic.as_str(), group, name]).arg(log).args(rest);
        process.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Self(process.spawn().expect("the program starts"))
    }

    /// How it has ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().expect("its state is known")
    }

    /// Ends it. It must be well.
    #[track_caller]
    pub(crate) fn end(mut self) {
        drop(self.0.stdin.take());
        let status = self.wait("it is to stop");
        assert!(status.success(), "it ends with {status}");
    }

    /// Waits until it dies by its own hand.
    #[track_caller]
    fn dies(mut self, point: &str) {
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

impl Drop for Mortal {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The lines of a log that begin with a word, without it.
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

/// What there is in a topic is read, and done.
fn is_all_done(bus: &dyn Backend, topic: &Topic) -> bool {
    let groups = bus.groups(topic).expect("groups");
    groups.len() == 1 && groups.iter().all(|group| group.lag == Some(0) && group.pending == 0)
}

/// The entries of dead letters, each with its reason.
pub(crate) fn letters(bus: &dyn Backend, topic: &Topic) -> Vec<(String, String)> {
    let letters = bus.browse(&topic.dead_letters(), None, 10_000).expect("letters");
    let header = |letter: &Delivery, name| {
        String::from_utf8_lossy(letter.message.header(name).expect("a header of the letter")).into_owned()
    };
    letters.iter().map(|letter| (header(letter, "dlq_entry"), header(letter, "dlq_reason"))).collect()
}

/// A history of consumers that die.
struct History {
    /// Where each dies, the last one by nothing.
    points: &'static [&'static str],
    /// The last one's name; the others are called `one`.
    heir: &'static str,
    has_dedup: bool,
}

const fn died(points: &'static [&'static str]) -> History {
    History { points, heir: "one", has_dedup: false }
}

const HISTORIES: &[History] = &[
    died(&["after-read"]),
    died(&["before-effect"]),
    died(&["after-effect"]),
    died(&["before-acknowledge"]),
    died(&["after-acknowledge"]),
    died(&["before-bury"]),
    died(&["after-bury"]),
    died(&["after-read", "before-mark"]),
    died(&["after-read", "after-mark"]),
    died(&["after-effect", "before-bury", "after-acknowledge"]),
    History { points: &["before-record"], heir: "one", has_dedup: true },
    History { points: &["after-record"], heir: "one", has_dedup: true },
    History { points: &["after-record", "before-bury", "after-record"], heir: "one", has_dedup: true },
    History { points: &["after-read"], heir: "two", has_dedup: false },
    History { points: &["after-effect"], heir: "two", has_dedup: false },
    History { points: &["before-bury"], heir: "two", has_dedup: true },
];

/// Lets consumers die at every point, and others go on with what they had.
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
    let topic = Topic::new(&format!("deaths-{number}")).expect("a name");
    let fate = |number| if FAILING.contains(&number) { "fail" } else { "waver" };
    let entries = publish(bus, &topic, (0..TASKS).map(|number| task(number, fate(number))));
    let logs: Vec<_> = (0..=points.len()).map(|life| folder.join(life.to_string())).collect();
    let start = |name, life: usize, point| {
        let rest = [point, "dedup"];
        Mortal::start(url, &topic, GROUP, name, &logs[life], &rest[..=usize::from(has_dedup)])
    };
    for (life, point) in points.iter().enumerate() {
        start("one", life, point).dies(&what);
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
    let dead: Vec<_> = letters(bus, &topic).into_iter().map(|(entry, _)| of_entry(&entry)).collect();
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

    // What was acknowledged comes never again, nor does what was recorded to the same receiver.
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
        let recorded = lines(log, "recorded");
        settled.extend(recorded.iter().map(|text| ids[text.rsplit(' ').next().expect("an id")]));
        assert!(recorded.is_empty() || has_dedup, "{what}");
    }

    // And the order of each key is that of the first effects, as far as the backend promises it.
    if heir == "one" || bus.promises().order == KeyOrder::Group {
        let (mut seen, mut last) = (BTreeSet::new(), BTreeMap::new());
        for number in all.into_iter().filter(|number| seen.insert(*number)) {
            let before = last.insert(number % 4, number);
            assert!(before.is_none_or(|before| before < number), "{what}: {before:?} before {number}");
        }
    }
}

/// A task that kills whoever begins it is a dead letter in the end, one, and the others are done.
pub(crate) fn a_killer(bus: &Arc<dyn Backend>, url: &str) {
    const KILLER: i64 = 4;

    let folder = tempfile::tempdir().expect("a folder");
    let topic = Topic::new("killer").expect("a name");
    let fate = |number| if number == KILLER { "kill" } else { "" };
    let entries = publish(&**bus, &topic, (0..10).map(|number| task(number, fate(number))));
    let log = folder.path().join("log");
    let (mut deaths, began) = (0, Instant::now());
    let mut mortal = Mortal::start(url, &topic, GROUP, "one", &log, &[]);
    while !is_all_done(&**bus, &topic) {
        if let Some(status) = mortal.ended() {
            assert_eq!(status.signal(), Some(6), "it ends with {status}");
            deaths += 1;
            mortal = Mortal::start(url, &topic, GROUP, "one", &log, &[]);
        }
        assert!(began.elapsed() < DEADLINE, "{deaths} deaths");
        thread::sleep(Duration::from_millis(2));
    }
    mortal.end();
    assert_eq!(deaths, 4, "of the first time, and of three that were marked");
    let killer = entries[usize::try_from(KILLER).expect("a number")].entry.to_string();
    assert_eq!(letters(&**bus, &topic), [(killer, "crashed".to_owned())]);
    let done: BTreeSet<_> = lines(&log, "effect").into_iter().collect();
    let others = (0..10).filter(|number| *number != KILLER);
    assert_eq!(done, others.map(|number| format!("{number} key-{}", number % 4)).collect());
}
