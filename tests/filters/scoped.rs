//! Test scopes: eight threads at once, each with steps, states and runs of its own.

use std::sync::Barrier;
use std::thread;

use openedx_events::filters::{FilterError, FiltersConfig};
use openedx_events::testing::{self, receiver_path};
use openedx_events::{filter, pipeline_step};

#[filter("org.example.filters.number.requested.v1")]
#[derive(Clone, Debug, PartialEq)]
struct NumberRequested {
    number: usize,
}

struct Offset(usize);

#[pipeline_step(NUMBER_REQUESTED)]
fn add(number: &mut usize, #[state] offset: &Offset) {
    *number += offset.0;
}

#[pipeline_step(NUMBER_REQUESTED)]
fn double(number: &mut usize) {
    *number *= 2;
}

#[test]
fn eight_threads_have_steps_states_and_runs_of_their_own() {
    const RUNS: usize = 500;
    let start = Barrier::new(8);
    thread::scope(|threads| {
        for offset in 0..8 {
            let start = &start;
            threads.spawn(move || {
                let scope = testing::isolate([]);
                scope.provide(Offset(offset)).expect("the first of the scope");
                let steps = if offset % 2 == 0 {
                    [receiver_path(&add), receiver_path(&double)]
                } else {
                    [receiver_path(&double), receiver_path(&add)]
                };
                scope.pipeline(&NUMBER_REQUESTED, steps);
                start.wait();
                for number in 0..RUNS {
                    let expected = if offset % 2 == 0 { (number + offset) * 2 } else { number * 2 + offset };
                    let ran = NUMBER_REQUESTED.run_filter(NumberRequested { number }).expect("no step fails");
                    assert_eq!(ran.number, expected);
                }
                let given: Vec<_> = scope.ran::<NumberRequested>().iter().map(|ran| ran.number).collect();
                assert_eq!(given, (0..RUNS).collect::<Vec<_>>());
            });
        }
    });
}

#[test]
fn no_step_runs_that_the_scope_has_not_chosen() {
    let scope = testing::isolate([]);
    assert_eq!(
        NUMBER_REQUESTED.run_filter(NumberRequested { number: 3 }).map(|ran| ran.number).ok(),
        Some(3)
    );
    assert_eq!(scope.ran::<NumberRequested>().len(), 1);
}

#[test]
fn a_state_that_the_scope_does_not_have_fails() {
    let scope = testing::isolate([]);
    scope.pipeline(&NUMBER_REQUESTED, [receiver_path(&add)]);
    let FilterError::Failed { error, .. } =
        NUMBER_REQUESTED.run_filter(NumberRequested { number: 3 }).expect_err("no state");
    assert!(
        error
            .to_string()
            .starts_with("no state of type `filters::scoped::Offset`: call `openedx_events::provide(…)`"),
        "{error}"
    );
}

#[test]
fn a_step_of_another_filter_cannot_be_chosen() {
    let message = thread::spawn(|| {
        let scope = testing::isolate([]);
        scope.pipeline(&NUMBER_REQUESTED, ["filters::connected::half"]);
    });
    let message = message.join().expect_err("it panics").downcast::<String>().expect("a text");
    assert_eq!(
        *message,
        "there is no step `filters::connected::half` of the filter `org.example.filters.number.requested.v1`; there are: \
         filters::scoped::add, filters::scoped::double"
    );
}

#[test]
fn a_configuration_chooses_for_a_scope() {
    let scope = testing::isolate([]);
    let of_type = NUMBER_REQUESTED.info().filter_type;
    scope.filters_config(&FiltersConfig::new().off(of_type, ["filters::scoped::add"]));
    assert_eq!(
        NUMBER_REQUESTED.run_filter(NumberRequested { number: 3 }).map(|ran| ran.number).ok(),
        Some(6)
    );
}
