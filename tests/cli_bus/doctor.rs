//! `doctor`: findings and what mends them.

use std::fs;

use serde_json::Value;

use crate::fixture::{TOPIC, guest, leaf, mishap};
use crate::lot::{ANSWER, GROUP, Lot, waiting};
use crate::program::{Ran, own, run};

fn doctor(lot: &Lot, more: &[&str]) -> Ran {
    run(lot.command(&[&["doctor", "--format", "json"], more].concat()), "")
}

/// The findings about a subject: their level, detail and remedy.
fn about<'a>(findings: &'a [Value], subject: &str) -> Vec<(&'a str, &'a str, Option<&'a str>)> {
    let text = |finding: &'a Value, name| finding[name].as_str();
    let is_about = |finding: &&Value| finding["subject"] == subject;
    let found = findings.iter().filter(is_about);
    found
        .map(|finding| {
            (
                text(finding, "level").unwrap_or(""),
                text(finding, "detail").unwrap_or(""),
                text(finding, "fix"),
            )
        })
        .collect()
}

#[test]
fn a_bus_is_examined_without_a_change() {
    for lot in Lot::each() {
        lot.produce(&[leaf(1)]);
        let findings = doctor(&lot, &[]).events();
        assert_eq!(about(&findings, "topic yard"), [("ok", "1 entry", None)]);
        assert_eq!(about(&findings, "groups of yard")[0].0, "ok");
        assert_eq!(about(&findings, "server").len(), 1, "{findings:?}");
        assert!(about(&findings, "program")[0].1.contains("bus_cli: "), "{findings:?}");
        assert_eq!(about(&findings, "settings")[0].1, "none: neither in files nor in the environment");
        assert!(
            findings.iter().all(|finding| finding["fix"].is_string() == (finding["level"] != "ok")),
            "{findings:?}"
        );
        assert!(lot.group().is_null(), "a group");
    }
}

#[test]
fn what_is_wrong_is_named_with_what_mends_it() {
    for lot in Lot::each() {
        lot.produce(&[mishap(1)]);
        lot.run(&["consume"], &["-g", "readers", "--until-idle", "0"]).has_ended_with(0);
        lot.run(&["group", "create"], &["-g", "nobody", "--latest"]).has_ended_with(0);
        lot.park("carl", &[(guest(2), vec![waiting(ANSWER, 1)])]);
        let ran = doctor(&lot, &[]).has_ended_with(1);
        let findings = ran.events();
        assert_eq!(about(&findings, "topic yard"), [("warn", "1 dead letter", Some("dlq list -t yard"))]);
        let nobody = about(&findings, "group nobody of yard");
        let expected = (
            "bad",
            "1 entry waits and nobody consumes",
            Some("start its consumer, or group delete -t yard -g nobody"),
        );
        assert_eq!(nobody, [expected]);
        let parked = about(&findings, "group porters of yard");
        let expected =
            ("bad", "1 event parked for receivers that do not work", Some("parked list -t yard -g porters"));
        assert!(parked.contains(&expected), "{parked:?}");
        // The commands that mend them are there.
        lot.parked("list", &["-g", GROUP]).has_ended_with(0);

        let human = run(lot.command(&["doctor", "-t", TOPIC]), "").has_ended_with(1);
        let line = "bad   group nobody of yard: 1 entry waits and nobody consumes; fix: start its consumer, or group delete -t yard -g nobody\n";
        assert!(human.stdout.contains(line), "{}", human.stdout);
        assert!(!human.stdout.contains('\x1b'), "{}", human.stdout);
        let missing = run(lot.command(&["doctor", "-t", "yarn"]), "").has_ended_with(2);
        assert!(missing.stderr.contains("has no topic `yarn`, did you mean `yard`?"), "{}", missing.stderr);
    }
}

#[test]
fn settings_are_shown_with_their_layers_and_without_secrets() {
    let lot = Lot::each().next().expect("a bus in a file");
    lot.produce(&[leaf(1)]);
    let file = lot.file("bus.toml");
    fs::write(&file, "EVENT_BUS_URL = 'redis://user:s3cret@localhost'\nEVENT_BUS_OVERFLOW = 'fail'")
        .expect("a file");
    let file = file.to_str().expect("UTF-8");
    let mut command = lot.command(&["doctor", "--format", "json", "--config", file]);
    command.env("EVENT_BUS_PRODUCER_CONFIG", r#"{"org.example.other.v1": {"yard": {"enabled": true}}}"#);
    command.env("EVENT_BUS_TOPIC_PREFX", "dev");
    let ran = run(command, "").has_ended_with(1);
    assert!(!ran.stdout.contains("s3cret") && ran.stderr.is_empty(), "{}\n{}", ran.stdout, ran.stderr);
    let findings = ran.events();
    let settings: Vec<_> = about(&findings, "setting").into_iter().map(|(_, detail, _)| detail).collect();
    let expected = [
        format!("EVENT_BUS_OVERFLOW = fail ({file})"),
        "EVENT_BUS_PRODUCER_CONFIG = org.example.other.v1 (environment)".to_owned(),
        format!("EVENT_BUS_URL = redis://***@localhost ({file})"),
    ];
    assert_eq!(settings, expected);
    assert!(
        about(&findings, "environment")[0].1.contains("did you mean `EVENT_BUS_TOPIC_PREFIX`?"),
        "{findings:?}"
    );
    assert!(about(&findings, "settings")[0].1.contains("`org.example.other.v1`"), "{findings:?}");
}

#[test]
fn schemas_are_compared_with_a_lock() {
    let lot = Lot::each().next().expect("a bus in a file");
    lot.produce(&[leaf(1)]);
    let lock = lot.file("lock");
    let path = lock.to_str().expect("UTF-8");
    let level = || {
        let findings = doctor(&lot, &["--lock", path]).events();
        let schemas = about(&findings, "schemas");
        (schemas[0].0.to_owned(), schemas[0].2.map(str::to_owned))
    };
    assert_eq!(level(), ("bad".to_owned(), Some(format!("schema lock --lock {path}"))));
    run(own(&["schema", "lock", "--lock", path]), "").has_ended_with(0);
    assert_eq!(level(), ("ok".to_owned(), None));
    // What the program has changed since.
    let text = fs::read_to_string(&lock).expect("the lock");
    fs::write(&lock, text.replace("org.example.yard.leaf.fell.v1", "org.example.yard.leaf.gone.v1"))
        .expect("written");
    assert_ne!(level().0, "ok");
}

#[test]
fn a_bus_that_cannot_be_reached_is_told_behind_what_was_found() {
    let Some(mut lot) = Lot::on_redis() else { return };
    lot.redis.as_mut().expect("a server").kill();
    let ran = doctor(&lot, &["--bus-timeout", "0.2"]).has_ended_with(3);
    let findings = ran.events();
    assert!(!about(&findings, "program").is_empty());
    assert_eq!(about(&findings, "bus")[0].0, "bad");
    assert!(ran.stderr.contains("error: "), "{}", ran.stderr);
}
