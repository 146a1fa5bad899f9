//! `spill`.

use std::path::PathBuf;
use std::time::Duration;

use openedx_events::bus::sqlite::Sqlite;
use openedx_events::bus::{Backend as _, DeadLetter, DeadLetterReason, EntryWrite, Subscription, Topic};
use openedx_events_tests::redis_server::RedisServer;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fixture::{guest, leaf};
use crate::program::{Ran, own, run, shipped};

/// A folder with spill files.
struct Spilled {
    folder: TempDir,
}

impl Spilled {
    /// Five guests, of which the bus did not take the second, and two leaves in another file.
    fn new() -> Self {
        let spilled = Self { folder: TempDir::new().expect("a folder") };
        spilled.put(0, "prod-yard", &(1..=5).map(guest).collect::<Vec<_>>());
        spilled.put(1, "prod-leaves", &[leaf(6), leaf(7)]);
        spilled.set_aside();
        spilled
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("spill")
    }

    fn file(&self, number: u32) -> PathBuf {
        self.folder.path().join(format!("spill.{number}"))
    }

    /// Writes events to a file as a producer does.
    fn put(&self, number: u32, topic: &str, lines: &[String]) {
        let url = format!("sqlite:{}", self.file(number).display());
        run(own(&["group", "create", "-t", topic, "-g", "spill", "--bus", &url]), "").has_ended_with(0);
        run(own(&["produce", "-t", topic, "--bus", &url]), &lines.join("\n")).has_ended_with(0);
    }

    fn set_aside(&self) {
        let file = Sqlite::open(self.file(0)).expect("opened");
        let topic = Topic::new("prod-yard").expect("a topic");
        let consumer = file.consumer(&Subscription::new(topic.clone(), "spill", "spill")).expect("joined");
        let second = consumer.read(2, Duration::ZERO, &[]).expect("read").deliveries.swap_remove(1);
        let letter = DeadLetter::new(DeadLetterReason::Unpublishable, "too large");
        let written = consumer.dead_letter(&second, &letter).expect("written");
        assert!(matches!(written, EntryWrite::Done(_)));
        let letters = topic.dead_letters();
        file.create_group(&letters, "spill", openedx_events::bus::StartAt::Earliest).expect("made");
    }

    fn run(&self, verb: &str, more: &[&str]) -> Ran {
        let path = self.path();
        let args = [&["spill", verb, "--path", path.to_str().expect("UTF-8")], more].concat();
        run(own(&args), "")
    }

    /// The numbers of events that are listed, by topic: those that wait, and those that were put aside.
    #[track_caller]
    fn listed(&self) -> Vec<Value> {
        let listed = self.run("list", &["--format", "json"]).has_ended_with(0).events();
        listed.iter().map(|row| json!([row["topic"], row["events"], row["set_aside"]])).collect()
    }
}

#[test]
fn spilled_events_are_listed() {
    let spilled = Spilled::new();
    let shown = spilled.run("list", &[]).has_ended_with(0).stdout;
    let (first, second) = (spilled.file(0), spilled.file(1));
    let expected = format!(
        "{}: prod-yard: 4 events, 1 set aside\n{}: prod-leaves: 2 events\n",
        first.display(),
        second.display()
    );
    assert_eq!(shown, expected);
    // Looking changes nothing.
    for _ in 0..2 {
        let rows = spilled.run("list", &["--format", "json"]).has_ended_with(0).events();
        let row = json!({"file": first, "topic": "prod-yard", "events": 4, "set_aside": 1, "in_use": false});
        assert_eq!((rows.len(), &rows[0]), (2, &row));
    }
    // The path may be that of the settings.
    let mut command = own(&["spill", "list"]);
    command.env("EVENT_BUS_SPILL_PATH", spilled.path());
    assert_eq!(run(command, "").has_ended_with(0).stdout, expected);
    let none = run(own(&["spill", "list"]), "").has_ended_with(2);
    assert!(none.stderr.contains("pass `--path PATH` or set EVENT_BUS_SPILL_PATH"), "{}", none.stderr);
}

#[test]
fn spilled_events_are_exported_and_stay() {
    let spilled = Spilled::new();
    for _ in 0..2 {
        let ran = spilled.run("export", &[]).has_ended_with(0);
        assert_eq!(ran.numbers(), [6, 7, 1, 3, 4, 5]);
        assert!(!ran.stdout.contains("Ada"), "{}", ran.stdout);
    }
    let ran = spilled.run("export", &["-t", "prod-yard", "--show-pii"]).has_ended_with(0);
    assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), [1, 3, 4, 5].map(guest));
    let ran = spilled.run("export", &["--set-aside", "--show-pii"]).has_ended_with(0);
    assert_eq!(ran.stdout, format!("{}\n", guest(2)));
    assert!(ran.stderr.contains("was set aside: too large"), "{}", ran.stderr);
    assert_eq!(spilled.listed(), [json!(["prod-yard", 4, 1]), json!(["prod-leaves", 2, 0])]);
    let none = spilled.run("export", &["-t", "prod-yrd"]).has_ended_with(2);
    assert!(none.stderr.contains("`prod-yrd` in the files, did you mean `prod-yard`?"), "{}", none.stderr);
}

#[test]
fn spilled_events_are_published_once() {
    let Some(redis) = RedisServer::start() else { return };
    let spilled = Spilled::new();
    let url = redis.url();
    let publish = |more: &[&str]| spilled.run("publish", &[&["--bus", &url], more].concat());
    let bus = |topic: &str| {
        run(own(&["consume", "-t", topic, "--bus", &url, "--until-idle", "0"]), "")
            .has_ended_with(0)
            .numbers()
    };
    let plan = "prod-leaves: 2 events\nprod-yard: 4 events\n";
    assert_eq!(publish(&["--dry-run"]).has_ended_with(0).stdout, plan);
    let asked = publish(&[]).has_ended_with(2);
    assert_eq!(asked.stdout, plan);
    assert_eq!(asked.stderr, "error: nothing was published; pass `--yes` to publish 6 events\n");
    assert!(bus("prod-yard").is_empty());

    let done = publish(&["--yes"]).has_ended_with(0).stdout;
    assert_eq!(done, format!("{plan}published 2 events to prod-leaves\npublished 4 events to prod-yard\n"));
    assert_eq!((bus("prod-yard"), bus("prod-leaves")), (vec![1, 3, 4, 5], vec![6, 7]));
    assert_eq!(publish(&["--yes"]).has_ended_with(0).stdout, "");
    assert_eq!(spilled.listed(), [json!(["prod-yard", 0, 1])]);

    // What the bus did not take then, to another topic, as it was.
    let to = ["--set-aside", "-t", "prod-yard", "--to", "prod-court", "--yes"];
    let done = publish(&to).has_ended_with(0).stdout;
    assert!(done.ends_with("published 1 event to prod-court\n"), "{done}");
    assert_eq!((bus("prod-court"), spilled.listed()), (vec![2], Vec::new()));
    let mut client = redis.client();
    let entry: String = ::redis::cmd("EVAL")
        .arg("return cjson.encode(redis.call('XRANGE', 'prod-court', '-', '+'))")
        .arg(0)
        .query(&mut client)
        .expect("entries");
    assert!(entry.contains("schema_fp") && !entry.contains("dlq_"), "{entry}");
}

/// The bus is away: nothing is lost, and the exit code says so.
#[test]
fn events_that_cannot_be_published_stay() {
    let spilled = Spilled::new();
    let ran = spilled.run("publish", &["--bus", "redis://127.0.0.1:1", "--bus-timeout", "0", "--yes"]);
    let ran = ran.has_ended_with(3);
    assert!(ran.stdout.contains("published 0 of 2 events to prod-leaves\n"), "{}", ran.stdout);
    assert_eq!(spilled.listed(), [json!(["prod-yard", 4, 1]), json!(["prod-leaves", 2, 0])]);
}

#[test]
fn spilled_events_are_dropped() {
    let spilled = Spilled::new();
    let asked = spilled.run("drop", &["--set-aside"]).has_ended_with(2);
    assert_eq!(asked.stdout, "prod-yard: 1 event\n");
    assert_eq!(asked.stderr, "error: nothing was dropped; pass `--yes` to drop 1 event\n");
    let done = spilled.run("drop", &["--set-aside", "--yes"]).has_ended_with(0);
    assert_eq!(done.stdout, "prod-yard: 1 event\ndropped 1 event of prod-yard\n");
    spilled.run("drop", &["-t", "prod-leaves", "--yes"]).has_ended_with(0);
    assert_eq!(spilled.listed(), [json!(["prod-yard", 4, 0])]);
}

/// A running process publishes them itself.
#[test]
fn files_in_use_are_left_alone() {
    let spilled = Spilled::new();
    let owner = spilled.folder.path().join("spill.0.owner");
    let owner = std::fs::File::options().create(true).append(true).open(owner).expect("a file");
    owner.lock().expect("locked");
    let rows = spilled.run("list", &["--format", "json"]).has_ended_with(0).events();
    assert_eq!(rows.iter().map(|row| row["in_use"].clone()).collect::<Vec<_>>(), [json!(true), json!(false)]);
    let ran = spilled.run("drop", &["--yes"]).has_ended_with(0);
    assert_eq!(ran.stdout, "prod-leaves: 2 events\ndropped 2 events of prod-leaves\n");
    let note = format!("{} is left out, as a running process uses it\n", spilled.file(0).display());
    assert_eq!(ran.stderr, note);
    drop(owner);
    assert_eq!(spilled.listed(), [json!(["prod-yard", 4, 1])]);
}

#[test]
fn spilled_events_that_cannot_be_decoded_are_counted() {
    let spilled = Spilled::new();
    // The shipped program does not know them.
    let mut command = shipped(&["spill", "export", "-t", "prod-leaves"]);
    command.arg("--path").arg(spilled.path());
    let ran = run(command, "").has_ended_with(1);
    assert!(ran.stderr.ends_with("\n2 of 2 entries could not be decoded\n"), "{}", ran.stderr);
}
