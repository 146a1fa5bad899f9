//! Filters of one type, and states that a step takes twice.

use openedx_events::filters::{self, FilterError};
use openedx_events::{check, filter, pipeline_step};

const TYPE: &str = "org.example.filters.twice.requested.v1";

#[filter("org.example.filters.twice.requested.v1")]
#[derive(Clone)]
struct TwiceRequested {
    number: u32,
}

mod other {
    use super::filter;

    #[filter("org.example.filters.twice.requested.v1", name = OTHER)]
    #[derive(Clone)]
    pub(super) struct TwiceRequested {
        pub(super) text: String,
    }
}

#[test]
fn running_either_fails_and_names_both() {
    let FilterError::Failed { step, error } = TWICE_REQUESTED
        .run_filter(TwiceRequested { number: 1 })
        .map(|twice| twice.number)
        .expect_err("it is a duplicate");
    assert!(step.is_none());
    let text = error.to_string();
    assert!(text.starts_with(&format!("several filters have the type `{TYPE}`: ")), "{text}");
    assert!(
        text.contains("filters::repeated::TWICE_REQUESTED (")
            && text.contains("filters::repeated::other::OTHER ("),
        "{text}"
    );
    let other = other::TwiceRequested { text: String::new() };
    assert_eq!(
        other::OTHER.run_filter(other).map(|twice| twice.text).expect_err("so is the other").to_string(),
        text
    );
}

#[test]
fn check_names_both() {
    let text = check().expect_err("there is a duplicate").to_string();
    assert!(text.contains("filters::repeated::other::OTHER ("), "{text}");
}

#[test]
fn neither_is_found_by_its_type() {
    let text = filters::get_filter_by_type(TYPE).expect_err("there are two").to_string();
    assert!(text.starts_with("several filters have the type"), "{text}");
    let text = filters::get_filter_by_type("org.example.filters.twice.requested.v2")
        .expect_err("there is none")
        .to_string();
    assert!(text.contains(&format!("did you mean `{TYPE}`")), "{text}");
}

#[filter("org.example.filters.sum.requested.v1")]
#[derive(Clone)]
struct SumRequested {
    sum: u32,
}

struct Start(u32);

/// The macro does not see through it.
type End = Start;

#[pipeline_step(SUM_REQUESTED)]
fn add(sum: &mut u32, #[state] start: &Start, #[state] end: &End) {
    *sum += start.0 + end.0;
}

#[test]
fn check_names_a_step_that_takes_one_state_twice() {
    let text = check().expect_err("there is such a step").to_string();
    let line =
        text.lines().find(|line| line.contains("in several parameters")).unwrap_or_else(|| panic!("{text}"));
    assert!(line.contains("the step filters::repeated::add (") && line.contains("::Start`"), "{line}");
}
