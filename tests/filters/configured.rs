//! `OPEN_EDX_FILTERS_CONFIG`: which steps run, by configuration.

use std::process::{Command, Output};

use serde_json::{Value, json};

const TYPE: &str = "org.example.school.enrollment.started.v1";

struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs the program with this value of the setting.
fn run(arguments: [&str; 2], config: &Value) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_filtered"));
    command.args(arguments).env("OPEN_EDX_FILTERS_CONFIG", config.to_string());
    let Output { status, stdout, stderr } = command.output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Ran { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

impl Ran {
    /// What it prints if all is well.
    #[track_caller]
    fn printed(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self.stdout.trim_end().to_owned()
    }

    /// The problems, if there are any.
    #[track_caller]
    fn refused(self) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (Some(2), ""), "{}", self.stderr);
        self.stderr
    }
}

#[test]
fn linked_steps_run_by_priority_and_path() {
    assert_eq!(run(["run", "audit"], &json!({})).printed(), "enrolled: guard breakable welcome");
}

#[test]
fn a_pipeline_chooses_and_orders_in_each_of_upstreams_forms() {
    let steps = json!(["filtered::welcome", "filtered::guard"]);
    for setting in
        [json!({"pipeline": steps}), steps.clone(), json!({"pipeline": steps, "log_level": "debug"})]
    {
        for mode in ["run", "bus"] {
            assert_eq!(run([mode, "audit"], &json!({TYPE: setting})).printed(), "enrolled: welcome guard");
        }
    }
    for setting in [json!("filtered::welcome"), json!({"pipeline": "filtered::welcome"})] {
        assert_eq!(run(["run", "audit"], &json!({TYPE: setting})).printed(), "enrolled: welcome");
    }
    assert_eq!(run(["run", "banned"], &json!({TYPE: {"pipeline": []}})).printed(), "enrolled:");
}

#[test]
fn steps_are_turned_off() {
    let config = json!({TYPE: {"off": ["filtered::breakable", "filtered::guard"]}});
    assert_eq!(run(["run", "banned"], &config).printed(), "enrolled: welcome");
}

#[test]
fn a_failure_ends_the_run_unless_it_is_to_be_silent() {
    let ran = run(["run", "broken"], &json!({})).printed();
    assert!(
        ran.starts_with("failed: the step filtered::breakable (") && ran.ends_with(": no database"),
        "{ran}"
    );

    let ran = run(["run", "broken"], &json!({TYPE: {"fail_silently": true}}));
    // Without a subscriber it is printed.
    assert!(ran.stderr.contains("failed and was passed over: no database"), "{}", ran.stderr);
    assert_eq!(ran.printed(), "enrolled: guard welcome");

    let ran = run(["run", "banned"], &json!({TYPE: {"fail_silently": true}})).printed();
    assert_eq!(ran, "prevented by filtered::guard: not allowed");
}

#[test]
fn every_mistake_is_refused_at_start_and_all_at_once() {
    let config = json!({
        TYPE: {
            "pipeline": ["filtered::gaurd", "filtered::welcome", "filtered::welcome", "filtered::round_up", "plugins.steps.Members"],
            "off": ["filtered::welcome"],
            "fail_silent": true,
            "priority": 3,
        },
        "org.example.school.enrolment.started.v1": {"pipeline": []},
    });
    let place = format!("environment: OPEN_EDX_FILTERS_CONFIG.\"{TYPE}\"");
    let expected = [
        format!(
            "{place}.pipeline: the program has no step `filtered::gaurd`, did you mean `filtered::guard` or"
        ),
        format!("{place}.pipeline: the step `filtered::welcome` is named twice: remove one of the two"),
        format!(
            "{place}.pipeline: `filtered::round_up` is a step of the filter `org.example.school.grade.requested.v1`, not of this one: \
             give the function another `#[pipeline_step]`, or remove it from the list"
        ),
        format!(
            "{place}.pipeline: the program has no step `plugins.steps.Members`; a step is named by the path of its function, such as \
             `my_crate::access::members_only`, and its crate is named with `openedx_events::link!`"
        ),
        format!(
            "{place}.off: the step `filtered::welcome` is also in `pipeline`: remove it from one of the two"
        ),
        format!(
            "{place}.fail_silent: neither a member of the setting nor an option of one of the steps, did you mean `fail_silently`?"
        ),
        format!("{place}.priority: neither a member of the setting nor an option of one of the steps"),
        format!(
            "environment: OPEN_EDX_FILTERS_CONFIG.\"org.example.school.enrolment.started.v1\": no filter has the type \
             `org.example.school.enrolment.started.v1`, did you mean `{TYPE}` or"
        ),
    ];
    for mode in ["run", "bus"] {
        let text = run([mode, "audit"], &config).refused();
        for line in &expected {
            assert!(text.contains(line.as_str()), "{line}\nis not in\n{text}");
        }
        assert_eq!(text.lines().filter(|line| line.starts_with("- ")).count(), expected.len(), "{text}");
    }
}

#[test]
fn what_has_the_wrong_form_is_refused() {
    let text =
        run(["run", "audit"], &json!({TYPE: {"pipeline": [3], "fail_silently": "no", "off": {}}})).refused();
    for what in [
        "pipeline: expected a list of paths of steps",
        "fail_silently: expected `true` or `false`",
        "off: expected a list of paths of steps",
    ] {
        assert!(text.contains(what), "{what}: {text}");
    }
    assert!(
        run(["run", "audit"], &json!({TYPE: 3})).refused().contains("expected an object with `pipeline`")
    );
    assert!(run(["run", "audit"], &json!([])).refused().contains("expected an object of filter types"));
}

#[test]
fn the_steps_are_final_once_a_filter_has_run() {
    let ran = run(["late", "audit"], &json!({TYPE: "filtered::welcome"}));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), "enrolled: guard breakable welcome\n"));
    assert!(
        ran.stderr.contains("apply OPEN_EDX_FILTERS_CONFIG at the beginning of `main`"),
        "{}",
        ran.stderr
    );
    // What changes nothing is not too late.
    assert_eq!(run(["late", "audit"], &json!({})).code, Some(0));
}
