//! What one run does: the data that steps read and change, and how it ends.

use std::ops::ControlFlow;

use openedx_events::filters::{FilterError, StepError};
use openedx_events::testing::{self, Scope, receiver_path};
use openedx_events::{filter, pipeline_step};

#[derive(Debug, PartialEq)]
pub(crate) enum LoanHalt {
    PreventLoan { message: String },
    AskTheLibrarian,
}

mod loans {
    use super::{LoanHalt, filter};

    /// Run before a book is lent.
    #[filter("org.example.filters.loan.started.v1", halts = LoanHalt)]
    #[derive(Clone, Debug, PartialEq)]
    pub(crate) struct LoanStarted {
        pub(crate) title: String,
        pub(crate) days: u32,
        pub(crate) note: Option<String>,
        /// The steps that have run.
        pub(crate) trail: Vec<String>,
        pin: String,
    }

    impl LoanStarted {
        pub(crate) fn of(title: &str) -> Self {
            let pin = "1234".to_owned();
            Self { title: title.to_owned(), days: 7, note: None, trail: Vec::new(), pin }
        }

        pub(crate) fn pin(&self) -> &str {
            &self.pin
        }
    }
}

use loans::{LOAN_STARTED, LoanStarted};

#[pipeline_step(LOAN_STARTED)]
fn reads(title: &str, days: u32, _note: Option<&str>, trail: &[String]) {
    assert_eq!((title, days, trail.len()), ("Emma", 7, 0));
}

#[pipeline_step(LOAN_STARTED)]
fn one(trail: &mut Vec<String>) {
    trail.push("one".to_owned());
}

#[pipeline_step(LOAN_STARTED)]
fn two(trail: &mut Vec<String>, title: &str, note: &mut Option<String>) -> Result<(), LoanHalt> {
    trail.push("two".to_owned());
    *note = Some(format!("about {title}"));
    if title.is_empty() { Err(LoanHalt::AskTheLibrarian) } else { Ok(()) }
}

#[pipeline_step(LOAN_STARTED)]
fn halts(trail: &mut Vec<String>) -> Result<(), LoanHalt> {
    trail.push("halts".to_owned());
    Err(LoanHalt::PreventLoan { message: "it is read here".to_owned() })
}

#[pipeline_step(LOAN_STARTED)]
fn breaks(trail: &mut Vec<String>) -> ControlFlow<()> {
    trail.push("breaks".to_owned());
    ControlFlow::Break(())
}

#[pipeline_step(LOAN_STARTED)]
fn fails(trail: &mut Vec<String>, days: &mut u32) -> Result<ControlFlow<()>, StepError<LoanStarted>> {
    trail.push("fails".to_owned());
    *days = "many".parse()?;
    Ok(ControlFlow::Continue(()))
}

#[pipeline_step(LOAN_STARTED)]
fn panics(trail: &mut Vec<String>) {
    trail.push("panics".to_owned());
    panic!("the shelf fell over");
}

#[pipeline_step(LOAN_STARTED, on_failure = "pass_over")]
fn fails_quietly(trail: &mut Vec<String>) -> Result<(), StepError<LoanStarted>> {
    trail.push("fails_quietly".to_owned());
    Err("no power".into())
}

#[pipeline_step(LOAN_STARTED, on_failure = "pass_over")]
fn panics_quietly(trail: &mut Vec<String>) {
    trail.push("panics_quietly".to_owned());
    panic!("no power");
}

#[pipeline_step(LOAN_STARTED, on_failure = "pass_over")]
fn halts_aloud() -> Result<(), StepError<LoanStarted>> {
    Err(StepError::halt(LoanHalt::AskTheLibrarian))
}

/// A scope in which these steps run, in this order.
fn with(steps: &[String]) -> Scope {
    let scope = testing::isolate([]);
    scope.pipeline(&LOAN_STARTED, steps.iter().cloned());
    scope
}

/// The order of `one`, `two` and another step that stands at each place in turn.
fn at_each_place(step: &str) -> [(usize, Vec<String>); 3] {
    let others = [receiver_path(&one), receiver_path(&two)];
    [0, 1, 2].map(|place| {
        let mut steps = others.to_vec();
        steps.insert(place, step.to_owned());
        (place, steps)
    })
}

fn trail(loan: &LoanStarted) -> Vec<&str> {
    loan.trail.iter().map(String::as_str).collect()
}

#[test]
fn without_steps_the_data_stay() {
    let _scope = with(&[]);
    assert_eq!(LOAN_STARTED.run_filter(LoanStarted::of("Emma")).expect("no step"), LoanStarted::of("Emma"));
}

#[test]
fn steps_read_and_change_fields_in_the_given_order() {
    let scope = with(&[receiver_path(&reads), receiver_path(&two), receiver_path(&one)]);
    let loan = LOAN_STARTED.run_filter(LoanStarted::of("Emma")).expect("no step fails");
    assert_eq!(trail(&loan), ["two", "one"]);
    assert_eq!((loan.note.as_deref(), loan.pin()), (Some("about Emma"), "1234"));
    assert_eq!(*scope.ran::<LoanStarted>()[0], LoanStarted::of("Emma"));
}

#[test]
fn a_halt_ends_the_run_at_each_place() {
    for (_, steps) in at_each_place(&receiver_path(&halts)) {
        let _scope = with(&steps);
        match LOAN_STARTED.run_filter(LoanStarted::of("Emma")) {
            Err(FilterError::Halted { halt: LoanHalt::PreventLoan { message }, step }) => {
                assert_eq!((&*message, &*step.path), ("it is read here", "filters::running::halts"));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_break_keeps_what_was_changed_and_runs_no_more_steps() {
    let expected = [&["breaks"][..], &["one", "breaks"], &["one", "two", "breaks"]];
    for (place, steps) in at_each_place(&receiver_path(&breaks)) {
        let _scope = with(&steps);
        let loan = LOAN_STARTED.run_filter(LoanStarted::of("Emma")).expect("a break is no error");
        assert_eq!(trail(&loan), expected[place]);
    }
}

#[test]
fn a_failure_ends_the_run_at_each_place_and_names_its_step() {
    for (step, name, message) in [
        (receiver_path(&fails), "fails", "invalid digit found in string"),
        (receiver_path(&panics), "panics", "panicked: the shelf fell over"),
    ] {
        for (_, steps) in at_each_place(&step) {
            let _scope = with(&steps);
            let error = LOAN_STARTED.run_filter(LoanStarted::of("Emma")).expect_err("it fails");
            let text = error.to_string();
            match error {
                FilterError::Failed { step: Some(step), error } => {
                    assert_eq!(step.path, format!("filters::running::{name}"));
                    assert_eq!(error.to_string(), message);
                }
                other => panic!("{other:?}"),
            }
            assert!(
                text.contains("org.example.filters.loan.started.v1") && text.ends_with(message),
                "{text}"
            );
        }
    }
}

/// Both the log and the counter of the filter are told.
#[test]
fn what_is_passed_over_has_changed_nothing() {
    for step in [receiver_path(&fails_quietly), receiver_path(&panics_quietly)] {
        for (_, steps) in at_each_place(&step) {
            let scope = with(&steps);
            let loan = LOAN_STARTED.run_filter(LoanStarted::of("Emma")).expect("it is passed over");
            assert_eq!(trail(&loan), ["one", "two"]);
            let errors = scope.take_errors();
            assert!(errors.len() == 1 && errors[0].ends_with("no power"), "{errors:?}");
        }
    }
    let filter = openedx_events::filters::get_filter_by_type("org.example.filters.loan.started.v1");
    // Other tests count, too.
    assert!(filter.expect("it is declared").passed_over() >= 6);
}

#[test]
fn a_step_that_is_passed_over_can_still_halt() {
    let _scope = with(&[receiver_path(&halts_aloud)]);
    let error = LOAN_STARTED.run_filter(LoanStarted::of("Emma")).expect_err("it halts");
    assert_eq!(error.halt(), Some(&LoanHalt::AskTheLibrarian));
    // What a halt holds may be personal.
    assert!(!error.to_string().contains("Librarian"), "{error}");
}

mod inside {
    use super::{filter, pipeline_step};

    #[filter("org.example.filters.outer.asked.v1")]
    #[derive(Clone)]
    pub(crate) struct OuterAsked {
        pub(crate) depth: u32,
    }

    #[pipeline_step(OUTER_ASKED)]
    pub(crate) fn asks_again(depth: &mut u32) {
        if *depth < 3 {
            let inner = OUTER_ASKED.run_filter(OuterAsked { depth: *depth + 1 });
            *depth = inner.map_or(0, |inner| inner.depth);
        }
    }
}

#[test]
fn a_step_can_run_the_filter_again() {
    let scope = testing::isolate([]);
    scope.pipeline(&inside::OUTER_ASKED, [receiver_path(&inside::asks_again)]);
    let asked = inside::OUTER_ASKED.run_filter(inside::OuterAsked { depth: 0 }).expect("no step fails");
    assert_eq!((asked.depth, scope.ran::<inside::OuterAsked>().len()), (3, 4));
}

mod free {
    use std::convert::Infallible;

    use super::{FilterError, filter};

    /// No step can halt it, so that a caller has one arm less.
    #[filter("org.example.filters.greeting.asked.v1")]
    #[derive(Clone)]
    pub(super) struct GreetingAsked {
        pub(super) text: String,
    }

    pub(super) fn greeting() -> String {
        let error: FilterError<Infallible> =
            match GREETING_ASKED.run_filter(GreetingAsked { text: "hello".to_owned() }) {
                Ok(GreetingAsked { text }) => return text,
                Err(error) => error,
            };
        let FilterError::Failed { error, .. } = error;
        error.to_string()
    }
}

#[test]
fn a_filter_without_halts_cannot_be_halted() {
    assert_eq!(free::greeting(), "hello");
}
