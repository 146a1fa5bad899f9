//! `EVENT_RECEIVERS`: which receivers are on, by configuration.

use std::fs;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Runs the program with this value of `EVENT_RECEIVERS`.
fn run(args: &[&str], receivers: &Value) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wired"));
    command.args(args).env("EVENT_RECEIVERS", receivers.to_string());
    Ran::of(&mut command)
}

struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn of(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.output().expect("the program runs");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Self { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
    }

    #[track_caller]
    fn has_ended_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
        self
    }

    /// The receivers of the three events.
    #[track_caller]
    fn receivers(&self) -> [&str; 3] {
        let of = |event_type: &str| {
            let line = self.stdout.lines().find_map(|line| line.strip_prefix(&format!("{event_type}:")));
            line.unwrap_or_else(|| panic!("{}", self.stdout)).trim_start()
        };
        [
            "org.example.shop.order.placed.v1",
            "org.example.shop.order.paid.v1",
            "org.example.store.shelf.filled.v1",
        ]
        .map(of)
    }
}

#[test]
fn receivers_are_as_their_code_says_without_the_setting() {
    // Empty text is no setting, as for every variable.
    for receivers in ["{}", ""] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wired"));
        command.arg("send-all").env("EVENT_RECEIVERS", receivers);
        let ran = Ran::of(&mut command).has_ended_with(0);
        assert_eq!(
            ran.receivers(),
            ["wired::audit wired::count wired::pack", "wired::audit wired::count", "wired::audit"]
        );
    }
}

#[test]
fn receivers_are_turned_off_and_on_by_their_paths() {
    let ran = run(
        &["send-all"],
        &json!({"wired::pack": {"enabled": false}, "wired::insure": {"enabled": true}, "wired::mirror": {"enabled": true}}),
    )
    .has_ended_with(0);
    assert_eq!(
        ran.receivers(),
        [
            "wired::audit wired::count wired::insure wired::mirror",
            "wired::audit wired::count wired::mirror",
            "wired::audit wired::mirror"
        ]
    );
    assert!(!ran.stdout.contains("packed") && ran.stdout.contains("insured 1"), "{}", ran.stdout);
}

#[test]
fn a_receiver_receives_the_types_and_patterns_that_are_given() {
    let ran = run(
        &["send-all"],
        &json!({
            "wired::audit": {"events": ["org.example.shop.*"]},
            "wired::mirror": {"events": ["org.example.shop.order.paid.v1", "org.example.store.*"]},
            // Of the types that its code takes.
            "wired::count": {"events": ["org.example.shop.order.paid.v1"]},
            // It stays off.
            "wired::insure": {"events": ["*"], "enabled": false},
        }),
    )
    .has_ended_with(0);
    assert_eq!(
        ran.receivers(),
        ["wired::audit wired::pack", "wired::audit wired::count wired::mirror", "wired::mirror"]
    );
    // A signal whose receivers are all off is one without receivers.
    let ran = run(&["send-all"], &json!({"wired::audit": {"enabled": false}})).has_ended_with(0);
    assert_eq!(ran.receivers(), ["wired::count wired::pack", "wired::count", ""]);
}

#[test]
fn all_mistakes_are_reported_at_once_with_the_nearest_names() {
    let ran = run(
        &["send-all"],
        &json!({
            "wired::pak": {"enabled": false},
            "wired::audit": {"events": ["org.example.shop.order.pald.v1", "org.example.shap.*", "org.*.v1"]},
            "wired::pack": {"events": ["org.example.store.shelf.filled.v1"]},
            "wired::count": {"events": []},
        }),
    )
    .has_ended_with(2);
    let expected = [
        "6 problems:".to_owned(),
        r#"- environment: EVENT_RECEIVERS."wired::audit".events: no signal has the type `org.example.shop.order.pald.v1`, did you mean `org.example.shop.order.paid.v1`"#.to_owned(),
        r#"- environment: EVENT_RECEIVERS."wired::audit".events: no event of the program has a type like `org.example.shap.*`, did you mean `org.example.shop.*`"#.to_owned(),
        r#"- environment: EVENT_RECEIVERS."wired::audit".events: `org.*.v1`: `*` may stand for the end of a type behind a dot"#.to_owned(),
        r#"- environment: EVENT_RECEIVERS."wired::count".events: an empty list receives nothing; to turn the receiver off, write `enabled = false`"#.to_owned(),
        r#"- environment: EVENT_RECEIVERS."wired::pack".events: `org.example.store.shelf.filled.v1` is not what the receiver takes, which is `org.example.shop.order.placed.v1`"#.to_owned(),
        r#"- environment: EVENT_RECEIVERS."wired::pak": the program has no receiver `wired::pak`, did you mean `wired::pack`"#.to_owned(),
    ];
    for (line, expected) in ran.stdout.lines().zip(&expected) {
        assert!(line.starts_with(expected.as_str()), "{line}\n{expected}");
    }
    assert_eq!(ran.stdout.lines().count(), expected.len(), "{}", ran.stdout);
}

#[test]
fn what_is_no_such_setting_is_refused() {
    for (receivers, expected) in [
        ("[]", "environment: EVENT_RECEIVERS: expected an object of paths of receivers"),
        ("{", "environment: EVENT_RECEIVERS: invalid JSON: "),
        (
            r#"{"wired::pack": false}"#,
            r#"environment: EVENT_RECEIVERS."wired::pack": expected an object of `enabled` and `events`"#,
        ),
        (
            r#"{"wired::pack": {}}"#,
            r#"environment: EVENT_RECEIVERS."wired::pack": nothing is set; write `enabled` or `events`"#,
        ),
        (
            r#"{"wired::pack": {"enabled": "no"}}"#,
            r#"environment: EVENT_RECEIVERS."wired::pack".enabled: expected `true` or `false`"#,
        ),
        (
            r#"{"wired::pack": {"events": "all"}}"#,
            r#"environment: EVENT_RECEIVERS."wired::pack".events: expected a list of event types"#,
        ),
        (
            r#"{"wired::pack": {"events": [7]}}"#,
            r#"environment: EVENT_RECEIVERS."wired::pack".events: expected a list of event types"#,
        ),
        (
            r#"{"wired::pack": {"enable": true}}"#,
            r#"environment: EVENT_RECEIVERS."wired::pack": unknown setting `enable` of a receiver; use `enabled` or `events`"#,
        ),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wired"));
        let ran = Ran::of(command.arg("send-all").env("EVENT_RECEIVERS", receivers)).has_ended_with(2);
        assert!(ran.stdout.starts_with(expected), "{}\n{expected}", ran.stdout);
    }
}

#[test]
fn a_change_after_the_first_send_is_refused() {
    let ran = run(&["apply-late"], &json!({"wired::pack": {"enabled": false}})).has_ended_with(2);
    assert!(ran.stdout.contains("\nthe receivers are final, as an event was sent before"), "{}", ran.stdout);
    let ran = run(&["apply-again"], &json!({})).has_ended_with(2);
    assert_eq!(ran.stdout.lines().nth(3), Some("3"), "{}", ran.stdout);
    assert!(ran.stdout.contains("the receivers are final"), "{}", ran.stdout);
}

#[test]
fn the_summary_counts_what_is_off() {
    let ran = run(&["summary"], &json!({"wired::count": {"events": ["org.example.shop.order.paid.v1"]}}))
        .has_ended_with(0);
    assert!(
        ran.stdout.trim().ends_with("wired: 3 events, 7 receivers); 4 of the receivers are off"),
        "{}",
        ran.stdout
    );
}

/// The layers of settings are merged, and the bus wires the receivers when it is opened.
#[test]
fn the_settings_of_the_bus_wire_receivers() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("events.toml");
    fs::write(
        &file,
        r#"
        [EVENT_RECEIVERS]
        "wired::pack" = { enabled = false }
        "wired::insure" = { enabled = false }
        "wired::audit" = { events = ["org.example.store.*"] }
        # A policy for a receiver that is off is no mistake.
        [EVENT_BUS_CONSUMER_CONFIG.receivers."wired::pack"]
        timeout = "10s"
        "#,
    )
    .expect("written");
    let file = file.to_string_lossy();
    let ran = run(&["over-the-bus", &file], &json!({"wired::insure": {"enabled": true}})).has_ended_with(0);
    let mut lines: Vec<_> = ran.stdout.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["audited org.example.store.shelf.filled.v1", "counted 1", "insured 1"]);

    let ran = run(&["over-the-bus", &file], &json!({"wired::insur": {"enabled": true}})).has_ended_with(2);
    let expected = "events.toml, environment: EVENT_RECEIVERS.\"wired::insur\": the program has no receiver `wired::insur`, did you \
                    mean `wired::insure`";
    assert!(ran.stdout.starts_with(expected), "{}", ran.stdout);
    // A consumer that would call nobody does not start.
    let off = ["audit", "count", "pack"].map(|name| (format!("wired::{name}"), json!({"enabled": false})));
    fs::write(&*file, "").expect("written");
    let ran = run(&["over-the-bus", &file], &Value::Object(off.into_iter().collect())).has_ended_with(2);
    assert!(ran.stdout.contains("all receivers of the program are off"), "{}", ran.stdout);
}

#[test]
fn commands_show_what_is_off_and_by_whom() {
    let receivers =
        json!({"wired::pack": {"enabled": false}, "wired::audit": {"events": ["org.example.shop.*"]}});
    let listed = run(&["list", "--format", "json"], &receivers).has_ended_with(0);
    let listed: Vec<Value> =
        listed.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let placed = &listed.iter().find(|event| event["signal"] == "ORDER_PLACED").expect("it is listed");
    assert_eq!(placed["receiver_paths"], json!(["wired::audit", "wired::count"]));
    assert_eq!(placed["receivers_off"], json!(["wired::insure", "wired::mirror", "wired::pack"]));
    let ran = run(&["list"], &receivers).has_ended_with(0);
    assert!(ran.stdout.contains("ORDER_PLACED, wired, 2 receivers and 3 off"), "{}", ran.stdout);
    assert!(ran.stdout.contains("SHELF_FILLED, wired, no receivers and 2 off"), "{}", ran.stdout);

    let ran = run(&["describe", "ORDER_PLACED"], &receivers).has_ended_with(0);
    let by_setting = "      by EVENT_RECEIVERS in environment\n";
    let (on, off) = ran.stdout.split_once("\nReceivers that are off\n").expect("some are off");
    let lines: Vec<_> = on.split("\nReceivers, in order\n").nth(1).expect("some are on").lines().collect();
    assert!(lines[0].starts_with("   1  wired::audit (") && format!("{}\n", lines[1]) == by_setting, "{on}");
    assert!(lines[2].starts_with("   2  wired::count ("), "{on}");
    assert!(off.starts_with("   -  wired::insure (") && off.ends_with(by_setting), "{off}");
    let described = run(&["describe", "ORDER_PLACED", "--format", "json"], &receivers).has_ended_with(0);
    let described: Value = serde_json::from_str(&described.stdout).expect("JSON");
    assert_eq!(described["receivers_off"][2]["path"], "wired::pack");
    assert_eq!(described["receivers_off"][2]["switched_by"], "EVENT_RECEIVERS in environment");
    assert_eq!(described["receivers_off"][0]["switched_by"], Value::Null);

    // What is wrong is said, and what the code says is shown.
    let ran = run(&["list"], &json!({"wired::pak": {"enabled": false}})).has_ended_with(0);
    assert!(
        ran.stderr.starts_with("warning: environment: EVENT_RECEIVERS.\"wired::pak\": "),
        "{}",
        ran.stderr
    );
    assert!(ran.stdout.contains("ORDER_PLACED, wired, 3 receivers and 2 off"), "{}", ran.stdout);
}

/// It never runs.
#[test]
fn a_receiver_that_is_off_needs_no_state() {
    let listed = run(&["list"], &json!({})).has_ended_with(0);
    assert!(!listed.stderr.contains("Archive"), "{}", listed.stderr);
    let listed = run(&["list"], &json!({"wired::archive": {"enabled": true}})).has_ended_with(0);
    assert!(
        listed.stderr.contains("takes a state of type `wired::Archive`, which was never provided"),
        "{}",
        listed.stderr
    );
}

#[test]
fn send_obeys_the_setting() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("events.jsonl");
    let event = json!({
        "specversion": "1.0",
        "type": "org.example.shop.order.placed.v1",
        "id": "624f33fe-19ed-13e6-965a-cef521ed910e",
        "source": "openedx/shop/web",
        "time": "2026-03-14T08:11:06.500000+00:00",
        "data": {"number": 7},
    });
    fs::write(&file, event.to_string()).expect("written");
    let file = file.to_string_lossy();
    let ran = run(&["send", &file], &json!({"wired::pack": {"enabled": false}})).has_ended_with(0);
    assert!(ran.stdout.contains("counted 7") && !ran.stdout.contains("packed"), "{}", ran.stdout);
    let ran = run(&["send", &file], &json!({"wired::pak": {"enabled": false}})).has_ended_with(2);
    assert!(
        ran.stderr.contains("nothing was sent: environment: EVENT_RECEIVERS.\"wired::pak\""),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stdout, "");
}
