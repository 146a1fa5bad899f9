//! A run that changes nothing allocates nothing.

use allocation_counter::measure;
use openedx_events::{filter, pipeline_step};

#[filter("org.example.filters.nothing.requested.v1")]
#[derive(Clone)]
struct NothingRequested {
    text: String,
}

#[filter("org.example.filters.look.requested.v1")]
#[derive(Clone)]
struct LookRequested {
    text: String,
}

#[pipeline_step(LOOK_REQUESTED)]
fn looks(text: &str) {
    assert_eq!(text, "Emma");
}

#[test]
fn without_steps_and_with_one_that_reads() {
    let nothing = NothingRequested { text: "Emma".to_owned() };
    let look = LookRequested { text: "Emma".to_owned() };
    // The first run chooses the steps.
    let nothing = NOTHING_REQUESTED.run_filter(nothing).expect("no step");
    let look = LOOK_REQUESTED.run_filter(look).expect("it only looks");
    let mut texts = (String::new(), String::new());
    let allocated = measure(|| {
        texts.0 = NOTHING_REQUESTED.run_filter(nothing).expect("no step").text;
        texts.1 = LOOK_REQUESTED.run_filter(look).expect("it only looks").text;
    });
    assert_eq!((allocated.count_total, texts.0 == texts.1), (0, true));
}
