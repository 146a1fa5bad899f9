//! Progress at a terminal.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use openedx_events_tests::proxy::Proxy;
use openedx_events_tests::{DEADLINE, wait_until};

use crate::fixture::{Fixture, TOPIC, guest};
use crate::lot::{ANSWER, GROUP, Lot, waiting};
use crate::program::run;

/// Runs a command at a terminal, whose input is a pipe. What is seen there goes to the file `seen`. `None` without `script`; the
/// test should then return.
fn at_terminal(folder: &Path, line: &str) -> Option<Child> {
    let seen = fs::File::create(folder.join("seen")).expect("a file");
    let started = Command::new("script")
        .args(["-qec", line, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(seen)
        .stderr(Stdio::null())
        .spawn();
    started.inspect_err(|_| eprintln!("skipped: there is no `script`")).ok()
}

#[test]
fn progress_is_shown_only_at_a_terminal() {
    let Some(fixture) = Fixture::new() else { return };
    let program = env!("CARGO_BIN_EXE_bus-cli");
    let results = fixture.folder.path().join("results");
    let (url, out) = (fixture.redis.url(), results.display());
    // The output goes to a file.
    let line = format!("'{program}' produce -t {TOPIC} --bus {url} - > '{out}'");
    let Some(mut script) = at_terminal(fixture.folder.path(), &line) else { return };
    let mut stdin = script.stdin.take().expect("a pipe");
    let seen = || fs::read_to_string(fixture.folder.path().join("seen")).unwrap_or_default();
    let mut number: i64 = 0;
    let start = Instant::now();
    while !seen().contains("/s") {
        assert!(start.elapsed() < DEADLINE, "no progress is shown: {}", seen());
        number += 1;
        stdin.write_all(format!("{}\n", guest(number)).as_bytes()).expect("it reads");
        thread::sleep(Duration::from_millis(20));
    }
    // Ends the terminal's input.
    stdin.write_all(b"\x04").expect("it reads");
    assert!(script.wait().expect("its end").success(), "{}", seen());
    assert!(seen().ends_with(&format!("{number} published, 0 bad lines, 0 failed\r\n")), "{}", seen());
    assert_eq!(fs::read_to_string(results).expect("results").lines().count().to_string(), number.to_string());

    let ran = run(fixture.command(&["produce", "-t", TOPIC]), &guest(1)).has_ended_with(0);
    assert_eq!(ran.stderr, "1 published, 0 bad lines, 0 failed\n");
}

#[test]
fn a_question_is_asked_at_a_terminal() {
    let Some(fixture) = Fixture::new() else { return };
    fixture.run(&["group", "create", "-t", TOPIC, "-g", "porters"]).has_ended_with(0);
    let (program, url) = (env!("CARGO_BIN_EXE_bus-cli"), fixture.redis.url());
    let line = format!("'{program}' group delete -t {TOPIC} -g porters --bus {url}");
    for (answer, is_yes) in [("n", false), ("", false), ("perhaps", false), ("Y", true)] {
        let Some(mut script) = at_terminal(fixture.folder.path(), &line) else { return };
        let seen = || fs::read_to_string(fixture.folder.path().join("seen")).unwrap_or_default();
        wait_until("it asks", || {
            seen().contains(
                "the group `porters` would lose its position and its pending entries\r\ndelete it? [y/N] ",
            )
        });
        let mut stdin = script.stdin.take().expect("a pipe");
        stdin.write_all(format!("{answer}\n").as_bytes()).expect("it reads");
        let ended = script.wait().expect("its end");
        assert_eq!((ended.code(), fixture.groups().is_empty()), (Some(if is_yes { 0 } else { 2 }), is_yes));
        let last =
            if is_yes { "deleted group porters of yard\r\n" } else { "error: nothing was deleted\r\n" };
        assert!(seen().ends_with(last), "{}", seen());
    }
}

#[test]
fn parked_events_are_changed_at_a_terminal() {
    let Some(lot) = Lot::on_redis() else { return };
    let events: Vec<_> = (0..1000).map(|number| (guest(number), vec![waiting(ANSWER, 1)])).collect();
    lot.park("carl", &events);
    // It takes its time.
    let proxy = Proxy::to(lot.redis.as_ref().expect("a server").port());
    proxy.delay(Duration::from_millis(60));
    let (program, url) = (env!("CARGO_BIN_EXE_bus-cli"), proxy.url());
    let line = format!("'{program}' parked drop -t {TOPIC} -g {GROUP} --all --bus {url}");
    let Some(mut script) = at_terminal(lot.folder(), &line) else { return };
    let seen = || fs::read_to_string(lot.file("seen")).unwrap_or_default();
    wait_until("it asks", || seen().ends_with("drop 1000 events for all receivers? [y/N] "));
    assert!(seen().contains("what is dropped is lost, without a dead letter\r\n"), "{}", seen());
    script.stdin.take().expect("a pipe").write_all(b"y\n").expect("it reads");
    assert!(script.wait().expect("its end").success(), "{}", seen());
    assert!(seen().contains("00 of 1000 events, "), "{}", seen());
    let end = "dropped 1000 events for all receivers; they are lost\r\n";
    assert!(seen().ends_with(end), "{}", seen());
    assert!(lot.waiting().is_empty());
}

#[test]
fn alarms_are_red_at_a_terminal() {
    let lot = Lot::each().next().expect("a bus in a file");
    lot.run(&["group", "create"], &["-g", GROUP]).has_ended_with(0);
    lot.produce(&[guest(1)]);
    let (program, url) = (env!("CARGO_BIN_EXE_bus-cli"), &lot.url);
    for (variable, is_red) in [("NO_COLOR=", true), ("NO_COLOR=1", false), ("TERM=dumb", false)] {
        let line = format!("env TERM=xterm {variable} '{program}' lag --bus {url}");
        let Some(mut script) = at_terminal(lot.folder(), &line) else { return };
        assert!(script.wait().expect("its end").success());
        let seen = fs::read_to_string(lot.file("seen")).unwrap_or_default();
        assert!(seen.contains(GROUP), "{seen}");
        assert_eq!(seen.contains("\x1b[31mporters\x1b[0m"), is_red, "{variable}: {seen}");
    }
}
