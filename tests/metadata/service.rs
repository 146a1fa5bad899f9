//! The service that events come from. It is settled once in a process, so each case has a process of its own.

use std::process::Command;

fn run(environment: &[(&str, &str)], steps: &str) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_service-name"))
        .args(steps.split_terminator(','))
        .env_remove("EVENTS_SERVICE_NAME")
        .env_remove("SERVICE_VARIANT")
        .envs(environment.iter().copied())
        .output()
        .expect("the program runs");
    let stdout = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{stdout}");
    stdout.lines().map(str::to_owned).collect()
}

#[test]
fn the_environment_names_it() {
    for (environment, source) in [
        (&[("EVENTS_SERVICE_NAME", "lms"), ("SERVICE_VARIANT", "cms")][..], "openedx/lms/web"),
        (&[("EVENTS_SERVICE_NAME", ""), ("SERVICE_VARIANT", "cms")], "openedx/cms/web"),
        (&[("SERVICE_VARIANT", "cms")], "openedx/cms/web"),
        (&[("EVENTS_SERVICE_NAME", "lms")], "openedx/lms/web"),
        (&[], "openedx/SERVICE_NAME_UNSET/web"),
    ] {
        assert_eq!(run(environment, "show"), [format!("source: {source}")]);
    }
}

#[test]
fn the_program_names_it_before_the_environment() {
    let environment = [("EVENTS_SERVICE_NAME", "lms")];
    assert_eq!(run(&environment, "name=courses,show"), ["set", "source: openedx/courses/web"]);
    assert_eq!(run(&environment, "source=openedx/lms/worker,show"), ["set", "source: openedx/lms/worker"]);
}

#[test]
fn it_is_named_once_and_before_the_first_event() {
    assert_eq!(
        run(&[], "name=a,name=b,show"),
        [
            "set",
            "the source is already `openedx/a/web` and cannot become `openedx/b/web`: set it once, before the first \
             event is sent",
            "source: openedx/a/web"
        ]
    );
    let lines = run(&[("SERVICE_VARIANT", "cms")], "show,source=x,show");
    assert!(
        lines[1].starts_with("the source is already `openedx/cms/web` and cannot become `x`"),
        "{lines:?}"
    );
    assert_eq!(lines[2], "source: openedx/cms/web");
}

/// A process that only consumes needs no name, and is not warned that it has none.
#[test]
fn reading_an_event_neither_settles_nor_misses_it() {
    let read = ["read: openedx/SERVICE_NAME_UNSET/web", "read: openedx/cms/web"];
    assert_eq!(run(&[], "read,name=a,show"), [&read[..], &["set", "source: openedx/a/web"]].concat());
    let named = ["read: openedx/a/web", "read: openedx/cms/web"];
    assert_eq!(run(&[("SERVICE_VARIANT", "a\n")], "read"), named);
    assert_eq!(run(&[], "name=a,read"), [&["set"], &named[..]].concat());
}
