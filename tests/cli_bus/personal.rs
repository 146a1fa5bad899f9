//! No personal value is in what commands print, in logs at the finest level, and in metrics.

use openedx_events::bus::{self, Header, Message, Topic, headers};

use crate::fixture::{TOPIC, guest, parcel};
use crate::lot::{GROUP, HEAR, Lot, waiting};
use crate::program::{Ran, Running, run};

/// The name of all guests, which occurs nowhere else.
const NAME: &str = "Zephyrine";

fn named(number: i64) -> String {
    guest(number).replace("Ada", NAME)
}

/// Runs a command with its log.
fn logged(lot: &Lot, args: &[&str], stdin: &str) -> Ran {
    let mut command = lot.command(args);
    command.env("YARD_LOG", "trace");
    run(command, stdin)
}

#[track_caller]
fn check(what: &[&str], ran: &Ran) {
    for (name, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
        let line = text.lines().find(|line| line.contains(NAME));
        assert_eq!(line, None, "{what:?}: a personal value is on {name}");
    }
}

#[test]
fn no_personal_value_is_shown() {
    for lot in Lot::each() {
        lot.park("carl", &[(named(1), vec![waiting(HEAR, 1)])]);
        let topic = Topic::new(TOPIC).expect("a topic");
        // What cannot be decoded, with the name in its data and in its key.
        let headers = vec![
            Header::new(headers::TYPE, "org.example.yard.guest.came.v1"),
            Header::new(headers::PARTITION_KEY, NAME),
        ];
        let mut payload = vec![2, 0xff];
        payload.extend_from_slice(NAME.as_bytes());
        let damaged = Message { headers, payload: Some(payload) };
        bus::open(&lot.url)
            .expect("opened")
            .producer()
            .expect("a producer")
            .publish(&topic, &[damaged])
            .expect("published");
        let lines = [named(2), parcel(3, lot.folder()), named(4)].join("\n");
        check(&["produce"], &logged(&lot, &["produce", "-t", TOPIC], &lines));
        let damaged_line = named(5).replace("\"number\":5", "\"number\":\"five\"");
        let bad = logged(&lot, &["produce", "-t", TOPIC], &damaged_line).has_ended_with(1);
        check(&["produce", "a bad line"], &bad);

        let in_group = ["-t", TOPIC, "-g", GROUP];
        let all: [&[&str]; 17] = [
            &["tail", "-t", TOPIC, "--since", "first", "--until-idle", "0"],
            &[
                "tail",
                "-t",
                TOPIC,
                "--since",
                "first",
                "--until-idle",
                "0",
                "--where",
                "guest.name contains \"rine\"",
            ],
            &["consume", "-t", TOPIC, "--until-idle", "0"],
            &["topic", "list"],
            &["lag"],
            &["pending", "-t", TOPIC],
            &["parked", "list", "-t", TOPIC],
            &["parked", "show", "-t", TOPIC],
            &["parked", "show", "-t", TOPIC, "--format", "json"],
            &["doctor", "-t", TOPIC],
            &["consume", in_group[0], in_group[1], in_group[2], in_group[3], "--count", "4"],
            &["dlq", "list", "-t", TOPIC],
            &["dlq", "show", "-t", TOPIC],
            &["dlq", "show", "-t", TOPIC, "--format", "json"],
            &["tail", "-t", TOPIC, "--dlq", "--since", "first", "--until-idle", "0"],
            &["dlq", "replay", "-t", TOPIC, "--all", "--yes"],
            &["replay", "-t", TOPIC, "--from", "first", "--yes"],
        ];
        for args in all {
            let ran = logged(&lot, args, "");
            assert!(matches!(ran.code, Some(0 | 1)), "{args:?}: {}", ran.stderr);
            check(args, &ran);
        }
        let mut command = lot.command(&["consume", "-t", TOPIC, "-g", "second", "--until-idle", "1"]);
        command.env("YARD_LOG", "trace");
        let ran = Running::start(command).end();
        check(&["consume"], &ran);
        assert!(ran.stderr.contains(" INFO consuming "), "{}", ran.stderr);
        // It is there, for who asks.
        let shown =
            lot.run(&["tail"], &["--since", "first", "--until-idle", "0", "--show-pii"]).has_ended_with(0);
        assert!(shown.stdout.contains(NAME), "{}", shown.stdout);
    }
}
