//! Options of steps, from the setting.

use std::collections::BTreeMap;

use openedx_events::filters::{FilterError, FiltersConfig};
use openedx_events::testing;
use openedx_events::{filter, pipeline_step};
use serde::Deserialize;
use serde_json::{Value, json};

const TYPE: &str = "org.example.filters.discount.requested.v1";

#[filter("org.example.filters.discount.requested.v1")]
#[derive(Clone)]
struct DiscountRequested {
    cents: u32,
    log: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Discount {
    percent: u32,
    #[serde(default)]
    limits: Limits,
}

#[derive(Default, Deserialize)]
struct Limits {
    most: Option<u32>,
}

#[pipeline_step(DISCOUNT_REQUESTED)]
fn discount(cents: &mut u32, #[options] discount: &Discount) {
    let off = *cents * discount.percent / 100;
    *cents -= discount.limits.most.map_or(off, |most| off.min(most));
}

#[derive(Deserialize)]
struct Label {
    #[serde(default = "sale")]
    label: String,
}

fn sale() -> String {
    "sale".to_owned()
}

#[pipeline_step(DISCOUNT_REQUESTED)]
fn label(log: &mut Vec<String>, #[options] label: &Label) {
    log.push(label.label.clone());
}

#[pipeline_step(DISCOUNT_REQUESTED)]
fn everything(log: &mut Vec<String>, #[options] all: &BTreeMap<String, Value>) {
    log.extend(all.keys().cloned());
}

fn config(setting: &Value) -> FiltersConfig {
    FiltersConfig::json("filters.json", &json!({TYPE: setting}).to_string()).expect("of the right form")
}

fn discounted(setting: &Value) -> DiscountRequested {
    let scope = testing::isolate([]);
    scope.filters_config(&config(setting));
    DISCOUNT_REQUESTED.run_filter(DiscountRequested { cents: 1000, log: Vec::new() }).expect("no step fails")
}

fn problem(setting: &Value) -> String {
    config(setting).apply().expect_err("it does not fit").to_string()
}

#[test]
fn each_step_reads_the_members_that_it_knows() {
    let steps = json!(["filters::options::discount", "filters::options::label"]);
    let ran = discounted(&json!({"pipeline": steps, "percent": 20, "limits": {"most": 50}, "label": "hot"}));
    assert_eq!((ran.cents, ran.log), (950, vec!["hot".to_owned()]));
    assert_eq!(discounted(&json!({"pipeline": steps, "percent": 20})).log, ["sale"]);
}

#[test]
fn a_map_takes_all_options() {
    let ran = discounted(
        &json!({"pipeline": "filters::options::everything", "a": 1, "b": [], "fail_silently": false}),
    );
    assert_eq!(ran.log, ["a", "b"]);
}

#[test]
fn what_does_not_fit_is_refused_with_its_path() {
    let step = "filters::options::discount (tests/filters/options.rs:37)";
    let of = |member: &str| {
        format!(
            "filters.json: OPEN_EDX_FILTERS_CONFIG.\"{TYPE}\".{member}: does not fit the options of the step"
        )
    };
    let text = problem(
        &json!({"pipeline": "filters::options::discount", "percent": 20, "limits": {"most": "much"}}),
    );
    assert!(text.starts_with(&of("limits.most")), "{text}");
    assert!(text.contains("filters::options::discount (") && step.contains("options.rs"), "{text}");
    let text = problem(&json!({"pipeline": "filters::options::discount"}));
    assert!(text.starts_with(&of("options")) && text.ends_with("missing field `percent`"), "{text}");
}

#[test]
fn a_member_that_no_step_takes_is_refused_with_the_nearest() {
    let text = problem(&json!({"pipeline": "filters::options::label", "lable": "hot"}));
    assert_eq!(
        text,
        format!(
            "filters.json: OPEN_EDX_FILTERS_CONFIG.\"{TYPE}\".lable: neither a member of the setting nor an option of one of the \
             steps, did you mean `label`?"
        )
    );
    // The option of a step that does not run.
    assert!(
        problem(&json!({"pipeline": "filters::options::label", "percent": 3})).contains(".percent: neither")
    );
}

#[test]
fn a_step_without_its_options_fails() {
    let scope = testing::isolate([]);
    scope.pipeline(&DISCOUNT_REQUESTED, ["filters::options::discount"]);
    let FilterError::Failed { step, error } = DISCOUNT_REQUESTED
        .run_filter(DiscountRequested { cents: 1, log: Vec::new() })
        .err()
        .expect("there are no options");
    assert_eq!(error.to_string(), "missing field `percent`");
    assert_eq!(step.map(|step| step.path.into_owned()).as_deref(), Some("filters::options::discount"));
}
