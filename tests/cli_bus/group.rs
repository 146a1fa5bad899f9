//! `group`.

use serde_json::{Value, json};

use crate::fixture::{Fixture, TOPIC, guest};

fn command<'a>(fixture: &Fixture, verb: &'a str, more: &[&'a str]) -> crate::program::Ran {
    fixture.run(&[&["group", verb, "-t", TOPIC], more].concat())
}

#[test]
fn groups_are_created_listed_and_deleted() {
    let Some(fixture) = Fixture::new() else { return };
    fixture.produce(&[guest(1), guest(2), guest(3)]);
    let made = command(&fixture, "create", &["-g", "porters"]).has_ended_with(0);
    assert_eq!(made.stdout, "created group porters of yard, starting at the first entry\n");
    let made = command(&fixture, "create", &["-g", "late", "--latest"]).has_ended_with(0);
    assert_eq!(made.stdout, "created group late of yard, starting after the last entry\n");
    let there = command(&fixture, "create", &["-g", "porters", "--latest"]).has_ended_with(0);
    assert_eq!(there.stdout, "group porters of yard already exists; its position is unchanged\n");

    let consume = ["consume", "-t", TOPIC, "-g", "porters", "--count", "1", "--name", "carl"];
    fixture.run(&consume).has_ended_with(0);
    let mut groups = fixture.groups();
    groups.sort_by_key(|group| group["name"].to_string());
    assert_eq!(
        groups[0],
        json!({"name": "late", "lag": 0, "pending": 0, "consumers": [], "idle_seconds": null, "parked": 0})
    );
    let porters = |name: &str| groups[1][name].clone();
    let left = porters("lag").as_i64().zip(porters("pending").as_i64()).map(|(lag, pending)| lag + pending);
    assert_eq!((porters("name"), porters("consumers"), left), (json!("porters"), json!([]), Some(2)));

    let shown = command(&fixture, "list", &[]).has_ended_with(0).stdout;
    assert!(shown.contains("late: lag 0, pending 0; no consumers\n"), "{shown}");
    assert!(shown.contains("; no consumers\n"), "{shown}");

    for verb in ["delete", "forget"] {
        let shown = command(&fixture, verb, &["-g", "porters"]).has_ended_with(2);
        assert!(shown.stdout.starts_with("porters: "), "{}", shown.stdout);
        assert!(shown.stderr.starts_with("error: nothing was deleted: "), "{}", shown.stderr);
        assert_eq!(fixture.groups().len(), 2);
    }
    let shown = command(&fixture, "delete", &["-g", "porters", "--yes", "--dry-run"]).has_ended_with(0);
    assert!(shown.stdout.starts_with("porters: ") && shown.stdout.lines().count() == 1, "{}", shown.stdout);
    let deleted = command(&fixture, "forget", &["-g", "porters", "--yes"]).has_ended_with(0);
    assert!(deleted.stdout.starts_with("porters: "), "{}", deleted.stdout);
    assert!(deleted.stdout.ends_with("\ndeleted group porters of yard\n"), "{}", deleted.stdout);
    let names: Vec<Value> = fixture.groups().iter().map(|group| group["name"].clone()).collect();
    assert_eq!(names, [json!("late")]);

    let none = command(&fixture, "delete", &["-g", "lat", "--yes"]).has_ended_with(2);
    assert_eq!(none.stderr, "error: yard has no group `lat`, did you mean `late`?\n");
    command(&fixture, "delete", &["-g", "late", "--yes"]).has_ended_with(0);
    assert!(fixture.groups().is_empty());
}
