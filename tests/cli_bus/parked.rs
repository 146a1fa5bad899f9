//! `parked`, and what `group` says of parked events.

use openedx_events::bus::{DeadLetterReason, ParkedId, ReceiverFailure, Waiting};
use serde_json::{Value, json};

use crate::fixture::{TOPIC, guest, leaf};
use crate::lot::{ANSWER, GROUP, HEAR, Lot, REPLY, since, waiting};
use crate::program::{run, shipped};

const OLDEST: &str = "2025-11-26T08:00:00.123000+00:00";

const BROKEN: &str = "the bell\nis broken";

/// What waits for `hear`, which has failed.
fn heard() -> Waiting {
    waiting(HEAR, 1).because_of(BROKEN)
}

/// Four guests, parked by two consumers. The third and fourth wait for two receivers.
fn four(lot: &Lot) -> Vec<u64> {
    let both = || vec![waiting(ANSWER, 2), heard()];
    let ids = lot.park("carl", &[(guest(1), vec![waiting(ANSWER, 5)]), (guest(2), vec![waiting(REPLY, 0)])]);
    let more = lot.park("dora", &[(guest(3), both()), (guest(4), both())]);
    ids.into_iter().chain(more).map(ParkedId::number).collect()
}

/// The receivers that each event waits for.
fn paths(lot: &Lot) -> Vec<Vec<String>> {
    let paths = |waiting: Vec<Waiting>| waiting.into_iter().map(|waiting| waiting.receiver).collect();
    lot.waiting().into_iter().map(|(_, waiting)| paths(waiting)).collect()
}

#[test]
fn a_topic_without_parked_events_says_so() {
    for lot in Lot::each() {
        let nothing = "no group of yard has parked events\n";
        for verb in ["list", "show"] {
            assert_eq!(lot.parked(verb, &[]).has_ended_with(0).stdout, nothing);
            let json = lot.parked(verb, &["--format", "json"]).has_ended_with(0);
            assert_eq!((&*json.stdout, &*json.stderr), ("", nothing));
            let none = lot.parked(verb, &["-g", GROUP]).has_ended_with(2);
            assert_eq!(none.stderr, "error: yard has no group `porters`\n");
        }
        lot.run(&["group", "create"], &["-g", GROUP]).has_ended_with(0);
        let nothing = "the group `porters` of yard has no parked events\n";
        for args in
            [&["list"][..], &["show"], &["drop", "--all", "--yes"], &["dead-letter", "--receiver", "a"]]
        {
            let ran = lot.parked(args[0], &[&args[1..], &["-g", GROUP]].concat()).has_ended_with(0);
            assert_eq!(ran.stdout, nothing);
        }
        let none = lot.parked("drop", &["-g", "porter", "--all"]).has_ended_with(2);
        assert_eq!(none.stderr, "error: yard has no group `porter`, did you mean `porters`?\n");
        assert_eq!(lot.group()["parked"], 0);
    }
}

#[test]
fn parked_events_are_listed_by_receiver() {
    for lot in Lot::each() {
        let ids = four(&lot);
        let row = |receiver: &str, events, max_runs, started| {
            let last_error = (receiver == HEAR).then_some(BROKEN);
            json!({"group": GROUP, "receiver": receiver, "events": events, "oldest": OLDEST,
                "max_runs": max_runs, "last_error": last_error, "started": started})
        };
        let listed = |more: &[&str]| -> Vec<Value> {
            let mut rows =
                lot.parked("list", &[&["--format", "json"], more].concat()).has_ended_with(0).events();
            for row in &mut rows {
                let row = row.as_object_mut().expect("an object");
                assert!(row.remove("bytes").and_then(|bytes| bytes.as_i64()) > Some(0));
                assert!(row.remove("oldest_seconds").and_then(|age| age.as_i64()) > Some(0));
            }
            rows
        };
        let all = [row(ANSWER, 3, 5, 0), row(HEAR, 2, 1, 0), row(REPLY, 1, 0, 0)];
        assert_eq!(listed(&[]), all);
        assert_eq!(listed(&["-g", GROUP]), all);
        assert_eq!(listed(&["--receiver", HEAR]), all[1..2]);
        let _running = lot.start("dora", ids[3]);
        assert_eq!(listed(&["--receiver", ANSWER]), [row(ANSWER, 3, 5, 1)]);

        let shown = lot.parked("list", &["--receiver", ANSWER]).has_ended_with(0).stdout;
        assert!(shown.starts_with("porters: bus_cli::answer: 3 events, "), "{shown}");
        assert!(shown.contains("; oldest 2025-11-26T08:00:00+00:00 ("), "{shown}");
        assert!(shown.ends_with("; at most 5 runs; 1 started; 2 also for other receivers\n"), "{shown}");
        let shown = lot.parked("list", &["--receiver", HEAR]).has_ended_with(0).stdout;
        assert!(
            shown.ends_with("; 2 also for other receivers; last error: the bell\\nis broken\n"),
            "{shown}"
        );
        for verb in ["list", "show"] {
            let none = lot.parked(verb, &["--receiver", "bus_cli::reply2"]).has_ended_with(2);
            let error = "error: nothing is parked for `bus_cli::reply2`, did you mean `bus_cli::reply`";
            assert!(none.stderr.starts_with(error), "{}", none.stderr);
        }

        let group = lot.group();
        assert_eq!((&group["parked"], &group["pending"]), (&json!(4), &json!(0)), "{group}");
        let shown = lot.run(&["group", "list"], &[]).has_ended_with(0).stdout;
        assert!(shown.contains(", pending 0, parked 4; "), "{shown}");
        assert_eq!(lot.waiting().len(), 4, "looking changes nothing");
    }
}

#[test]
fn deleting_a_group_says_what_is_lost_with_it() {
    for lot in Lot::each() {
        four(&lot);
        let asked = lot.run(&["group", "delete"], &["-g", GROUP]).has_ended_with(2);
        let error = "error: nothing was deleted: the group `porters` would lose its position, its pending entries and its 4 \
                     parked events; pass `--yes` to delete it\n";
        assert_eq!(asked.stderr, error);
        let done = lot.run(&["group", "delete"], &["-g", GROUP, "--yes"]).has_ended_with(0).stdout;
        assert!(done.ends_with("\ndeleted group porters of yard, with 4 parked events\n"), "{done}");
        assert!(lot.waiting().is_empty());
    }
}

#[test]
fn parked_events_are_shown() {
    for lot in Lot::each() {
        let ids = four(&lot);
        let shown = lot.parked("show", &[]).has_ended_with(0);
        assert_eq!((shown.stderr.as_str(), shown.stdout.lines().count()), ("", 14));
        let first: Vec<_> = shown.stdout.lines().take(3).collect();
        let begin = format!(
            "porters {}: org.example.yard.guest.came.v1 0190a4f6-7f4e-7cc3-98c4-000000000001, entry ",
            ids[0]
        );
        assert!(first[0].starts_with(&begin), "{first:?}");
        assert!(first[0].contains(", key <redacted>, "), "{first:?}");
        assert!(first[0].ends_with(" bytes, of consumer carl"), "{first:?}");
        let waits = "  waits for bus_cli::answer: 5 runs, since 2025-11-26T08:00:00+00:00 (";
        assert!(first[1].starts_with(waits), "{first:?}");
        assert!(first[2].contains(r#""number":1,"gate":"north","guest":{"name":"<redacted>"}"#), "{first:?}");
        assert!(!shown.stdout.contains("Ada"), "{}", shown.stdout);

        // By ids, with everything.
        let _running = lot.start("dora", ids[3]);
        let some = [ids[3].to_string(), ids[0].to_string()];
        let args = [&some[0], &some[1], "--show-pii", "--format", "json"];
        let shown = lot.parked("show", &args).has_ended_with(0).events();
        let facts =
            |event: &Value| ["consumer", "id", "key", "starts", "problem"].map(|name| event[name].clone());
        assert_eq!(facts(&shown[0]), [json!("carl"), json!(ids[0]), json!("1"), json!(0), Value::Null]);
        assert_eq!(facts(&shown[1]), [json!("dora"), json!(ids[3]), json!("4"), json!(1), Value::Null]);
        let waits = |path: &str, runs: u32| {
            let last_error = (path == HEAR).then_some(BROKEN);
            json!({"receiver": path, "runs": runs, "since": OLDEST, "last_error": last_error})
        };
        assert_eq!(shown[1]["waiting"], json!([waits(ANSWER, 2), waits(HEAR, 1)]));
        let event: Value = serde_json::from_str(&guest(4)).expect("JSON");
        assert_eq!((shown.len(), &shown[1]["event"]), (2, &event));

        let shown = lot.parked("show", &["--limit", "2", "--format", "json"]).has_ended_with(0);
        assert_eq!(shown.events().iter().map(|event| &event["id"]).collect::<Vec<_>>(), [ids[0], ids[1]]);
        assert_eq!(shown.stderr, "there are more; pass a larger `--limit`\n");
        let shown = lot.parked("show", &["--receiver", REPLY, "--limit", "1"]).has_ended_with(0);
        assert_eq!((shown.stdout.lines().count(), &*shown.stderr), (3, ""));
        let missing = lot.parked("show", &["77", &some[1]]).has_ended_with(1);
        assert_eq!((missing.stdout.lines().count(), &*missing.stderr), (3, "yard has no parked event 77\n"));
        assert_eq!(lot.waiting().len(), 4, "looking changes nothing");
    }
}

/// A program that does not have the type shows what the headers say.
#[test]
fn events_of_unknown_types_are_shown_by_their_headers() {
    for lot in Lot::each() {
        lot.park("carl", &[(leaf(1), vec![waiting(ANSWER, 1)])]);
        let show = |more: &[&str]| {
            let args = [&["parked", "show", "-t", TOPIC, "--bus", &lot.url], more].concat();
            run(shipped(&args), "").has_ended_with(0)
        };
        let shown = show(&[]).stdout;
        assert!(
            shown.contains(": org.example.yard.leaf.fell.v1 0190a4f6-7f4e-7cc3-98c4-000000000001, "),
            "{shown}"
        );
        assert!(shown.contains(", no key, "), "{shown}");
        let event = &show(&["--format", "json"]).events()[0];
        let problem = event["problem"].as_str().expect("a text");
        assert!(problem.contains("org.example.yard.leaf.fell.v1") && event["event"].is_null(), "{event}");
    }
}

/// Counts, and ends without a change: the same for all three.
#[test]
fn what_changes_parked_events_counts_and_asks() {
    for lot in Lot::each() {
        four(&lot);
        let before = lot.waiting();
        let commands = [
            (
                &["dead-letter", "--receiver", HEAR][..],
                "dead-lettered",
                "dead-letter 2 events for `bus_cli::hear`",
            ),
            (&["dead-letter", "--all"], "dead-lettered", "dead-letter 4 events for all receivers"),
            (
                &["move", "--from", REPLY, "--to", ANSWER],
                "moved",
                "move 1 event from `bus_cli::reply` to `bus_cli::answer`",
            ),
        ];
        for (args, done, what) in commands {
            let run = |more: &[&str]| lot.parked(args[0], &[&args[1..], &["-g", GROUP], more].concat());
            let asked = run(&[]).has_ended_with(2);
            assert_eq!(asked.stderr, format!("error: nothing was {done}; pass `--yes` to {what}\n"));
            let dry = run(&["--dry-run", "--yes"]).has_ended_with(0);
            assert_eq!((&*dry.stdout, &*dry.stderr), (&*asked.stdout, ""));
            assert!(asked.stdout.starts_with("porters: bus_cli::"), "{}", asked.stdout);
        }
        let asked = lot.parked("drop", &["--all", "-g", GROUP]).has_ended_with(2);
        let error = "error: nothing was dropped: what is dropped is lost, without a dead letter; pass `--yes` to drop 4 events \
                     for all receivers\n";
        assert_eq!((asked.stdout.lines().count(), &*asked.stderr), (3, error));

        let near = "error: nothing is parked for `bus_cli::anser`, did you mean `bus_cli::answer`";
        for args in [
            &["dead-letter", "--receiver", "bus_cli::anser"][..],
            &["move", "--from", "bus_cli::anser", "--to", ANSWER],
            &["drop", "--receiver", "bus_cli::anser"],
        ] {
            let ran = lot.parked(args[0], &[&args[1..], &["-g", GROUP, "--yes"]].concat()).has_ended_with(2);
            assert!(ran.stderr.starts_with(near), "{}", ran.stderr);
        }
        for args in [&["dead-letter"][..], &["drop"], &["drop", "--all", "--receiver", HEAR]] {
            lot.parked(args[0], &[&args[1..], &["-g", GROUP, "--yes"]].concat()).has_ended_with(2);
        }
        lot.parked("drop", &["--all", "--yes"]).has_ended_with(2);
        assert_eq!(lot.waiting(), before);
        assert!(lot.letters().is_empty());
    }
}

#[test]
fn a_receiver_is_given_up() {
    for lot in Lot::each() {
        four(&lot);
        let done =
            lot.parked("dead-letter", &["-g", GROUP, "--receiver", ANSWER, "--yes"]).has_ended_with(0).stdout;
        assert!(done.ends_with("\ndead-lettered 3 events for `bus_cli::answer`\n"), "{done}");
        let left = [(2, vec![waiting(REPLY, 0)]), (3, vec![heard()]), (4, vec![heard()])];
        assert_eq!(lot.waiting(), left);
        let letters = lot.letters();
        let failure = |path: &str, runs| {
            let error = format!("given up by an operator; it waited since {OLDEST}");
            ReceiverFailure::new(error).of_receiver(path).after(runs)
        };
        assert!(letters.iter().all(|letter| letter.reason == DeadLetterReason::Operator), "{letters:?}");
        let failures: Vec<_> = letters.into_iter().flat_map(|letter| letter.failures).collect();
        assert_eq!(failures, [failure(ANSWER, 5), failure(ANSWER, 2), failure(ANSWER, 2)]);

        let done = lot.parked("dead-letter", &["-g", GROUP, "--all", "--yes"]).has_ended_with(0).stdout;
        assert!(done.ends_with("\ndead-lettered 3 events for all receivers\n"), "{done}");
        assert_eq!((lot.waiting().len(), lot.letters().len()), (0, 6));
        assert_eq!(lot.group()["parked"], 0);
    }
}

#[test]
fn a_renamed_receiver_gets_what_waits_for_its_old_name() {
    for lot in Lot::each() {
        four(&lot);
        let same = lot.parked("move", &["-g", GROUP, "--from", REPLY, "--to", REPLY]).has_ended_with(2);
        assert_eq!(same.stderr, "error: `--from` and `--to` are the same receiver\n");
        let done = lot
            .parked("move", &["-g", GROUP, "--from", REPLY, "--to", "bus_cli::anwser", "--yes"])
            .has_ended_with(0);
        let warning =
            "warning: this program has no receiver `bus_cli::anwser`, did you mean `bus_cli::answer`";
        assert!(done.stderr.starts_with(warning), "{}", done.stderr);
        let end = "\nmoved 1 event from `bus_cli::reply` to `bus_cli::anwser`\n";
        assert!(done.stdout.ends_with(end), "{}", done.stdout);
        assert_eq!(lot.waiting()[1], (2, vec![waiting("bus_cli::anwser", 0)]));

        // Two of them wait for it already.
        let done =
            lot.parked("move", &["-g", GROUP, "--from", HEAR, "--to", ANSWER, "--yes"]).has_ended_with(0);
        assert_eq!(done.stderr, "");
        let wanted = [
            (3, vec![waiting(ANSWER, 3).because_of(BROKEN)]),
            (4, vec![waiting(ANSWER, 3).because_of(BROKEN)]),
        ];
        assert_eq!(lot.waiting()[2..], wanted);
        // A program without receivers cannot know.
        let args =
            ["parked", "move", "-t", TOPIC, "-g", GROUP, "--from", ANSWER, "--to", "lms::answer", "--yes"];
        let ran = run(shipped(&[&args[..], &["--bus", &lot.url]].concat()), "").has_ended_with(0);
        assert_eq!(ran.stderr, "");
        assert!(
            ran.stdout.ends_with("\nmoved 3 events from `bus_cli::answer` to `lms::answer`\n"),
            "{}",
            ran.stdout
        );
        assert_eq!(lot.waiting()[0], (1, vec![waiting("lms::answer", 5)]));
        assert!(lot.letters().is_empty());
    }
}

#[test]
fn dropped_events_are_lost() {
    for lot in Lot::each() {
        four(&lot);
        let done = lot.parked("drop", &["-g", GROUP, "--receiver", ANSWER, "--yes"]).has_ended_with(0).stdout;
        assert!(done.ends_with("\ndropped 3 events for `bus_cli::answer`; they are lost\n"), "{done}");
        assert_eq!(paths(&lot), [[REPLY], [HEAR], [HEAR]]);
        let done = lot.parked("drop", &["-g", GROUP, "--all", "--yes"]).has_ended_with(0).stdout;
        assert!(done.ends_with("\ndropped 3 events for all receivers; they are lost\n"), "{done}");
        assert!(lot.waiting().is_empty() && lot.letters().is_empty());
    }
}

#[test]
fn events_that_run_are_left_alone() {
    for lot in Lot::each() {
        let ids = four(&lot);
        let _running = lot.start("dora", ids[2]);
        for (args, done) in [
            (&["dead-letter", "--receiver", HEAR][..], "dead-lettered 1 event for `bus_cli::hear`"),
            (
                &["move", "--from", ANSWER, "--to", REPLY],
                "moved 2 events from `bus_cli::answer` to `bus_cli::reply`",
            ),
            (&["drop", "--all"], "dropped 3 events for all receivers; they are lost"),
        ] {
            let ran = lot.parked(args[0], &[&args[1..], &["-g", GROUP, "--yes"]].concat()).has_ended_with(1);
            let end = format!("\n{done}\n1 event is running and was left; try again\n");
            assert!(ran.stdout.ends_with(&end), "{}", ran.stdout);
        }
        assert_eq!(lot.waiting(), [(3, vec![waiting(ANSWER, 2), heard()])]);
        assert_eq!(lot.letters().len(), 1);
    }
}

/// More than a page, of several consumers.
#[test]
fn many_events_are_changed() {
    for lot in Lot::each() {
        let events = |numbers: std::ops::Range<i64>| -> Vec<_> {
            let paths = |number| if number % 3 == 0 { vec![ANSWER, HEAR] } else { vec![ANSWER] };
            let waiting = |number| paths(number).into_iter().map(|path| waiting(path, 1)).collect();
            numbers.map(|number| (guest(number), waiting(number))).collect()
        };
        lot.park("carl", &events(0..700));
        lot.park("dora", &events(700..1300));
        let done = lot
            .parked("move", &["-g", GROUP, "--from", ANSWER, "--to", REPLY, "--yes"])
            .has_ended_with(0)
            .stdout;
        assert!(done.ends_with("\nmoved 1300 events from `bus_cli::answer` to `bus_cli::reply`\n"), "{done}");
        let waiting = lot.waiting();
        assert!(waiting.iter().all(|(_, waiting)| waiting[0] == Waiting::new(REPLY, since()).after(1)));
        let done =
            lot.parked("dead-letter", &["-g", GROUP, "--receiver", REPLY, "--yes"]).has_ended_with(0).stdout;
        assert!(done.ends_with("\ndead-lettered 1300 events for `bus_cli::reply`\n"), "{done}");
        assert_eq!((lot.waiting().len(), lot.letters().len()), (434, 1300));
        let done = lot.parked("drop", &["-g", GROUP, "--receiver", HEAR, "--yes"]).has_ended_with(0).stdout;
        assert!(done.ends_with("\ndropped 434 events for `bus_cli::hear`; they are lost\n"), "{done}");
        assert!(lot.waiting().is_empty());
    }
}
