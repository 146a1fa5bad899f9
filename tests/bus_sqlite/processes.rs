//! Several processes on one file, some of which are killed.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use openedx_events::bus::{Backend as _, ErrorKind, GroupInfo, Message};
use openedx_events_tests::{DEADLINE, wait_until};

use crate::event::{CHORE_GIVEN, ChoreGiven};
use crate::support::{NO_WAIT, Place, Result, entries, texts};

/// Another process, which is killed when this is dropped.
pub(crate) struct Peer(Child);

impl Peer {
    pub(crate) fn new<const N: usize>(
        place: &Place,
        command: &str,
        rest: [&str; N],
        output: Stdio,
    ) -> Result<Self> {
        let mut process = Command::new(env!("CARGO_BIN_EXE_bus-sqlite-peer"));
        process.arg(command).arg(place.path()).arg(place.topic.as_str()).args(rest);
        Ok(Self(process.stdin(Stdio::piped()).stdout(output).spawn()?))
    }

    pub(crate) fn lines(&mut self) -> Result<Lines<BufReader<ChildStdout>>> {
        Ok(BufReader::new(self.0.stdout.take().ok_or("no output")?).lines())
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Stops it, or lets it go on.
    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: &str) -> Result {
        let status = Command::new("kill").args([signal, &self.0.id().to_string()]).status()?;
        if status.success() { Ok(()) } else { Err(format!("kill {signal}: {status}").into()) }
    }

    /// Stops it while it does not write: it would hold up everybody.
    #[cfg(unix)]
    fn stop(&self, place: &Place) -> Result {
        let lock = File::open(place.folder.path().join("bus.sqlite.lock"))?;
        loop {
            self.signal("-STOP")?;
            let stat = || fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap_or_default();
            wait_until("it is stopped", || !cfg!(target_os = "linux") || stat().contains(") T "));
            if lock.try_lock().is_ok() {
                return Ok(lock.unlock()?);
            }
            self.signal("-CONT")?;
        }
    }

    /// With SIGKILL.
    pub(crate) fn kill(mut self) -> Result {
        self.0.kill()?;
        self.0.wait()?;
        Ok(())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn numbers(path: &Path) -> Result<Vec<usize>> {
    let text = fs::read_to_string(path)?;
    // A line that is still being written is left for the next call.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(|line| Ok(line.parse()?)).collect()
}

#[test]
fn processes_share_the_entries_and_keep_the_order_of_keys() -> Result {
    const COUNT: usize = 200;

    let place = Place::new()?;
    let bus = place.open()?;
    let log = place.folder.path().join("done");
    let mut peers = Vec::new();
    for name in ["one", "two", "three"] {
        // All append to one file, so its lines are in the order of their work.
        let output = File::options().create(true).append(true).open(&log)?;
        peers.push(Peer::new(&place, "consume", ["group", name], output.into())?);
    }
    // A group that is created later does not get what all other groups have done before.
    let has_joined = |groups: &[GroupInfo]| groups.first().is_some_and(|group| group.consumers.len() == 3);
    wait_until("all have joined", || has_joined(&bus.groups(&place.topic).expect("groups")));
    // And this process has a group of its own, which waits for what the others publish.
    let consumer = place.consumer(&bus, "other", "one")?;
    for first in [0, COUNT] {
        let (first, count) = (first.to_string(), COUNT.to_string());
        peers.push(Peer::new(&place, "publish", [&first, &count], Stdio::null())?);
    }
    let (mut done, mut read) = (Vec::new(), 0);
    while read < 2 * COUNT {
        let batch = consumer.read(100, DEADLINE, &done)?;
        assert!(!batch.deliveries.is_empty(), "nothing came for too long");
        done = entries(&batch);
        read += done.len();
    }
    consumer.acknowledge(&done)?;
    wait_until("all is done", || {
        let groups = bus.groups(&place.topic).expect("groups");
        groups.len() == 2 && groups.iter().all(|group| group.lag == Some(0) && group.pending == 0)
    });

    let done = numbers(&log)?;
    for (key, first) in (0..5).flat_map(|key| [(key, 0), (key, COUNT)]) {
        let of_one = |number: &usize| (first..first + COUNT).contains(number) && number % 5 == key;
        let of_one = done.iter().copied().filter(of_one).collect::<Vec<_>>();
        let expected: Vec<_> = (first..first + COUNT).filter(|number| number % 5 == key).collect();
        assert_eq!(of_one, expected, "each once and in order");
    }
    let mut names = bus.groups(&place.topic)?.swap_remove(0).consumers;
    names.sort();
    assert_eq!(names, ["one", "three", "two"]);
    Ok(())
}

#[test]
fn a_killed_consumer_loses_nothing() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    let all: Vec<_> = (0..25).map(|number| number.to_string()).collect();
    place.publish(&bus, &all.iter().map(String::as_str).collect::<Vec<_>>())?;
    let mut held = Peer::new(&place, "hold", ["group", "one"], Stdio::piped())?;
    let lines = held.lines()?.take(25).collect::<io::Result<Vec<_>>>()?;
    assert_eq!(lines, all);
    held.kill()?;

    // Another consumer claims what was left idle; here without waiting.
    let other = bus.consumer(&place.subscription("group", "two", Duration::ZERO))?;
    let taken = other.read(5, NO_WAIT, &[])?;
    assert_eq!(texts(&taken), ["0+", "1+", "2+", "3+", "4+"]);
    other.acknowledge(&entries(&taken))?;
    // The same consumer has the rest at once.
    let again = place.consumer(&bus, "group", "one")?;
    let rest = again.read(100, NO_WAIT, &[])?;
    assert_eq!(texts(&rest), all[5..].iter().map(|text| format!("{text}+")).collect::<Vec<_>>());
    assert_eq!(texts(&again.read(100, NO_WAIT, &entries(&rest))?), [""; 0]);
    assert_eq!(bus.groups(&place.topic)?[0].pending, 0);
    Ok(())
}

#[test]
fn what_a_killed_producer_has_confirmed_is_stored() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    for kill_after in [1, 20, 50] {
        let before = place.browse(&bus)?.len();
        let mut peer = Peer::new(&place, "publish", ["0", "1000000"], Stdio::piped())?;
        let mut lines = peer.lines()?;
        let mut confirmed = lines.by_ref().take(kill_after).collect::<io::Result<Vec<_>>>()?;
        peer.kill()?;
        confirmed.extend(lines.collect::<io::Result<Vec<_>>>()?);
        let there = place.browse(&bus)?.split_off(before);
        assert_eq!(there[..confirmed.len()], confirmed);
        assert!(there.len() <= confirmed.len() + 1, "one may be stored without having been confirmed");
    }
    // A killed process leaves no lock behind.
    place.publish(&bus, &["a"])
}

#[test]
#[cfg(target_os = "linux")]
fn a_consumer_name_belongs_to_one_process_until_it_ends() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    place.publish(&bus, &["a"])?;
    let mut peer = Peer::new(&place, "hold", ["group", "one"], Stdio::piped())?;
    let mut lines = peer.lines()?;
    assert_eq!(lines.next().transpose()?.as_deref(), Some("a"));
    let error = bus.consumer(&place.subscription("group", "one", DEADLINE)).map(drop).expect_err("taken");
    assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
    let expected = format!("process {} consumes as `one` in the group `group`", peer.0.id());
    assert!(error.to_string().contains(&expected), "{error}");
    assert_eq!(texts(&place.consumer(&bus, "group", "two")?.read(1, NO_WAIT, &[])?), [""; 0]);

    // A killed process counts as ended before its parent has waited for it.
    peer.0.kill()?;
    assert!(lines.next().is_none());
    wait_until("it has ended", || bus.consumer(&place.subscription("group", "one", DEADLINE)).is_ok());
    // The name of a dropped consumer is free for other processes, and so are its entries.
    drop(place.consumer(&bus, "group", "one")?);
    let mut peer = Peer::new(&place, "hold", ["group", "one"], Stdio::piped())?;
    assert_eq!(peer.lines()?.next().transpose()?.as_deref(), Some("a"));
    Ok(())
}

/// Both run the events, and the first one finds that the second has done them.
#[test]
#[cfg(unix)]
fn a_consumer_that_was_stopped_writes_nothing_for_events_that_another_has_done() -> Result {
    let place = Place::new()?;
    let bus = place.open()?;
    let message = |number| {
        let event = ChoreGiven { number };
        Message::of_event(&event, &CHORE_GIVEN.generate_metadata())
    };
    bus.producer()?.publish(&place.topic, &[message(1)?, message(2)?, message(3)?])?;
    let gates = ["first", "second"].map(|name| place.folder.path().join(name));
    let peer = |name, gate: &Path| -> Result<(Peer, Lines<BufReader<ChildStdout>>)> {
        let gate = gate.display().to_string();
        let mut peer = Peer::new(&place, "receive", ["group", name, &gate], Stdio::piped())?;
        let lines = peer.lines()?;
        Ok((peer, lines))
    };
    let numbers = |lines: &mut Lines<BufReader<ChildStdout>>| -> Result<Vec<String>> {
        let mut numbers = lines.take(3).collect::<io::Result<Vec<_>>>()?;
        numbers.sort();
        Ok(numbers)
    };
    let (mut first, mut lines) = peer("one", &gates[0])?;
    assert_eq!(numbers(&mut lines)?, ["1", "2", "3"], "all run");
    first.stop(&place)?;

    fs::write(&gates[1], "")?;
    let (mut second, mut of_second) = peer("two", &gates[1])?;
    assert_eq!(numbers(&mut of_second)?, ["1", "2", "3"]);
    wait_until("the second has done them", || bus.groups(&place.topic).expect("groups")[0].pending == 0);
    drop(second.0.stdin.take());
    assert_eq!(of_second.next().transpose()?.as_deref(), Some("done 3 dead 0"));

    // The receivers of the first one fail, and cannot be retried.
    fs::write(&gates[0], "broken")?;
    first.signal("-CONT")?;
    drop(first.0.stdin.take());
    assert_eq!(lines.next().transpose()?.as_deref(), Some("done 0 dead 0"));
    assert!(first.0.wait()?.success());
    let dead_letters = bus.browse(&place.topic.dead_letters(), None, 10)?;
    assert!(dead_letters.is_empty(), "{dead_letters:?}");
    let group = &bus.groups(&place.topic)?[0];
    assert_eq!((group.lag, group.pending), (Some(0), 0));
    Ok(())
}
