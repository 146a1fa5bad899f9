//! What one run does.

use std::ops::ControlFlow;

use openedx_events::filters::{FilterError, StepError};
use openedx_events::testing::{self, receiver_path};
use openedx_events::{filter, pipeline_step};

#[derive(Debug, PartialEq)]
pub enum LoanHalt {
    PreventLoan { message: String },
}

/// Run before a book is lent.
#[filter("org.example.filters.loan.started.v1", halts = LoanHalt)]
#[derive(Clone, Debug, PartialEq)]
pub struct LoanStarted {
    pub title: String,
    pub days: u32,
    pub note: Option<String>,
    secret: String,
}

fn loan(title: &str) -> LoanStarted {
    LoanStarted { title: title.into(), days: 7, note: None, secret: "s".into() }
}

#[pipeline_step(LOAN_STARTED, priority = 10)]
fn reads(title: &str, days: u32, _note: Option<&str>, secret: &String) -> Result<(), LoanHalt> {
    assert_eq!(secret, "s");
    if title == "Atlas" && days > 0 { Err(LoanHalt::PreventLoan { message: "no".into() }) } else { Ok(()) }
}

#[pipeline_step(LOAN_STARTED)]
fn changes(days: &mut u32, note: &mut Option<String>) -> Result<ControlFlow<()>, StepError<LoanStarted>> {
    *days += 1;
    *note = Some("changed".into());
    if *days > 100 {
        return Err("too long".into());
    }
    if *days > 50 { Ok(ControlFlow::Break(())) } else { Ok(ControlFlow::Continue(())) }
}

#[pipeline_step(LOAN_STARTED, priority = -1, on_failure = "pass_over")]
fn fails(days: &mut u32) -> Result<(), StepError<LoanStarted>> {
    *days = 1000;
    let _: u32 = "many".parse()?;
    Ok(())
}

#[test]
fn steps_read_and_change() {
    let scope = testing::isolate([]);
    scope.pipeline(&LOAN_STARTED, [receiver_path(&reads), receiver_path(&changes)]);
    let done = LOAN_STARTED.run_filter(loan("Emma")).unwrap();
    assert_eq!(done, LoanStarted { days: 8, note: Some("changed".into()), ..loan("Emma") });
    assert_eq!(*scope.ran::<LoanStarted>()[0], loan("Emma"));
}

#[test]
fn a_halt_names_its_step() {
    let scope = testing::isolate([]);
    scope.pipeline(&LOAN_STARTED, [receiver_path(&reads)]);
    match LOAN_STARTED.run_filter(loan("Atlas")) {
        Err(FilterError::Halted { halt: LoanHalt::PreventLoan { message }, step }) => {
            assert_eq!((&*message, &*step.path), ("no", "filters::running::reads"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_failed_step_has_changed_is_undone() {
    let scope = testing::isolate([]);
    scope.expect_errors();
    scope.pipeline(&LOAN_STARTED, [receiver_path(&fails), receiver_path(&changes)]);
    assert_eq!(LOAN_STARTED.run_filter(loan("Emma")).unwrap().days, 8);
    assert_eq!(scope.take_errors().len(), 1);
}
