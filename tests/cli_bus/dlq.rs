//! `dlq`: looking at dead letters, and repairing them.

use std::fs;

use serde_json::Value;

use crate::fixture::{TOPIC, mishap, parcel};
use crate::lot::Lot;
use crate::program::{Ran, run, shipped};

const SIGN: &str = "bus_cli::sign";
const FAIL: &str = "bus_cli::fail";
const PARCEL: &str = "org.example.yard.parcel.left.v1";

/// Three parcels and a mishap, of each of which a receiver has failed.
fn with_letters(lot: &Lot) {
    lot.produce(&[parcel(1, lot.folder()), mishap(2), parcel(3, lot.folder()), parcel(4, lot.folder())]);
    lot.run(&["consume"], &["-g", "porters", "--count", "4"]).has_ended_with(0);
    assert_eq!(lot.letters().len(), 4);
    assert_eq!(lot.numbers("stored"), [1, 3, 4]);
}

fn dlq(lot: &Lot, verb: &str, more: &[&str]) -> Ran {
    lot.run(&["dlq", verb], more)
}

/// The id of the dead letter of an event.
fn id_of(lot: &Lot, number: i64) -> String {
    let shown = dlq(lot, "show", &["--format", "json"]).has_ended_with(0).events();
    let event = format!("{number:012x}");
    let letter =
        shown.iter().find(|letter| letter["event_id"].as_str().is_some_and(|id| id.ends_with(&event)));
    letter.and_then(|letter| letter["id"].as_str()).expect("its dead letter").to_owned()
}

fn fix(lot: &Lot) {
    fs::write(lot.file("fixed"), "").expect("a file");
}

#[test]
fn a_topic_without_dead_letters_says_so() {
    for lot in Lot::each() {
        let nothing = "yard has no dead letters\n";
        for verb in ["list", "show"] {
            assert_eq!(dlq(&lot, verb, &[]).has_ended_with(0).stdout, nothing);
            let json = dlq(&lot, verb, &["--format", "json"]).has_ended_with(0);
            assert_eq!((&*json.stdout, &*json.stderr), ("", nothing));
        }
        for verb in ["replay", "publish", "drop"] {
            assert_eq!(dlq(&lot, verb, &["--all"]).has_ended_with(0).stdout, nothing, "{verb}");
        }
        let id = if lot.redis.is_some() { "5-0" } else { "5" };
        let gone = dlq(&lot, "drop", &[id, "--yes"]).has_ended_with(2);
        assert_eq!(gone.stderr, format!("error: yard has no dead letter {id}\n"));
    }
}

#[test]
fn dead_letters_are_listed_and_shown() {
    for lot in Lot::each() {
        with_letters(&lot);
        let rows = dlq(&lot, "list", &["--format", "json"]).has_ended_with(0).events();
        let fact = |row: &Value| (row["receiver"].clone(), row["letters"].clone());
        let facts: Vec<_> = rows.iter().map(fact).collect();
        let of = |receiver: &str, letters: i64| (receiver.into(), letters.into());
        assert_eq!(facts, [of(FAIL, 1), of(SIGN, 3)]);
        assert_eq!(rows[0]["last_error"], "mishap 2");
        assert!(
            rows.iter().all(|row| row["group"] == "porters" && row["reason"] == "receiver_failed"),
            "{rows:?}"
        );
        let listed = dlq(&lot, "list", &["--receiver", SIGN]).has_ended_with(0).stdout;
        let start = format!("porters: receiver_failed of {SIGN}: {PARCEL}: 3 dead letters, from ");
        assert!(listed.starts_with(&start) && listed.ends_with(" is dry\n"), "{listed}");

        let shown = dlq(&lot, "show", &["--type", PARCEL, "--limit", "2"]).has_ended_with(0);
        assert_eq!(shown.stderr, "there are more; pass a larger `--limit`\n");
        let lines: Vec<_> = shown.stdout.lines().collect();
        assert_eq!(lines.len(), 6, "{}", shown.stdout);
        assert!(
            lines[0].contains(&format!(": {PARCEL} 0190a4f6-7f4e-7cc3-98c4-000000000001, entry ")),
            "{}",
            lines[0]
        );
        assert!(
            lines[0].contains(", key <redacted>, ")
                && lines[0].contains("receiver_failed in group porters at ")
        );
        assert!(lines[1].starts_with(&format!("  {SIGN}: 1 attempt: the pen of ")), "{}", lines[1]);
        assert!(lines[2].starts_with("  {\"specversion\":"), "{}", lines[2]);
        let third = &*id_of(&lot, 3);
        let one = dlq(&lot, "show", &[third, "--format", "json", "--show-pii"]).has_ended_with(0).events();
        assert_eq!(
            (one.len(), &one[0]["event"]["data"]["number"], &one[0]["key"]),
            (1, &3.into(), &"3".into())
        );
        let other = if lot.redis.is_some() { "999999-0" } else { "999999" };
        let missing = dlq(&lot, "show", &[third, other]).has_ended_with(1);
        assert_eq!(missing.stderr, format!("yard has no dead letter {other}\n"));
        assert_eq!(lot.letters().len(), 4, "looking changes nothing");

        for (args, error) in [
            (&["--receiver", "bus_cli::sing"][..], "none has `bus_cli::sing`, did you mean `bus_cli::sign`"),
            (&["-g", "porter"], "none has `porter`, did you mean `porters`?"),
            (&["--reason", "outage"], "none has `outage`"),
        ] {
            let ran = dlq(&lot, "list", args).has_ended_with(2);
            assert!(
                ran.stderr.starts_with(&format!("error: no dead letter is chosen: {error}")),
                "{}",
                ran.stderr
            );
        }
        let later = dlq(&lot, "list", &["--since", "2099-01-01T00:00:00Z"]).has_ended_with(0);
        assert_eq!(later.stdout, "yard has no dead letters\n");
    }
}

/// The shipped program does not know the events of others, and can look at their dead letters and repair them all the same.
#[test]
fn dead_letters_of_unknown_events_are_shown_and_dropped() {
    for lot in Lot::each() {
        with_letters(&lot);
        let call =
            |args: &[&str]| run(shipped(&[&["dlq"], args, &["-t", TOPIC, "--bus", &lot.url]].concat()), "");
        let listed = call(&["list"]).has_ended_with(0).stdout;
        assert!(listed.contains(": 3 dead letters, "), "{listed}");
        let shown = call(&["show", "--receiver", FAIL]).has_ended_with(0).stdout;
        assert!(shown.contains("  bus_cli::fail: 1 attempt: mishap 2\n"), "{shown}");
        let refused = call(&["replay", "--all", "--yes"]).has_ended_with(2);
        assert!(
            refused.stderr.starts_with("error: this program has no receivers to run"),
            "{}",
            refused.stderr
        );
        let dropped = call(&["drop", "--receiver", SIGN, "--yes"]).has_ended_with(0).stdout;
        assert!(dropped.ends_with("\ndropped 3 dead letters\n"), "{dropped}");
        assert_eq!(lot.letters().len(), 1);
    }
}

/// The letters of a bug that is fixed: only the receiver that failed runs again, and only what fails again stays.
#[test]
fn dead_letters_are_replayed_by_the_receivers_that_failed() {
    for lot in Lot::each() {
        with_letters(&lot);
        let asked = dlq(&lot, "replay", &["--all"]).has_ended_with(2);
        assert_eq!(
            asked.stderr,
            format!(
                "error: nothing was replayed: these receivers run: {FAIL}, {SIGN}; pass `--yes` to replay 4 dead letters\n"
            )
        );
        dlq(&lot, "replay", &["--all", "--dry-run"]).has_ended_with(0);
        let again = dlq(&lot, "replay", &["--receiver", SIGN, "--yes"]).has_ended_with(1);
        assert!(
            again.stderr.ends_with("replayed 0 of 3 dead letters; 3 failed again and stay\n"),
            "{}",
            again.stderr
        );
        assert!(again.stderr.contains(&format!(": {SIGN}: the pen of 3 is dry\n")), "{}", again.stderr);
        assert_eq!(lot.letters().len(), 4, "they stay as they were");

        fix(&lot);
        let third = id_of(&lot, 3);
        let one = dlq(&lot, "replay", &[&third, "--yes"]).has_ended_with(0);
        assert!(one.stderr.ends_with("replayed 1 of 1 dead letter\n"), "{}", one.stderr);
        assert_eq!((lot.numbers("signed"), lot.letters().len()), (vec![3], 3));
        let rest = dlq(&lot, "replay", &["--all", "--yes"]).has_ended_with(1);
        assert!(
            rest.stderr.ends_with("replayed 2 of 3 dead letters; 1 failed again and stay\n"),
            "{}",
            rest.stderr
        );
        assert_eq!(lot.numbers("signed"), [1, 3, 4]);
        assert_eq!(lot.numbers("stored"), [1, 3, 4], "the other receiver did not run again");
        assert_eq!(lot.letters().len(), 1);
        // Groups are not affected.
        let group = lot.run(&["group", "list"], &["--format", "json"]).has_ended_with(0).events();
        assert_eq!(group.len(), 1, "{group:?}");
        let gone = dlq(&lot, "replay", &[&third, "--yes"]).has_ended_with(2);
        assert_eq!(gone.stderr, format!("error: yard has no dead letter {third}\n"));
    }
}

#[test]
fn dead_letters_are_published_for_all_groups() {
    for lot in Lot::each() {
        with_letters(&lot);
        lot.run(&["group", "create"], &["-g", "guards", "--latest"]).has_ended_with(0);
        let asked = dlq(&lot, "publish", &["--type", PARCEL]).has_ended_with(2);
        assert_eq!(
            asked.stderr,
            "error: nothing was published: the groups guards, porters read them; pass `--yes` to publish 3 dead letters to yard\n"
        );
        fix(&lot);
        let done = dlq(&lot, "publish", &["--type", PARCEL, "--yes"]).has_ended_with(0).stdout;
        assert!(done.ends_with("\npublished 3 dead letters to yard\n"), "{done}");
        assert_eq!(lot.letters().len(), 1);
        lot.run(&["consume"], &["-g", "porters", "--count", "3"]).has_ended_with(0);
        assert_eq!((lot.numbers("stored"), lot.numbers("signed")), (vec![1, 1, 3, 3, 4, 4], vec![1, 3, 4]));
    }
}

#[test]
fn nothing_is_changed_without_a_choice_or_a_consent() {
    for lot in Lot::each() {
        with_letters(&lot);
        for verb in ["replay", "publish", "drop"] {
            let none = dlq(&lot, verb, &["--yes"]).has_ended_with(2);
            assert!(none.stderr.starts_with("error: choose dead letters by their ids, "), "{}", none.stderr);
            dlq(&lot, verb, &["--all"]).has_ended_with(2);
            dlq(&lot, verb, &["--all", "--dry-run"]).has_ended_with(0);
            dlq(&lot, verb, &["not-an-id", "--yes"]).has_ended_with(2);
            dlq(&lot, verb, &["--since", "2026-01-31T09:30:00", "--yes"]).has_ended_with(2);
        }
        assert_eq!((lot.letters().len(), lot.numbers("stored")), (4, vec![1, 3, 4]));
    }
}
