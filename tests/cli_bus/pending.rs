//! `pending`: what groups have read and not finished.

use serde_json::json;

use crate::fixture::{guest, leaf};
use crate::lot::{ANSWER, GROUP, Lot, waiting};

#[test]
fn pending_entries_are_shown_with_their_consumers() {
    for lot in Lot::each() {
        let missing = lot.run(&["pending"], &[]).has_ended_with(2);
        assert!(
            missing.stderr.contains("no topic `yard`") || missing.stderr.contains("no event bus"),
            "{}",
            missing.stderr
        );
        lot.produce(&[leaf(0)]);
        let nothing = lot.run(&["pending"], &[]).has_ended_with(0);
        assert_eq!(nothing.stdout, "no group of yard has anything pending\n");
        lot.run(&["group", "create"], &["-g", GROUP, "--latest"]).has_ended_with(0);
        let nothing = lot.run(&["pending"], &["-g", GROUP, "--format", "json"]).has_ended_with(0);
        let expected = "the group `porters` of yard has nothing pending\n";
        assert_eq!((&*nothing.stdout, &*nothing.stderr), ("", expected));

        let _carl = lot.hold("carl", &(1..=120).map(guest).collect::<Vec<_>>());
        let lines = lot.run(&["pending"], &["--format", "json"]).has_ended_with(0).events();
        assert_eq!(lines.len(), 120);
        let first = &lines[0];
        assert_eq!(
            (&first["group"], &first["state"], &first["consumer"]),
            (&json!(GROUP), &json!("pending"), &json!("carl"))
        );
        assert_eq!(first["event_type"], "org.example.yard.guest.came.v1");
        assert_eq!(first["event_id"], "0190a4f6-7f4e-7cc3-98c4-000000000001");
        assert!(first["idle_seconds"].is_i64(), "{first}");
        assert!(matches!(first["deliveries"].as_i64(), None | Some(1)), "{first}");

        let ran = lot.run(&["pending"], &["--limit", "2"]).has_ended_with(0);
        assert_eq!(ran.stdout.lines().count(), 2);
        assert_eq!(ran.stderr, "porters has more pending entries; pass a larger `--limit`\n");
        let line = ran.stdout.lines().next().unwrap_or_default();
        let event = "org.example.yard.guest.came.v1 0190a4f6-7f4e-7cc3-98c4-000000000001, of consumer carl, idle for ";
        assert!(line.starts_with("porters ") && line.contains(event), "{line}");
        assert!(!ran.stdout.contains("Ada"), "personal data");

        let wrong = lot.run(&["pending"], &["-g", "porter"]).has_ended_with(2);
        assert_eq!(wrong.stderr, "error: yard has no group `porter`, did you mean `porters`?\n");
        // Nothing was taken from the consumer.
        assert_eq!(lot.group()["pending"], 120);
    }
}

#[test]
fn parked_events_are_pending_too() {
    for lot in Lot::each() {
        let events: Vec<_> = (1..=3)
            .map(|number| (guest(number), vec![waiting(ANSWER, 2).because_of("the porter sleeps")]))
            .collect();
        lot.park("carl", &events);
        let lines = lot.run(&["pending"], &["--format", "json"]).has_ended_with(0).events();
        assert_eq!(lines.len(), 3);
        assert_eq!((&lines[0]["state"], &lines[0]["consumer"]), (&json!("parked"), &json!("carl")));
        let waiting = json!([{
            "receiver": ANSWER, "runs": 2, "since": "2025-11-26T08:00:00.123000+00:00", "last_error": "the porter sleeps",
        }]);
        assert_eq!(lines[0]["waiting"], waiting);
        let ran = lot.run(&["pending"], &["-g", GROUP, "--limit", "1"]).has_ended_with(0);
        let expected = "  waits for bus_cli::answer: 2 runs, since 2025-11-26T08:00:00.123000+00:00; last error: the porter sleeps\n";
        assert!(ran.stdout.ends_with(expected), "{}", ran.stdout);
        assert_eq!(ran.stderr, "porters has more parked events; pass a larger `--limit`\n");
    }
}
