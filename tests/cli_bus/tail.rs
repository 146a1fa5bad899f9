//! `tail`, and where `consume` begins.

use std::cell::Cell;

use openedx_events_tests::wait_until;
use serde_json::{Value, json};

use crate::fixture::{TOPIC, guest, leaf, mishap};
use crate::lot::{GROUP, Lot};
use crate::program::{Ran, Running, run, shipped};

const END: [&str; 2] = ["--until-idle", "0"];

/// `tail` of what is in the topic.
fn tail(lot: &Lot, more: &[&str]) -> Ran {
    lot.run(&["tail"], &[&["--since", "first"], &END[..], more].concat())
}

#[test]
fn what_comes_from_now_on_is_printed() {
    for lot in Lot::each() {
        lot.produce(&[leaf(1)]);
        let tailing = Running::start(lot.command(&["tail", "-t", TOPIC, "--count", "2"]));
        // It begins somewhere behind the first one.
        let number = Cell::new(1);
        wait_until("it prints", || {
            number.set(number.get() + 1);
            lot.produce(&[leaf(number.get())]);
            tailing.stdout().lines().count() == 2
        });
        let numbers = tailing.end().has_ended_with(0).numbers();
        assert!(numbers[0] > 1 && numbers[1] == numbers[0] + 1, "{numbers:?}");
        assert!(lot.group().is_null(), "a group");
    }
}

#[test]
fn a_time_or_an_id_is_where_it_begins() {
    for lot in Lot::each() {
        lot.produce(&[leaf(1), leaf(2), leaf(3)]);
        assert_eq!(tail(&lot, &[]).has_ended_with(0).numbers(), [1, 2, 3]);
        for command in ["tail", "consume"] {
            let since = |since| {
                let args = [&["--since", since], &END[..]].concat();
                lot.run(&[command], &args).has_ended_with(0).numbers()
            };
            assert_eq!(since("1h"), [1, 2, 3]);
            assert_eq!(since("2026-01-01T00:00:00Z"), [1, 2, 3]);
            assert!(since("2999-01-01T00:00:00+01:00").is_empty());
            assert!(since("last").is_empty());
        }
        assert!(lot.run(&["tail"], &END).has_ended_with(0).stdout.is_empty());
        let latest = lot.run(&["consume"], &[&["--latest"], &END[..]].concat()).has_ended_with(0);
        assert!(latest.stdout.is_empty(), "{}", latest.stdout);
        // A new group, too; one that exists keeps its position.
        let group = ["-g", "gardeners", "--until-idle", "0", "--latest"];
        assert!(lot.run(&["consume"], &group).has_ended_with(0).stdout.is_empty());
        lot.produce(&[leaf(4)]);
        assert_eq!(lot.run(&["consume"], &group).has_ended_with(0).numbers(), [4]);
    }
}

#[test]
fn an_expression_chooses_events() {
    for lot in Lot::each() {
        let lines: Vec<_> = (1..=250).map(guest).chain([leaf(251), mishap(252)]).collect();
        lot.produce(&lines);
        for (expression, expected) in [
            ("number > 248 and gate == 'north'", &[249, 250][..]),
            ("number in [3, 251] and not (gate == 'south')", &[3, 251]),
            ("type contains 'mishap' or number == 7", &[7, 252]),
            ("guest.name == 'Ada' and number < 3", &[1, 2]),
            ("number == 1000", &[]),
        ] {
            let ran = tail(&lot, &["--where", expression]).has_ended_with(0);
            assert_eq!(ran.numbers(), expected, "{expression}");
            assert_eq!(ran.stderr, format!("{} of 252 entries matched\n", expected.len()), "{expression}");
            assert!(!ran.stdout.contains("Ada"), "personal data: {}", ran.stdout);
        }
        let ran = tail(&lot, &["--where", "number >= 3", "--count", "2"]).has_ended_with(0);
        assert_eq!(ran.numbers(), [3, 4]);
    }
}

#[test]
fn mistakes_are_told_before_anything_is_read() {
    let lot = Lot::each().next().expect("a bus in a file");
    lot.produce(&[leaf(1)]);
    for (args, expected) in [
        (
            &["--where", "nmber == 7"][..],
            "error: `--where`: column 1: no event of this program has the field `nmber`, did you mean `number`?\n",
        ),
        (
            &["--where", "number == 'seven'"],
            "error: `--where`: column 11: `number` is a number, and never text\n",
        ),
        (&["--where", "number =="], "error: `--where`: column 10: expected a value, found the end\n"),
        (&["--since", "2026-01-31T09:30:00"], "the time has no offset"),
        (&["--since", "17-5"], "17-5"),
        (&["--count", "0"], "'--count <N>'"),
    ] {
        let ran = lot.run(&["tail"], &[args, &END].concat()).has_ended_with(2);
        assert!(ran.stderr.contains(expected) && ran.stdout.is_empty(), "{args:?}: {}", ran.stderr);
    }
    let ran = run(lot.command(&["tail", "-t", "yarn"]), "").has_ended_with(2);
    assert!(ran.stderr.ends_with(" has no topic `yarn`, did you mean `yard`?\n"), "{}", ran.stderr);
    let ran = lot.run(&["consume"], &["-g", GROUP, "--since", "1h"]).has_ended_with(2);
    assert!(ran.stderr.contains("cannot be used with"), "{}", ran.stderr);
}

/// The shipped program has none of the events.
#[test]
fn unknown_events_are_shown_by_their_headers() {
    for lot in Lot::each() {
        lot.produce(&[guest(1), leaf(2)]);
        let config =
            r#"{"org.example.yard.guest.came.v1": {"yard": {"event_key_field": "number", "enabled": true}}}"#;
        let of_service = |args: &[&str]| {
            let mut command = shipped(&[args, &["--bus", &lot.url]].concat());
            command.env("EVENT_BUS_PRODUCER_CONFIG", config);
            run(command, "")
        };
        let ran =
            of_service(&["tail", "-t", TOPIC, "--since", "first", "--until-idle", "0"]).has_ended_with(0);
        let warning = "warning: the settings name events that this program does not have: `org.example.yard.guest.came.v1`\n";
        assert_eq!(ran.stderr, warning);
        let lines = ran.events();
        assert_eq!(lines.len(), 2);
        let first = &lines[0];
        assert!(ran.stdout.starts_with("{\"undecoded\":\""), "{}", ran.stdout);
        assert!(
            first["undecoded"].as_str().is_some_and(|why| why.contains("org.example.yard.guest.came.v1")),
            "{first}"
        );
        assert_eq!(first["headers"]["type"], "org.example.yard.guest.came.v1");
        assert_eq!(first["headers"]["sourcehost"], "gate");
        assert_eq!(
            (&first["headers"]["partitionkey"], &first["payload_base64"]),
            (&json!("<redacted>"), &json!("<redacted>"))
        );
        assert!(first["payload_bytes"].as_i64() > Some(5) && first["topic"] == TOPIC, "{first}");

        let shown = of_service(&["tail", "-t", TOPIC, "--since", "first", "--count", "1", "--show-pii"]);
        let shown = &shown.has_ended_with(0).events()[0];
        assert_eq!(shown["headers"]["partitionkey"], "1");
        assert_eq!(shown["payload_base64"], "Agpub3J0aAZBZGE=");

        let chosen =
            ["tail", "-t", TOPIC, "--since", "first", "--until-idle", "0", "--where", "type contains 'leaf'"];
        assert_eq!(of_service(&chosen).has_ended_with(0).events().len(), 1);

        // Others that only look take such settings, too, and what publishes does not.
        for args in [
            &["topic", "list"][..],
            &["lag"],
            &["pending", "-t", TOPIC],
            &["group", "list", "-t", TOPIC],
            &["group", "create", "-t", TOPIC, "-g", "new"],
        ] {
            assert_eq!(of_service(args).has_ended_with(0).stderr, warning, "{args:?}");
        }
        let refused = of_service(&["produce", "-t", TOPIC]).has_ended_with(2);
        assert!(refused.stderr.contains("org.example.yard.guest.came.v1"), "{}", refused.stderr);
    }
}

#[test]
fn dead_letters_are_shown_with_their_reason() {
    for lot in Lot::each() {
        lot.produce(&[mishap(1), guest(2)]);
        lot.run(&["consume"], &["-g", GROUP, "--until-idle", "0"]).has_ended_with(0);
        let letters = tail(&lot, &["--dlq"]).has_ended_with(0).events();
        assert_eq!(letters.len(), 1);
        let letter = &letters[0];
        assert_eq!(
            (&letter["type"], &letter["data"]["number"]),
            (&json!("org.example.yard.mishap.happened.v1"), &json!(1))
        );
        let of = &letter["dead_letter"];
        assert_eq!((&of["reason"], &of["group"]), (&json!("receiver_failed"), &json!(GROUP)));
        assert_eq!(
            (&of["failures"][0]["receiver"], &of["failures"][0]["attempts"]),
            (&json!("bus_cli::fail"), &json!(1))
        );
        assert!(matches!(of["of_entry"], Value::String(_)), "{of}");
        assert!(tail(&lot, &["--dlq", "--where", "number == 2"]).has_ended_with(0).stdout.is_empty());
    }
}

#[test]
fn a_bus_that_is_lost_midway_is_3() {
    let Some(mut lot) = Lot::on_redis() else { return };
    lot.produce(&[leaf(1), leaf(2)]);
    let args = ["tail", "-t", TOPIC, "--since", "first", "--bus-timeout", "0.2"];
    let tailing = Running::start(lot.command(&args));
    wait_until("it prints", || tailing.stdout().lines().count() == 2);
    lot.redis.as_mut().expect("a server").kill();
    let ran = tailing.end().has_ended_with(3);
    assert!(ran.stderr.contains("\nyard was read up to entry "), "{}", ran.stderr);
}
