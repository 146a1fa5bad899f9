//! Faults of the spill file and its disk, with real files and processes.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use openedx_events::bus::EventProducer;
use openedx_events_tests::faulty::Faulty;
use openedx_events_tests::{finishes, logs};
use tracing::Level;

use crate::rain::{
    DROP_REMOVED, DROP_REPLACED, DropDamaged, DropRemoved, DropReplaced, DropWithoutFolder, FLUSH, Rain,
    send, spill, spilling, start, stored,
};

/// A running `spilling-producer`.
pub(crate) struct Peer {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Peer {
    pub(crate) fn start(path: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_spilling-producer"));
        command.arg(path);
        Self::run(command)
    }

    fn run(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().expect("the program starts");
        let stdin = child.stdin.take().expect("a pipe");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, stdin, stdout }
    }

    /// Sends events itself for errors about the spill file.
    fn start_with_layer(path: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_spilling-producer"));
        command.arg(path).arg("layer");
        Self::run(command)
    }

    /// What it answers to a line.
    pub(crate) fn ask(&mut self, line: &str) -> String {
        writeln!(self.stdin, "{line}").expect("it reads");
        let mut answer = String::new();
        self.stdout.read_line(&mut answer).expect("it answers");
        answer.trim_end_matches('\n').to_owned()
    }

    /// The numbers at the beginning of an answer.
    fn numbers(&mut self, line: &str) -> (Vec<i64>, String) {
        let answer = self.ask(line);
        let (numbers, rest) = answer.trim_start_matches('[').split_once(']').expect("numbers");
        let numbers = numbers.split(", ").filter(|number| !number.is_empty());
        (numbers.map(|number| number.parse().expect("a number")).collect(), rest.to_owned())
    }

    pub(crate) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.end();
    }
}

/// Spills 50 events, does harm to the file, sends 50 more, and returns the producer, whose bus is back.
#[track_caller]
fn harmed<E: Rain>(topic: &str, path: &Path, faulty: &Faulty, harm: impl Fn()) -> EventProducer {
    logs::collect();
    faulty.set_down(true);
    let producer = start(faulty, &spilling(E::signal(), topic, path));
    spill::<E>(0..50);
    assert_eq!(producer.report().spilled, 50);
    harm();
    send::<E>(50..100);
    faulty.set_down(false);
    assert_eq!(producer.flush(FLUSH), 0);
    producer
}

/// The number of times that something was logged as an error about the spill file of this path.
fn told(path: &Path, what: &str) -> usize {
    let file = format!("{}.0", path.display());
    let is_told = |record: &&logs::Record| {
        record.level == Level::ERROR && record.field("path") == file && record.message.contains(what)
    };
    logs::all().iter().filter(is_told).count()
}

/// The file's events are lost, which is told once and counted, and nothing else is.
#[track_caller]
fn lost_with_the_file(topic: &str, path: &Path, what: &str, faulty: &Faulty, producer: EventProducer) {
    assert_eq!(stored(faulty, topic), [-1].into_iter().chain(50..100).collect::<Vec<_>>());
    let report = producer.shutdown(FLUSH).expect("published");
    assert_eq!((report.published, report.spilled, report.lost, report.refused), (51, 0, 50, 0), "{report:?}");
    assert_eq!(told(path, what), 1);
    let is_counted = |record: &logs::Record| {
        record.level == Level::ERROR && record.field("topic") == topic && record.field("events") == "50"
    };
    assert!(logs::all().iter().any(is_counted));
}

fn remove(path: &Path, suffixes: &[&str]) {
    for suffix in suffixes {
        fs::remove_file(PathBuf::from(format!("{}.0{suffix}", path.display()))).expect("removed");
    }
}

#[test]
fn a_removed_file_is_made_anew() {
    // SQLite's files beside it may go or stay.
    for (topic, suffixes) in [("removed", &[""][..]), ("removed-all", &["", "-wal", "-shm"])] {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, faulty) = (folder.path().join("spill"), Faulty::default());
        let producer = harmed::<DropRemoved>(topic, &path, &faulty, || remove(&path, suffixes));
        lost_with_the_file(topic, &path, "removed or replaced", &faulty, producer);
        // The new one is used, and survives.
        faulty.set_down(true);
        let producer = start(&faulty, &spilling(&DROP_REMOVED, topic, &path));
        spill::<DropRemoved>(100..150);
        producer.shutdown(Duration::ZERO).expect_err("the bus is down");
        let producer = start(&faulty, &spilling(&DROP_REMOVED, topic, &path));
        assert_eq!(producer.report().spilled, 50);
        faulty.set_down(false);
        assert_eq!(producer.shutdown(FLUSH).expect("published").published, 50);
    }
}

#[test]
fn a_removed_folder_is_made_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, faulty) = (folder.path().join("of-spills").join("spill"), Faulty::default());
    fs::create_dir(path.parent().expect("a folder")).expect("made");
    let producer = harmed::<DropWithoutFolder>("no-folder", &path, &faulty, || {
        fs::remove_dir_all(path.parent().expect("a folder")).expect("removed");
    });
    lost_with_the_file("no-folder", &path, "removed or replaced", &faulty, producer);
}

/// A backup is put in its place: what is in it is published.
#[test]
fn a_replaced_file_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, backup) = (folder.path().join("spill"), folder.path().join("backup"));
    let faulty = Faulty::default();
    faulty.set_down(true);
    let producer = start(&faulty, &spilling(&DROP_REPLACED, "replaced", &backup));
    spill::<DropReplaced>(1000..1010);
    producer.shutdown(Duration::ZERO).expect_err("the bus is down");
    let producer = harmed::<DropReplaced>("replaced", &path, &faulty, || {
        remove(&path, &["-wal", "-shm"]);
        fs::rename(folder.path().join("backup.0"), folder.path().join("spill.0")).expect("replaced");
    });
    let expected: Vec<_> = [-1].into_iter().chain(1000..1010).chain(50..100).collect();
    assert_eq!(stored(&faulty, "replaced"), expected);
    assert_eq!(told(&path, "removed or replaced"), 1);
    let report = producer.shutdown(FLUSH).expect("published");
    assert_eq!((report.published, report.lost), (61, 40), "{report:?}");
}

#[test]
fn a_damaged_file_is_kept_and_made_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, faulty) = (folder.path().join("spill"), Faulty::default());
    let producer = harmed::<DropDamaged>("damaged", &path, &faulty, || {
        for suffix in ["", "-wal"] {
            let file = folder.path().join(format!("spill.0{suffix}"));
            let size = fs::metadata(&file).expect("it is there").len();
            let mut file = fs::OpenOptions::new().write(true).open(file).expect("opened");
            let mut noise = std::io::repeat(0xa5).take(size);
            std::io::copy(&mut noise, &mut file).expect("damaged");
        }
    });
    // What was written behind the damage is lost with it.
    assert_eq!((stored(&faulty, "damaged"), producer.report().lost), (vec![-1], 100));
    assert_eq!(told(&path, "is damaged"), 1);
    faulty.set_down(true);
    spill::<DropDamaged>(100..150);
    faulty.set_down(false);
    assert_eq!(producer.shutdown(FLUSH).expect("published").published, 52);
    assert!(folder.path().join("spill.0.damaged-1").exists());
}

/// The process's files cannot grow: a disk with errors, as SQLite sees it.
#[test]
fn a_disk_that_fails_refuses_events_until_it_works() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new("sh");
    // The limit must be an error for the process, and not a signal that kills it.
    command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_spilling-producer")]);
    command.arg(folder.path().join("spill"));
    let mut peer = Peer::run(command);
    assert_eq!(peer.ask("send 1 21"), "[] ");
    let id = format!("--pid={}", peer.child.id());
    let limit = |bytes: &str| {
        let status = Command::new("prlimit").args([&id, &format!("--fsize={bytes}:")]).status();
        status.is_ok_and(|status| status.success())
    };
    if !limit("16384") {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "there is no `prlimit`");
        eprintln!("skipped: files cannot be limited, for which `prlimit` of util-linux is needed");
        return;
    }
    let (refused, error) = peer.numbers("send 21 121");
    assert!(
        !refused.is_empty() && error.contains("the queue is full, and cannot publish"),
        "{refused:?} {error}"
    );
    assert!(limit("unlimited"));
    all_but_refused_are_published(&mut peer, 121, &refused);
}

/// A full file system of its own, which a user may have without being root.
#[test]
fn a_full_disk_refuses_events_until_there_is_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let mount = "mount -t tmpfs -o size=96m tmpfs \"$1\" && shift && exec \"$@\"";
    let command = |program: &[&Path]| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh"]).arg(folder.path());
        command.args(program);
        command
    };
    if !command(&[Path::new("true")]).status().is_ok_and(|status| status.success()) {
        eprintln!(
            "skipped: this user cannot mount a file system, for which `unshare` and user namespaces are needed"
        );
        return;
    }
    let program = Path::new(env!("CARGO_BIN_EXE_spilling-producer"));
    let command = command(&[program, &folder.path().join("spill")]);
    let mut peer = Peer::run(command);
    assert_eq!(peer.ask("send 1 21"), "[] ");
    // As the process sees it.
    let folder = PathBuf::from(format!("/proc/{}/root{}", peer.child.id(), folder.path().display()));
    fs::write(folder.join("ballast"), vec![0; 90_000_000]).expect("there is room for it");
    // A look at the disk is good for a moment, and the file has some room.
    let send = |number: &i64| peer.ask(&format!("send {number} {}", number + 1)) != "[] ";
    let first = (21..100_000).find(send).expect("the disk is full");
    let next = first + 100;
    let (mut refused, error) = peer.numbers(&format!("send {} {next}", first + 1));
    assert_eq!(refused, (first + 1..next).collect::<Vec<_>>());
    assert!(error.contains("must stay free"), "{error}");
    refused.push(first);
    fs::remove_file(folder.join("ballast")).expect("removed");
    all_but_refused_are_published(&mut peer, next, &refused);
}

/// More events are accepted, and all but those that were refused arrive, in order.
#[track_caller]
fn all_but_refused_are_published(peer: &mut Peer, next: i64, refused: &[i64]) {
    assert_eq!(peer.ask(&format!("send {next} {}", next + 10)), "[] ");
    let (published, rest) = peer.numbers("up");
    let expected: Vec<_> = (0..next + 10).filter(|number| !refused.contains(number)).collect();
    assert_eq!((published, rest.as_str()), (expected.clone(), " 0 left"));
    assert_eq!(peer.ask("report"), format!("0 {} 0", expected.len()));
}

/// The file is written under locks, and whatever takes the log may need them.
#[test]
fn whoever_takes_the_log_may_send_to_the_same_topic() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("spill");
    let mut peer = Peer::start_with_layer(&path);
    assert_eq!(peer.ask("send 1 3"), "[] ");
    remove(&path, &[""]);
    let answer = finishes(move || (peer.ask("send 3 4"), peer.ask("up")));
    assert_eq!(answer, ("[] ".to_owned(), "[0, 3, 1000, 1000] 0 left".to_owned()));
}
