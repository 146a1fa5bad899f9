//! A program whose steps are chosen by `OPEN_EDX_FILTERS_CONFIG`.

use std::error::Error;
use std::process::ExitCode;

use openedx_events::bus::{self, BusSettings};
use openedx_events::filters::{FilterError, FiltersConfig, StepError};
use openedx_events::{check, filter, pipeline_step};

/// What prevents an enrollment.
#[derive(Debug)]
pub enum EnrollmentHalt {
    /// With a reason.
    PreventEnrollment {
        /// The reason.
        message: String,
    },
}

/// Run before somebody is enrolled.
#[filter("org.example.school.enrollment.started.v1", halts = EnrollmentHalt)]
#[derive(Clone)]
pub struct EnrollmentStarted {
    /// How.
    pub mode: String,
    /// What has happened.
    pub log: Vec<String>,
}

/// Run before a grade is shown.
#[filter("org.example.school.grade.requested.v1")]
#[derive(Clone)]
pub struct GradeRequested {
    /// The grade.
    pub grade: i64,
}

#[pipeline_step(ENROLLMENT_STARTED, priority = 10)]
fn guard(mode: &str, log: &mut Vec<String>) -> Result<(), EnrollmentHalt> {
    log.push("guard".to_owned());
    if mode == "banned" {
        return Err(EnrollmentHalt::PreventEnrollment { message: "not allowed".to_owned() });
    }
    Ok(())
}

#[pipeline_step(ENROLLMENT_STARTED)]
fn breakable(mode: &str, log: &mut Vec<String>) -> Result<(), StepError<EnrollmentStarted>> {
    log.push("breakable".to_owned());
    if mode == "broken" { Err("no database".into()) } else { Ok(()) }
}

#[pipeline_step(ENROLLMENT_STARTED)]
fn welcome(log: &mut Vec<String>) {
    log.push("welcome".to_owned());
}

#[pipeline_step(ENROLLMENT_STARTED)]
#[pipeline_step(GRADE_REQUESTED)]
fn look() {}

#[pipeline_step(GRADE_REQUESTED)]
fn round_up(grade: &mut i64) {
    *grade += 1;
}

/// Without a subscriber the first failure goes to standard error.
fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    match arguments {
        ["run", mode] => {
            FiltersConfig::environment()?.apply()?;
            check()?;
            enroll(mode);
        }
        ["bus", mode] => {
            let settings = BusSettings::layers().environment().read()?;
            bus::open_with("memory:", &settings)?;
            enroll(mode);
        }
        ["late", mode] => {
            enroll(mode);
            FiltersConfig::environment()?.apply()?;
        }
        _ => return Err("run, bus or late, and a mode".into()),
    }
    Ok(())
}

fn enroll(mode: &str) {
    match ENROLLMENT_STARTED.run_filter(EnrollmentStarted { mode: mode.to_owned(), log: Vec::new() }) {
        Ok(enrollment) => println!("enrolled: {}", enrollment.log.join(" ")),
        Err(FilterError::Halted { halt: EnrollmentHalt::PreventEnrollment { message }, step }) => {
            println!("prevented by {}: {message}", step.path);
        }
        Err(error @ FilterError::Failed { .. }) => println!("failed: {error}"),
    }
}
