//! The sources of settings, and the consumer settings.

use std::fs;

use crate::fixture::{Fixture, guest};
use crate::program::{own, run};

#[test]
fn later_layers_override_earlier_ones() {
    let Some(fixture) = Fixture::new() else { return };
    let file = |name: &str, text: &str| {
        let path = fixture.folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path.to_str().expect("UTF-8").to_owned()
    };
    let first = file("bus.toml", "EVENT_BUS_URL = 'redis://127.0.0.1:1'\nEVENT_BUS_TOPIC_PREFIX = 'dev'");
    let second = file("bus.json", &format!(r#"{{"EVENT_BUS_URL": "{}"}}"#, fixture.redis.url()));
    let files = ["produce", "-t", "yard", "--bus-timeout", "0", "--config", &first, "--config", &second];
    run(own(&files), &guest(1)).has_ended_with(0);
    let mut command = own(&files);
    command.env("EVENT_BUS_TOPIC_PREFIX", "stage");
    run(command, &guest(2)).has_ended_with(0);
    // The option overrides everything.
    let mut command = own(&["produce", "-t", "yard", "--config", &first, "--bus", &fixture.redis.url()]);
    command.env("EVENT_BUS_TOPIC_PREFIX", "prod").env("EVENT_BUS_URL", "redis://127.0.0.1:1");
    run(command, &guest(3)).has_ended_with(0);

    for (topic, number) in [("dev-yard", 1), ("stage-yard", 2), ("prod-yard", 3)] {
        let ran = fixture.run(&["consume", "-t", topic, "--until-idle", "0"]).has_ended_with(0);
        assert_eq!(ran.numbers(), [number], "{topic}");
    }
    let mut command = fixture.command(&["consume", "-t", "yard", "-g", "porters", "--count", "1"]);
    command.env("EVENT_BUS_TOPIC_PREFIX", "prod");
    assert_eq!(run(command, "").has_ended_with(0).numbers(), [3]);
}

#[test]
fn consumer_settings_are_used() {
    let Some(fixture) = Fixture::new() else { return };
    let guests = [1, 2, 3].map(guest).join("\n");
    run(fixture.command(&["produce", "-t", "yard"]), &guests).has_ended_with(0);
    let mut command = fixture.command(&["consume", "-t", "yard", "-g", "porters"]);
    command.env("EVENT_BUS_CONSUMER_CONFIG", r#"{"max_entries": 2, "workers": 1}"#);
    assert_eq!(run(command, "").has_ended_with(0).numbers(), [1, 2]);
    let mut command = fixture.command(&["consume", "-t", "courtyard", "-g", "porters"]);
    command.env("EVENT_BUS_CONSUMER_CONFIG", r#"{"missing_topic": "refuse"}"#);
    let ran = run(command, "").has_ended_with(2);
    assert!(ran.stderr.contains("there is no topic `courtyard`"), "{}", ran.stderr);
}

#[test]
fn files_of_settings_are_toml_or_json() {
    for (path, what) in
        [("settings.yaml", "cannot read settings.yaml"), ("Cargo.lock", "cannot read Cargo.lock")]
    {
        let mut command = own(&["consume", "-t", "yard", "--config", path]);
        command.current_dir(std::env::temp_dir());
        let ran = run(command, "").has_ended_with(2);
        assert!(ran.stderr.contains(what), "{}", ran.stderr);
    }
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("bus.yaml");
    fs::write(&path, "EVENT_BUS_URL: memory").expect("a file");
    let ran =
        run(own(&["consume", "-t", "yard", "--config", path.to_str().expect("UTF-8")]), "").has_ended_with(2);
    assert!(ran.stderr.contains("a settings file must be `.toml` or `.json`"), "{}", ran.stderr);
}

/// As editors on Windows write them.
#[test]
fn files_of_settings_may_have_a_byte_order_mark() {
    let folder = tempfile::TempDir::new().expect("a folder");
    for (name, text) in
        [("bus.toml", "EVENT_BUS_URL = 'memory:'"), ("bus.json", r#"{"EVENT_BUS_URL": "memory:"}"#)]
    {
        let path = folder.path().join(name);
        let list = ["group", "list", "-t", "yard", "--config", path.to_str().expect("UTF-8")];
        fs::write(&path, format!("\u{feff}{text}")).expect("a file");
        run(own(&list), "").has_ended_with(0);
        fs::write(&path, text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()).expect("a file");
        run(own(&list), "").has_ended_with(2);
        let marked = format!("\u{feff}{text}");
        fs::write(&path, marked.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>())
            .expect("a file");
        let ran = run(own(&list), "").has_ended_with(2);
        assert!(ran.stderr.contains("it is UTF-16: save it as UTF-8"), "{}", ran.stderr);
    }
}

#[test]
fn variables_that_only_begin_like_ours_are_told() {
    let list = ["group", "list", "-t", "yard", "--bus", " memory:yard\n"];
    let mut command = own(&list);
    command.env("EVENT_BUS_PORT", "tcp://10.0.0.1:6379").env("EVENT_BUS_TOPIC_PREFX", "prod");
    let told = "warning: not a setting of the bus: `EVENT_BUS_PORT`; `EVENT_BUS_TOPIC_PREFX`, did you mean `EVENT_BUS_TOPIC_PREFIX`?\n";
    assert_eq!(run(command, "").has_ended_with(0).stderr, told);
    let mut command = own(&["spill", "list"]);
    command.env("EVENT_BUSY", "yes").env("EVENT_BUS_SPILL_PATH", "no/such/folder/spill\n");
    let ran = run(command, "");
    assert!(ran.stderr.starts_with("warning: not a setting of the bus: `EVENT_BUSY`\n"), "{}", ran.stderr);
}
