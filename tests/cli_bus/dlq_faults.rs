//! `dlq` and `replay` on a bus that fails midway.

use std::fs;
use std::time::Duration;

use openedx_events::bus::{self, DeadLetter, Message, ReceiverFailure, Topic};
use openedx_events_tests::proxy::Proxy;
use openedx_events_tests::wait_until;

use crate::fixture::{TOPIC, parcel};
use crate::lot::Lot;
use crate::program::{Ran, Running, own};

const LETTERS: usize = 1000;

/// Dead letters of a receiver that works by now.
fn full() -> Option<(Lot, Proxy)> {
    let lot = Lot::on_redis()?;
    lot.produce(&(1..=1000).map(|number| parcel(number, lot.folder())).collect::<Vec<_>>());
    fs::write(lot.file("fixed"), "").expect("a file");
    let (bus, topic) = (bus::open(&lot.url).expect("opened"), Topic::new(TOPIC).expect("a topic"));
    let letter =
        DeadLetter::of_receivers(vec![ReceiverFailure::new("dry").of_receiver("bus_cli::sign").after(1)]);
    let entries = bus.browse(&topic, None, LETTERS).expect("read");
    let letters: Vec<Message> =
        entries.iter().map(|each| letter.message(&each.message, "porters", each.entry.as_str())).collect();
    bus.producer().expect("a producer").publish(&topic.dead_letters(), &letters).expect("published");
    let proxy = Proxy::to(lot.redis.as_ref()?.port());
    Some((lot, proxy))
}

/// Runs a command until it has begun, and then takes the bus away.
fn interrupted(proxy: &Proxy, delay: u64, args: &[&str], has_begun: impl Fn() -> bool) -> Ran {
    proxy.delay(Duration::from_millis(delay));
    let running =
        Running::start(own(
            &[args, &["-t", TOPIC, "--yes", "--bus-timeout", "1", "--bus", &proxy.url()]].concat()
        ));
    wait_until("it has begun", has_begun);
    proxy.set_target(1);
    proxy.cut();
    running.end().has_ended_with(3)
}

/// The number behind a word.
fn after(text: &str, word: &str) -> usize {
    let number = text.rsplit(word).next().and_then(|rest| rest.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no number behind {word}: {text}"))
}

#[test]
fn dropping_goes_on_where_it_was_interrupted() {
    let Some((lot, proxy)) = full() else { return };
    let ran = interrupted(&proxy, 200, &["dlq", "drop", "--all"], || lot.letters().len() < LETTERS);
    let (told, left) = (after(&ran.stdout, "dropped "), lot.letters().len());
    // The answer to the last request may be lost.
    assert!(ran.stdout.ends_with(" of 1000 dead letters\n"), "{}", ran.stdout);
    assert!(left > 0 && (left..=left + 100).contains(&(LETTERS - told)), "{}: {left} are left", ran.stdout);
    let done = lot.run(&["dlq", "drop"], &["--all", "--yes"]).has_ended_with(0).stdout;
    assert!(done.ends_with(&format!("\ndropped {left} dead letters\n")), "{done}");
}

/// Each receiver that has succeeded does so once, but for what was running.
#[test]
fn replaying_dead_letters_goes_on_where_it_was_interrupted() {
    let Some((lot, proxy)) = full() else { return };
    let ran = interrupted(&proxy, 20, &["dlq", "replay", "--all"], || lot.letters().len() < LETTERS);
    let told = after(&ran.stderr, "replayed ");
    assert!(ran.stderr.contains(" of 1000 dead letters; "), "{}", ran.stderr);
    let left = lot.letters().len();
    assert!(left > 0 && LETTERS - left >= told, "{}: {left} are left", ran.stderr);
    let done = lot.run(&["dlq", "replay"], &["--all", "--yes"]).has_ended_with(0);
    assert!(done.stderr.ends_with(&format!("replayed {left} of {left} dead letters\n")), "{}", done.stderr);
    let mut signed = lot.numbers("signed");
    let runs = signed.len();
    signed.dedup();
    assert_eq!(signed.len(), LETTERS, "every one was signed");
    // What was done, and could not be removed any more.
    assert!(runs - LETTERS <= left, "{runs} runs");
    assert_eq!(lot.letters().len(), 0);
}

#[test]
fn a_replay_goes_on_where_it_lost_the_bus() {
    let Some((lot, proxy)) = full() else { return };
    let args = ["replay", "--from", "first", "--receiver", "bus_cli::store"];
    let ran = interrupted(&proxy, 20, &args, || lot.numbers("stored").len() > 10);
    assert!(ran.stderr.contains("run the same command again to go on"), "{}", ran.stderr);
    let before = lot.numbers("stored").len();
    assert!(before < 2 * LETTERS);
    let done = lot.run(&args[..1], &[&args[1..], &["--yes"]].concat()).has_ended_with(0);
    assert!(done.stderr.ends_with("replayed 1000 events of yard\n"), "{}", done.stderr);
    let mut stored = lot.numbers("stored");
    let runs = stored.len();
    stored.dedup();
    assert_eq!(stored.len(), LETTERS);
    assert!(runs <= LETTERS + before, "{runs} runs, {before} of them before");
    assert_eq!(lot.numbers("signed").len(), 0);
}
