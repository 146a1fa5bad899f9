//! `replay`: running receivers again for a part of a topic.

use std::fs;

use openedx_events::bus::{self, Topic};
use openedx_events_tests::wait_until;

use crate::fixture::{TOPIC, leaf, mishap, parcel};
use crate::lot::Lot;
use crate::program::{Ran, Running, run, shipped};

const STORE: &str = "bus_cli::store";
const SIGN: &str = "bus_cli::sign";

fn replay(lot: &Lot, more: &[&str]) -> Ran {
    lot.run(&["replay"], more)
}

/// Five parcels with leaves between them, which a group has done. Another one keeps the entries.
fn with_history(lot: &Lot) -> Vec<String> {
    fs::write(lot.file("fixed"), "").expect("a file");
    lot.run(&["group", "create"], &["-g", "others"]).has_ended_with(0);
    let lines: Vec<_> = (1..=5).flat_map(|number| [parcel(number, lot.folder()), leaf(number)]).collect();
    lot.produce(&lines);
    lot.run(&["consume"], &["-g", "porters", "--count", "10"]).has_ended_with(0);
    let entries = bus::open(&lot.url)
        .expect("opened")
        .browse(&Topic::new(TOPIC).expect("a topic"), None, 99)
        .expect("read");
    entries.into_iter().map(|delivery| delivery.entry.to_string()).collect()
}

fn groups(lot: &Lot) -> Vec<(String, i64, i64)> {
    let groups = lot.run(&["group", "list"], &["--format", "json"]).has_ended_with(0).events();
    let number = |value: &serde_json::Value| value.as_i64().unwrap_or(-1);
    let text = |value: &serde_json::Value| value.as_str().expect("a name").to_owned();
    groups
        .iter()
        .map(|group| (text(&group["name"]), number(&group["lag"]), number(&group["pending"])))
        .collect()
}

#[test]
fn a_part_of_a_topic_is_replayed() {
    for lot in Lot::each() {
        let ids = with_history(&lot);
        let before = groups(&lot);
        let args = ["--from", &*ids[2], "--to", &*ids[6], "--receiver", STORE];
        let asked = replay(&lot, &args).has_ended_with(2);
        assert_eq!(
            asked.stderr,
            format!(
                "error: nothing was replayed: these receivers run: {STORE}; pass `--yes` to replay 5 events of yard\n"
            )
        );
        let dry = replay(&lot, &[&args[..], &["--dry-run"]].concat()).has_ended_with(0);
        assert_eq!(dry.stderr, format!("would replay 5 events of yard: these receivers run: {STORE}\n"));
        assert_eq!(groups(&lot), before, "nothing was changed");
        let done = replay(&lot, &[&args[..], &["--yes"]].concat()).has_ended_with(0);
        assert!(done.stderr.ends_with("replayed 5 events of yard\n"), "{}", done.stderr);
        assert_eq!(lot.numbers("stored"), [1, 2, 2, 3, 3, 4, 4, 5]);
        assert_eq!(lot.numbers("signed"), [1, 2, 3, 4, 5], "the other receiver did not run");
        assert_eq!(groups(&lot), before, "its group is gone, and no other one was moved");

        // By type and by time: all of them are younger than an hour.
        let parcels =
            ["--from", "1h", "--type", "org.example.yard.parcel.left.v1", "--receiver", SIGN, "--yes"];
        let done = replay(&lot, &parcels).has_ended_with(0);
        assert!(done.stderr.ends_with("replayed 5 events of yard\n"), "{}", done.stderr);
        assert_eq!(lot.numbers("signed"), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
        let none = replay(&lot, &["--from", "2099-01-01T00:00:00Z", "--yes"]).has_ended_with(0);
        assert_eq!(none.stdout, "yard has no such events between 2099-01-01T00:00:00Z and last\n");
        assert_eq!(groups(&lot), before);
    }
}

/// What fails again is a dead letter of the replay.
#[test]
fn what_fails_is_dead_lettered() {
    for lot in Lot::each() {
        lot.run(&["group", "create"], &["-g", "others"]).has_ended_with(0);
        lot.produce(&[mishap(1), leaf(2)]);
        let done = replay(&lot, &["--from", "first", "--yes"]).has_ended_with(0);
        assert!(done.stderr.contains("0 done, 1 reached no receiver, 1 dead letter\n"), "{}", done.stderr);
        assert_eq!(lot.letters().len(), 1);
    }
}

/// A replay that is killed goes on where it ended: what was done does not run again.
#[test]
fn a_replay_goes_on_where_it_was_interrupted() {
    for lot in Lot::each() {
        lot.run(&["group", "create"], &["-g", "others"]).has_ended_with(0);
        let job = |number: i64| {
            leaf(number)
                .replace("leaf.fell", "job.given")
                .replace("}}", &format!(r#","folder":{:?}}}}}"#, lot.folder().to_str().expect("UTF-8")))
        };
        let lines: Vec<_> = (1..=3).map(|number| parcel(number, lot.folder())).chain([job(4)]).collect();
        fs::write(lot.file("fixed"), "").expect("a file");
        lot.produce(&lines);
        let args = ["replay", "-t", TOPIC, "--from", "first", "--yes"];
        let running = Running::start(lot.command(&args));
        wait_until("the job has begun", || lot.file("begun-4").exists());
        wait_until("the others are acknowledged", || {
            groups(&lot)
                .iter()
                .any(|(name, lag, pending)| name.starts_with("replay-") && (*lag, *pending) == (0, 1))
        });
        running.signal("KILL");
        running.end();
        fs::write(lot.file("go"), "").expect("a file");
        let asked = lot.run(&["replay"], &["--from", "first"]).has_ended_with(2);
        assert!(asked.stderr.contains("goes on behind what the group replay-"), "{}", asked.stderr);
        let done = crate::program::run(lot.command(&args), "").has_ended_with(0);
        assert!(done.stderr.ends_with("replayed 4 events of yard\n"), "{}", done.stderr);
        assert_eq!((lot.numbers("stored"), lot.file("done-4").exists()), (vec![1, 2, 3], true));
        assert_eq!(groups(&lot).len(), 1);
    }
}

#[test]
fn what_cannot_be_is_refused() {
    for lot in Lot::each() {
        let ids = with_history(&lot);
        let before = groups(&lot);
        let missing = if lot.redis.is_some() { "5-0" } else { "77" };
        for (args, error) in [
            (
                &["--from", &*ids[4], "--to", &*ids[1]][..],
                &*format!("`--to {}` is before `--from {}`", ids[1], ids[4]),
            ),
            (&["--from", "2026-01-31T09:30:00"], "the time has no offset"),
            (&["--from", missing], &format!("yard has no entry {missing}")),
            (&["--from", "first", "--to", missing], &format!("yard has no entry {missing}")),
            (&["--from", "first", "--receiver", "bus_cli::stor"], "did you mean `bus_cli::store`"),
            (
                &["--from", "first", "--type", "org.example.yard.parcel.lost.v1"],
                "org.example.yard.parcel.lost.v1",
            ),
        ] {
            let ran = replay(&lot, &[args, &["--yes"]].concat()).has_ended_with(2);
            assert!(
                ran.stderr.starts_with("error: ") && ran.stderr.contains(error),
                "{args:?}: {}",
                ran.stderr
            );
        }
        assert_eq!((groups(&lot), lot.numbers("stored")), (before, vec![1, 2, 3, 4, 5]));
        let none = run(shipped(&["replay", "-t", TOPIC, "--from", "first", "--yes", "--bus", &lot.url]), "")
            .has_ended_with(2);
        assert!(none.stderr.starts_with("error: this program has no receivers to run"), "{}", none.stderr);
    }
}

/// Entries of one key that are more than a consumer has at a time, and others behind the range that it may read meanwhile.
#[test]
fn a_busy_key_is_replayed_to_its_last_entry() {
    for lot in Lot::each() {
        fs::write(lot.file("fixed"), "").expect("a file");
        lot.run(&["group", "create"], &["-g", "others"]).has_ended_with(0);
        let of_one_key = |number: i64| {
            // Each has an id of its own, and all have the key 1.
            parcel(number, lot.folder()).replace(&format!("\"number\":{number}"), "\"number\":1")
        };
        lot.produce(&(1..=350).map(of_one_key).collect::<Vec<_>>());
        let topic = Topic::new(TOPIC).expect("a topic");
        let entries = bus::open(&lot.url).expect("opened").browse(&topic, None, 1000).expect("read");
        let last = entries[349].entry.to_string();
        lot.produce(&(1000..=1300).map(|number| parcel(number, lot.folder())).collect::<Vec<_>>());
        let args = ["--from", "first", "--to", &*last, "--receiver", STORE, "--yes"];
        let done = replay(&lot, &args).has_ended_with(0);
        assert!(done.stderr.ends_with("replayed 350 events of yard\n"), "{}", done.stderr);
        assert_eq!(lot.numbers("stored"), vec![1; 350]);
        assert_eq!(groups(&lot).len(), 1);
    }
}
