//! The same pipelines run by openedx-filters and by this crate, and what is meant to differ.

use std::io::Write as _;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};

use openedx_events::filters::{FilterError, FiltersConfig, StepError};
use openedx_events::testing;
use openedx_events::{filter, pipeline_step};
use serde_json::json;

use crate::python;

const TYPE: &str = "org.example.filters.enrollment.started.v1";

#[derive(Debug)]
enum EnrollmentHalt {
    PreventEnrollment { message: String },
}

#[derive(Clone)]
struct User {
    tags: Vec<String>,
}

#[filter("org.example.filters.enrollment.started.v1", halts = EnrollmentHalt)]
#[derive(Clone)]
struct EnrollmentStarted {
    user: User,
    mode: String,
}

#[pipeline_step(ENROLLMENT_STARTED)]
fn look() {}

/// Upstream, what returns nothing ends the run.
#[pipeline_step(ENROLLMENT_STARTED)]
fn forget(mode: &str) {
    let _ = mode.to_uppercase();
}

#[pipeline_step(ENROLLMENT_STARTED)]
fn upper(mode: &mut String) {
    *mode = mode.to_uppercase();
}

#[pipeline_step(ENROLLMENT_STARTED)]
fn exclaim(mode: &mut String) {
    mode.push('!');
}

#[pipeline_step(ENROLLMENT_STARTED)]
fn tag(user: &mut User) {
    user.tags.push("tag".to_owned());
}

#[pipeline_step(ENROLLMENT_STARTED)]
fn prevent() -> Result<(), EnrollmentHalt> {
    Err(EnrollmentHalt::PreventEnrollment { message: "no".to_owned() })
}

#[pipeline_step(ENROLLMENT_STARTED)]
fn stop() -> ControlFlow<()> {
    ControlFlow::Break(())
}

#[pipeline_step(ENROLLMENT_STARTED)]
fn crash() -> Result<(), StepError<EnrollmentStarted>> {
    Err("broken".into())
}

#[pipeline_step(ENROLLMENT_STARTED)]
fn half(user: &mut User) -> Result<(), StepError<EnrollmentStarted>> {
    user.tags.push("half".to_owned());
    Err("broken".into())
}

/// One pipeline, and what comes of it.
struct Pipeline {
    steps: &'static [&'static str],
    fail_silently: Option<bool>,
    expected: Expected,
}

enum Expected {
    /// The same of both.
    Same(&'static str),
    /// Upstream's, ours, and why.
    Differs(&'static str, &'static str, &'static str),
}

use Expected::{Differs, Same};

const fn pipeline(
    steps: &'static [&'static str],
    fail_silently: Option<bool>,
    expected: Expected,
) -> Pipeline {
    Pipeline { steps, fail_silently, expected }
}

const PIPELINES: [Pipeline; 15] = [
    pipeline(&[], None, Same("audit")),
    pipeline(&["look"], None, Same("audit")),
    pipeline(&["upper", "exclaim"], None, Same("AUDIT!")),
    pipeline(&["exclaim", "look", "upper"], None, Same("AUDIT!")),
    pipeline(&["tag", "upper"], None, Same("AUDIT tag")),
    pipeline(&["upper", "prevent", "exclaim"], None, Same("halted: no")),
    pipeline(&["prevent"], Some(true), Same("halted: no")),
    pipeline(&["upper", "stop", "exclaim"], None, Same("AUDIT")),
    pipeline(&["crash", "upper"], Some(true), Same("AUDIT")),
    pipeline(&["upper", "crash"], Some(false), Same("failed: broken")),
    pipeline(
        &["crash", "upper"],
        None,
        Differs("AUDIT", "failed: broken", "a guard that is broken lets nobody through"),
    ),
    pipeline(
        &["half", "upper"],
        Some(true),
        Differs("AUDIT half", "AUDIT", "a step that fails has changed nothing"),
    ),
    pipeline(&["forget", "upper"], None, Differs("audit", "AUDIT", "only `ControlFlow::Break` ends a run")),
    pipeline(
        &["nobody", "upper"],
        None,
        Differs("AUDIT", "refused", "a step that is not there is refused at start"),
    ),
    pipeline(
        &["tag", "tag"],
        None,
        Differs("audit tag,tag", "refused", "a step that is named twice is refused at start"),
    ),
];

impl Pipeline {
    fn upstream(&self) -> &'static str {
        match self.expected {
            Same(outcome) | Differs(outcome, _, _) => outcome,
        }
    }

    fn ours(&self) -> &'static str {
        match self.expected {
            Same(outcome) | Differs(_, outcome, _) => outcome,
        }
    }

    /// The outcome of a run by this crate.
    fn run(&self) -> String {
        let steps = self.steps.iter().map(|step| format!("filters::peer::{step}"));
        let mut config = FiltersConfig::new().pipeline(TYPE, steps);
        if let Some(is_silent) = self.fail_silently {
            config = config.fail_silently(TYPE, is_silent);
        }
        let scope = testing::isolate([]);
        scope.expect_errors();
        if catch_unwind(AssertUnwindSafe(|| scope.filters_config(&config))).is_err() {
            return "refused".to_owned();
        }
        let data = EnrollmentStarted { user: User { tags: Vec::new() }, mode: "audit".to_owned() };
        match ENROLLMENT_STARTED.run_filter(data) {
            Ok(EnrollmentStarted { user, mode }) => {
                format!("{mode} {}", user.tags.join(",")).trim_end().to_owned()
            }
            Err(FilterError::Halted { halt: EnrollmentHalt::PreventEnrollment { message }, .. }) => {
                format!("halted: {message}")
            }
            Err(FilterError::Failed { error, .. }) => format!("failed: {error}"),
        }
    }
}

#[test]
fn our_pipelines_end_as_expected() {
    for pipeline in &PIPELINES {
        assert_eq!(pipeline.run(), pipeline.ours(), "{:?}", pipeline.steps);
    }
}

#[test]
fn upstreams_pipelines_end_as_expected() {
    let Some(python) = python::interpreter() else { return };
    let mut peer = Command::new(python)
        .args(["-I", concat!(env!("CARGO_MANIFEST_DIR"), "/filters/peer.py")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python runs");
    let mut input = peer.stdin.take().expect("a pipe");
    for Pipeline { steps, fail_silently, .. } in &PIPELINES {
        writeln!(input, "{}", json!({"steps": steps, "fail_silently": fail_silently})).expect("it lives");
    }
    drop(input);
    let output = peer.wait_with_output().expect("it ends");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("text");
    let mut lines = text.lines().map(|line| serde_json::from_str::<String>(line).expect("JSON"));
    assert_eq!(lines.next().as_deref(), Some(python::pinned("openedx-filters")));
    let outcomes: Vec<_> = lines.collect();
    assert_eq!(outcomes.len(), PIPELINES.len());
    println!("| steps | fail_silently | openedx-filters | here | |\n|---|---|---|---|---|");
    for (pipeline, outcome) in PIPELINES.iter().zip(&outcomes) {
        let (steps, ours) = (pipeline.steps.join(", "), pipeline.ours());
        let silent = pipeline.fail_silently.map_or("-".to_owned(), |is_silent| is_silent.to_string());
        let why = if let Differs(.., why) = pipeline.expected { why } else { "" };
        println!("| {steps} | {silent} | {outcome} | {ours} | {why} |");
        assert_eq!(outcome, pipeline.upstream(), "{:?}", pipeline.steps);
    }
}
