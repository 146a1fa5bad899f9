//! The reader of the output goes away: every command ends with 1, and what it has done is told on stderr.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, pipe};
use std::process::Command;

use crate::fixture::{NEW, TOPIC, guest, leaf};
use crate::lot::{ANSWER, GROUP, HEAR, Lot, REPLY, waiting};
use crate::program::{Ran, Running, own, run};

/// What a command needs, and how it is called. `{…}` is a part of the world of [`World`].
const COMMANDS: &[&[&str]] = &[
    &["list"],
    &["list", "--format", "json"],
    &["describe", "org.example.yard.leaf.fell.v1"],
    &["send"],
    &["send", "--format", "json"],
    &["docs"],
    &["encode"],
    &["decode"],
    &["key"],
    &["completions", "bash"],
    &["schema", "org.example.yard.leaf.fell.v1"],
    &["schema", "lock", "--lock", "{new}"],
    &["schema", "check", "--lock", "{lock}"],
    &["schema", "diff", "{lock}"],
    &["vectors", "{new}", "org.example.yard.leaf.fell.v1"],
    &["vectors", "--check", "{new}", "org.example.yard.leaf.fell.v1"],
    &["consume", "-t", TOPIC, "--bus", "{bus}"],
    &["consume", "-t", TOPIC, "-g", "gardeners", "--bus", "{bus}"],
    &["produce", "-t", TOPIC, "--bus", "{bus}"],
    &["produce", "-t", TOPIC, "--bus", "{bus}", "--format", "json"],
    &["topic", "list", "--bus", "{bus}"],
    &["lag", "--bus", "{bus}"],
    &["doctor", "--bus", "{bus}"],
    &["tail", "-t", TOPIC, "--since", "first", "--bus", "{bus}"],
    &["pending", "-t", TOPIC, "--bus", "{bus}"],
    &["group", "list", "-t", TOPIC, "--bus", "{bus}"],
    &["group", "create", "-t", TOPIC, "-g", "new", "--bus", "{bus}"],
    &["group", "delete", "-t", TOPIC, "-g", GROUP, "--yes", "--bus", "{bus}"],
    &["spill", "list", "--path", "{spill}"],
    &["spill", "publish", "--path", "{spill}", "--yes", "--bus", "{bus}"],
    &["spill", "export", "--path", "{spill}"],
    &["spill", "drop", "--path", "{spill}", "--yes"],
    &["parked", "list", "-t", TOPIC, "--bus", "{bus}"],
    &["parked", "show", "-t", TOPIC, "--bus", "{bus}"],
    &["parked", "drain", "-t", TOPIC, "-g", GROUP, "--bus", "{bus}"],
    &["parked", "dead-letter", "-t", TOPIC, "-g", GROUP, "--all", "--yes", "--bus", "{bus}"],
    &["parked", "move", "-t", TOPIC, "-g", GROUP, "--from", HEAR, "--to", REPLY, "--yes", "--bus", "{bus}"],
    &["parked", "drop", "-t", TOPIC, "-g", GROUP, "--all", "--yes", "--bus", "{bus}"],
    &["dlq", "list", "-t", TOPIC, "--bus", "{bus}"],
    &["dlq", "show", "-t", TOPIC, "--bus", "{bus}"],
    &["dlq", "replay", "-t", TOPIC, "--all", "--yes", "--bus", "{bus}"],
    &["dlq", "publish", "-t", TOPIC, "--all", "--yes", "--bus", "{bus}"],
    &["dlq", "drop", "-t", TOPIC, "--all", "--yes", "--bus", "{bus}"],
    &["replay", "-t", TOPIC, "--from", "first", "--yes", "--bus", "{bus}"],
    &["seek", "-t", TOPIC, "-g", GROUP, "--to", "first", "--yes", "--bus", "{bus}"],
    &["webhook", "list", "--config", "{webhooks.toml}"],
    &["webhook", "test", "crm", "--config", "{webhooks.toml}"],
    &["webhook", "run", "--config", "{webhooks.toml}", "--bus", "{bus}"],
];

/// A bus with an event in a topic and one that is parked, a spill file, and a lock file.
struct World {
    lot: Lot,
}

impl World {
    fn new() -> Self {
        let lot = Lot::each().next().expect("a bus in a file");
        lot.park("carl", &[(guest(1), vec![waiting(HEAR, 1), waiting(ANSWER, 1)])]);
        lot.produce(&[leaf(2)]);
        let world = Self { lot };
        let spill = format!("sqlite:{}.0", world.path("spill"));
        run(own(&["group", "create", "-t", TOPIC, "-g", "spill", "--bus", &spill]), "").has_ended_with(0);
        run(own(&["produce", "-t", TOPIC, "--bus", &spill]), &leaf(3)).has_ended_with(0);
        run(own(&["schema", "lock", "--lock", &world.path("lock")]), "").has_ended_with(0);
        let webhooks =
            "[EVENT_WEBHOOKS.crm]\nurl = 'https://localhost:9'\nevents = ['*']\ntopics = ['yard']\n";
        fs::write(world.path("webhooks.toml"), webhooks).expect("a file");
        world
    }

    fn path(&self, name: &str) -> String {
        self.lot.file(name).to_str().expect("UTF-8").to_owned()
    }

    fn command(&self, args: &[&str]) -> Command {
        let filled = args.iter().map(|arg| match *arg {
            "{bus}" => self.lot.url.clone(),
            "{lock}" | "{new}" | "{spill}" | "{webhooks.toml}" => self.path(arg.trim_matches(['{', '}'])),
            arg => arg.to_owned(),
        });
        let filled: Vec<_> = filled.collect();
        own(&filled.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

/// Runs a command whose output nobody reads.
fn unread(command: Command, stdin: &str) -> Ran {
    let (reader, writer) = pipe().expect("a pipe");
    drop(reader);
    Running::start_into(command, writer).feed(stdin).end()
}

#[test]
fn every_command_ends_with_1() {
    for args in COMMANDS {
        let ran = unread(World::new().command(args), &format!("{}\n", leaf(4)));
        assert_eq!(ran.code, Some(1), "{args:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("error: ") && !ran.stderr.contains("panic"), "{args:?}: {}", ran.stderr);
    }
    // As in every program: nobody takes a part of the help for all of it.
    for args in [&["--help"][..], &["consume", "--help"], &["--version"]] {
        assert_eq!(unread(own(args), "").has_ended_with(0).stderr, "", "{args:?}");
    }
    // Nor is it wrapped where it is no terminal.
    let help = run(own(&["consume", "--help"]), "").has_ended_with(0).stdout;
    assert!(
        help.lines().any(|line| line.contains("Later files override earlier ones, and the environment")),
        "{help}"
    );
}

/// The commands without further ones below them, from the help.
fn leaves(path: &[String], found: &mut BTreeSet<String>) {
    let mut args: Vec<_> = path.iter().map(String::as_str).collect();
    args.push("--help");
    let help = run(own(&args), "").has_ended_with(0).stdout;
    let listed = help.split_once("Commands:\n").map(|(_, rest)| rest.split("\n\n").next().unwrap_or(rest));
    // `schema` is a command itself, too.
    if !path.is_empty() && (listed.is_none() || help.contains("[TYPE]")) {
        found.insert(path.join(" "));
    }
    for line in listed.unwrap_or_default().lines() {
        let indented = line.strip_prefix("  ").filter(|line| !line.starts_with(' '));
        let name = indented.and_then(|line| line.split_whitespace().next()).unwrap_or_default();
        if !matches!(name, "" | "help") {
            leaves(&[path, &[name.to_owned()]].concat(), found);
        }
    }
}

#[test]
fn no_command_is_left_out() {
    let mut all = BTreeSet::new();
    leaves(&[], &mut all);
    let is_walked = |command: &&String| {
        let words: Vec<_> = command.split(' ').collect();
        COMMANDS.iter().any(|args| args.starts_with(&words))
    };
    let left_out: Vec<_> = all.iter().filter(|command| !is_walked(command)).collect();
    assert!(left_out.is_empty() && all.len() > 20, "not among COMMANDS: {left_out:?} of {all:?}");
}

/// Runs a command whose output is read up to a line.
fn read_up_to(command: Command, stdin: &str, line: usize) -> Ran {
    let (mut reader, writer) = pipe().expect("a pipe");
    let running = Running::start_into(command, writer);
    let fed = running.feed(stdin);
    let mut byte = [0];
    let mut lines = 0;
    while lines < line && reader.read(&mut byte).expect("the output can be read") == 1 {
        lines += usize::from(byte == *b"\n");
    }
    drop(reader);
    fed.end()
}

/// The number in front of a word.
fn before(text: &str, word: &str) -> usize {
    let number = text.split(word).next().and_then(|before| before.split_whitespace().last());
    number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no number before {word}: {text}"))
}

#[test]
fn what_was_published_is_told() {
    let lot = Lot::each().next().expect("a bus in a file");
    let lines: Vec<_> = (1..=9000).map(leaf).collect();
    let ran = read_up_to(lot.command(&["produce", "-t", TOPIC]), &lines.join("\n"), 20).has_ended_with(1);
    let published = before(&ran.stderr, " published");
    let told = format!(
        "{NEW}{published} published, 0 bad lines, 0 failed\nstopped after line {published}, because the output was closed\n"
    );
    assert_eq!(ran.stderr, told);
    assert!(published < lines.len());
    let on_bus = lot.run(&["consume"], &["--until-idle", "0"]).has_ended_with(0);
    assert_eq!(on_bus.numbers().len(), published);
}

#[test]
fn what_was_sent_is_told() {
    let lines: Vec<_> = (1..=9000).map(leaf).collect();
    let ran = read_up_to(own(&["send"]), &lines.join("\n"), 20).has_ended_with(1);
    let sent = before(&ran.stderr, " sent");
    let told = format!(
        "{sent} sent, 0 bad lines, 0 failed\nstopped after line {sent}, because the output was closed\n"
    );
    assert_eq!(ran.stderr, told);
    assert!((20..lines.len()).contains(&sent));
}

#[test]
fn what_a_group_has_processed_is_told() {
    let lot = Lot::each().next().expect("a bus in a file");
    lot.produce(&(1..=20).map(leaf).collect::<Vec<_>>());
    let ran = unread(lot.command(&["consume", "-t", TOPIC, "-g", "gardeners"]), "").has_ended_with(1);
    assert!(ran.stderr.ends_with(" reached no receiver, 0 dead letters\n"), "{}", ran.stderr);
    assert!(before(&ran.stderr, " reached") > 0);
}

#[test]
fn changes_are_told() {
    let world = World::new();
    let create = ["group", "create", "-t", TOPIC, "-g", "new", "--bus", "{bus}"];
    let ran = unread(world.command(&create), "").has_ended_with(1);
    assert_eq!(ran.stderr, "created group new of yard, starting at the first entry\n");
    // Where it was to be seen first what is going to change, nothing was.
    let delete = ["group", "delete", "-t", TOPIC, "-g", "new", "--yes", "--bus", "{bus}"];
    assert_eq!(unread(world.command(&delete), "").has_ended_with(1).stderr, "");
    let ran = run(world.command(&delete), "").has_ended_with(0);
    assert!(ran.stdout.ends_with("deleted group new of yard\n"), "{}", ran.stdout);

    let drop = ["parked", "drop", "-t", TOPIC, "-g", GROUP, "--receiver", HEAR, "--yes", "--bus", "{bus}"];
    assert_eq!(unread(world.command(&drop), "").has_ended_with(1).stderr, "");
    let ran = read_up_to(world.command(&drop), "", 1);
    // It may have printed both lines before the reader went away.
    assert!(matches!(ran.code, Some(0 | 1)), "{}", ran.stderr);
    let told = "dropped 1 event for `bus_cli::hear`; they are lost\n";
    assert_eq!(ran.stderr, if ran.code == Some(0) { "" } else { told });
    let lock = unread(world.command(&["schema", "lock", "--lock", "{new}"]), "").has_ended_with(1);
    assert!(lock.stderr.ends_with(&format!("wrote {}\n", world.path("new"))), "{}", lock.stderr);
    let vectors = ["vectors", "{spill}", "org.example.yard.leaf.fell.v1"];
    let vectors = unread(world.command(&vectors), "").has_ended_with(1);
    assert!(vectors.stderr.starts_with("changed "), "{}", vectors.stderr);
}
