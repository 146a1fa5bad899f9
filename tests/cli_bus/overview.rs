//! `topic list` and `lag`: all topics and groups of a bus.

use openedx_events_tests::wait_until;
use serde_json::{Value, json};

use crate::fixture::{TOPIC, guest, leaf};
use crate::lot::{ANSWER, GROUP, Lot, waiting};
use crate::program::{Ran, Running, run};

/// The cells of a table, without its heading.
fn cells(ran: &Ran) -> Vec<Vec<String>> {
    let cells = |line: &str| {
        line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect()
    };
    ran.stdout.lines().skip(1).map(cells).collect()
}

fn bus(lot: &Lot, args: &[&str]) -> Ran {
    run(lot.command(args), "")
}

#[test]
fn a_bus_without_topics_says_so() {
    for lot in Lot::each() {
        // The file of SQLite has to exist.
        lot.produce(&[]);
        for args in [&["topic", "list"][..], &["lag"]] {
            let ran = bus(&lot, args).has_ended_with(0);
            assert!(ran.stdout.ends_with(" has no topics\n"), "{args:?}: {}", ran.stdout);
            let json = bus(&lot, &[args, &["--format", "json"]].concat()).has_ended_with(0);
            assert_eq!(json.stdout, "");
            assert!(json.stderr.ends_with(" has no topics\n"), "{args:?}: {}", json.stderr);
        }
        let missing = bus(&lot, &["lag", "-t", TOPIC]).has_ended_with(2);
        assert!(missing.stderr.ends_with(" has no topic `yard`\n"), "{}", missing.stderr);
        // None was created.
        assert!(bus(&lot, &["topic", "list"]).stdout.ends_with(" has no topics\n"));
    }
}

#[test]
fn topics_are_listed_with_their_entries() {
    for lot in Lot::each() {
        lot.produce(&[leaf(1), leaf(2)]);
        run(lot.command(&["produce", "-t", "barn"]), &leaf(3)).has_ended_with(0);
        let ran = bus(&lot, &["topic", "list"]).has_ended_with(0);
        assert!(ran.stdout.starts_with("TOPIC  ENTRIES  FIRST"), "{}", ran.stdout);
        let rows = cells(&ran);
        assert_eq!((&*rows[0][0], &*rows[0][1], &*rows[1][0], &*rows[1][1]), ("barn", "1", "yard", "2"));
        assert!(rows[1][2].ends_with(" s ago") && rows[1][3].ends_with(" s ago"), "{rows:?}");
        assert_eq!(rows[1][4], "0");

        let listed = bus(&lot, &["topic", "list", "--format", "json"]).has_ended_with(0).events();
        assert_eq!((&listed[1]["topic"], &listed[1]["entries"]), (&json!("yard"), &json!(2)));
        assert!(listed[1]["first"].as_str() <= listed[1]["last"].as_str(), "{listed:?}");
        assert!(listed[1]["last_seconds"].as_i64() <= listed[1]["first_seconds"].as_i64(), "{listed:?}");
        assert_eq!(listed[1]["dead_letters"], 0);

        // Only those with the prefix of the settings.
        let mut command = lot.command(&["topic", "list"]);
        command.env("EVENT_BUS_TOPIC_PREFIX", "bar");
        let ran = run(command, "").has_ended_with(0);
        assert!(
            ran.stdout.ends_with(" has no topics with the prefix `bar` of the settings\n"),
            "{}",
            ran.stdout
        );
    }
}

#[test]
fn all_groups_are_shown_with_what_waits() {
    for lot in Lot::each() {
        for topic in [TOPIC, "barn"] {
            bus(&lot, &["group", "create", "-t", topic, "-g", "gardeners"]).has_ended_with(0);
        }
        lot.park("carl", &[(guest(1), vec![waiting(ANSWER, 1)])]);
        lot.produce(&[leaf(2), leaf(3)]);
        run(lot.command(&["produce", "-t", "barn"]), &leaf(4)).has_ended_with(0);
        run(lot.command(&["produce", "-t", "attic"]), &leaf(5)).has_ended_with(0);

        let lines = bus(&lot, &["lag", "--format", "json"]).has_ended_with(0).events();
        let short = |line: &Value| {
            let Value::Array(reasons) = &line["reasons"] else { panic!("{line}") };
            (
                line["topic"].clone(),
                line["group"].clone(),
                line["lag"].clone(),
                line["parked"].clone(),
                reasons.len(),
            )
        };
        let expected = [
            (json!("attic"), Value::Null, Value::Null, Value::Null, 0),
            (json!("barn"), json!("gardeners"), json!(1), json!(0), 1),
            (json!(TOPIC), json!("gardeners"), json!(3), json!(0), 1),
            (json!(TOPIC), json!(GROUP), json!(2), json!(1), 1),
        ];
        assert_eq!(lines.iter().map(short).collect::<Vec<_>>(), expected);
        assert_eq!(lines[1]["reasons"][0], "entries wait and nobody consumes");
        assert_eq!(lines[1]["level"], "bad");
        assert_eq!(lines[0]["level"], "ok");
        assert_eq!(lines[3]["consumers"], json!(["carl"]));
        assert!(lines[2]["oldest_seconds"].is_i64(), "{}", lines[2]);

        let ran = bus(&lot, &["lag"]).has_ended_with(0);
        assert_eq!(cells(&ran).len(), 4, "{}", ran.stdout);
        assert!(!ran.stdout.contains('\x1b'), "colours in a file: {}", ran.stdout);
        let rows = cells(&bus(&lot, &["lag", "-t", TOPIC, "-g", GROUP]).has_ended_with(0));
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0][..5], [TOPIC, GROUP, "2", "0", "1"]);
        assert_eq!(cells(&bus(&lot, &["lag", "-g", "gardeners"])).len(), 2);

        for (args, error) in [
            (&["lag", "-t", "yarn"][..], "has no topic `yarn`, did you mean `barn` or `yard`?"),
            (&["lag", "-t", TOPIC, "-g", "porter"], "yard has no group `porter`, did you mean `porters`?"),
            (&["lag", "-g", "nobody"], " has a group `nobody`"),
            (&["lag", "--watch", "0"], "at least 0.1"),
        ] {
            let ran = bus(&lot, args).has_ended_with(2);
            assert!(ran.stderr.contains(error) && ran.stdout.is_empty(), "{args:?}: {}", ran.stderr);
        }
    }
}

#[test]
fn lag_is_watched_until_a_signal() {
    let lot = Lot::each().next().expect("a bus in a file");
    lot.produce(&[leaf(1)]);
    let watching = Running::start(lot.command(&["lag", "--watch", "0.1"]));
    wait_until("it looks again", || watching.stdout().matches("TOPIC").count() >= 2);
    // It sees what comes.
    lot.produce(&[leaf(2)]);
    run(lot.command(&["group", "create", "-t", TOPIC, "-g", "gardeners"]), "").has_ended_with(0);
    wait_until("it sees the group", || watching.stdout().contains("gardeners"));
    watching.signal("TERM");
    watching.end().has_ended_with(0);
}
