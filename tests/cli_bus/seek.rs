//! `seek`: moving a group.

use crate::fixture::{TOPIC, leaf};
use crate::lot::Lot;
use crate::program::{Ran, Running, own};

fn seek(lot: &Lot, more: &[&str]) -> Ran {
    lot.run(&["seek", "-g", "porters"], more)
}

/// Five leaves, which the group has read, and another group has not.
fn five(lot: &Lot) -> Vec<String> {
    lot.produce(&(1..=5).map(leaf).collect::<Vec<_>>());
    lot.run(&["group", "create"], &["-g", "others"]).has_ended_with(0);
    lot.run(&["consume"], &["-g", "porters", "--count", "5"]).has_ended_with(0);
    let topic = openedx_events::bus::Topic::new(TOPIC).expect("a topic");
    let entries =
        openedx_events::bus::open(&lot.url).expect("opened").browse(&topic, None, 10).expect("read");
    entries.into_iter().map(|delivery| delivery.entry.to_string()).collect()
}

fn lag(lot: &Lot) -> i64 {
    let groups = lot.run(&["group", "list"], &["--format", "json"]).has_ended_with(0).events();
    let group = groups.iter().find(|group| group["name"] == "porters").expect("the group");
    group["lag"].as_i64().expect("a number")
}

#[test]
fn a_group_is_moved_to_a_place() {
    for lot in Lot::each() {
        let ids = five(&lot);
        let asked = seek(&lot, &["--to", "first"]).has_ended_with(2);
        assert_eq!(
            asked.stderr,
            "error: nothing was moved: the group would read 5 entries behind that place, instead of 0 now; pass `--yes` to \
             move the group `porters` of yard\n"
        );
        seek(&lot, &["--to", "first", "--dry-run"]).has_ended_with(0);
        assert_eq!(lag(&lot), 0);
        for (place, left) in [
            (&*ids[3], 2),
            ("first", 5),
            ("last", 0),
            ("1h", 5),
            ("2099-01-01T00:00:00+01:00", 0),
            (&*ids[0], 5),
        ] {
            let done = seek(&lot, &["--to", place, "--yes"]).has_ended_with(0).stdout;
            assert!(done.contains(&format!("\nmoved: porters: lag {left}, pending 0; ")), "{place}: {done}");
            assert_eq!(lag(&lot), left, "{place}");
        }
        let again = lot.run(&["consume"], &["-g", "porters", "--count", "5"]).has_ended_with(0);
        let mut numbers = again.numbers();
        // Those of different keys run side by side.
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 2, 3, 4, 5]);
    }
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_moved() {
    for lot in Lot::each() {
        five(&lot);
        let (missing, other) = if lot.redis.is_some() { ("5-0", "7") } else { ("77", "1700000000000-0") };
        for (args, error) in [
            (&["--to", "2026-01-31T09:30:00"][..], "the time has no offset"),
            (&["--to", "yesterday"], "expected a time such as"),
            (&["--to", missing], &format!("yard has no entry {missing}")),
            (&["--to", other], "is not an entry of"),
            (&["--to", "first", "-g", "porter"], "cannot be used multiple times"),
        ] {
            let ran = seek(&lot, &[args, &["--yes"]].concat()).has_ended_with(2);
            assert!(ran.stderr.contains(error), "{args:?}: {}", ran.stderr);
            assert_eq!(lag(&lot), 0, "{args:?}");
        }
        let unknown = lot.run(&["seek", "-g", "porter", "--to", "first", "--yes"], &[]).has_ended_with(2);
        assert_eq!(unknown.stderr, "error: yard has no group `porter`, did you mean `porters`?\n");
    }
}

#[test]
fn a_group_whose_consumer_runs_is_not_moved() {
    for lot in Lot::each() {
        five(&lot);
        let consumer = Running::start(own(&[
            "consume", "-t", TOPIC, "-g", "porters", "--name", "carl", "--bus", &lot.url,
        ]));
        lot.produce(&[leaf(6)]);
        openedx_events_tests::wait_until("it consumes", || consumer.stdout().contains("\"number\":6"));
        let refused = seek(&lot, &["--to", "first", "--yes"]).has_ended_with(2);
        let error = "error: nothing was moved: a consumer of the group `porters` is running: carl\n";
        assert_eq!(refused.stderr, error);
        consumer.signal("TERM");
        consumer.end().has_ended_with(0);
        assert_eq!(lag(&lot), 0);
        seek(&lot, &["--to", "first", "--yes"]).has_ended_with(0);
        assert_eq!(lag(&lot), 6);
    }
}
