use openedx_events::{filter, pipeline_step};

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
    pub currency: String,
    pub lines: Vec<String>,
    pub note: Option<String>,
}

#[pipeline_step(PRICE_REQUESTED)]
fn by_value(#[options] percent: i64) {
    let _ = percent;
}

#[pipeline_step(PRICE_REQUESTED)]
fn optional(#[options] percent: Option<&i64>) {
    let _ = percent;
}

#[pipeline_step(PRICE_REQUESTED)]
fn mutable(#[options] percent: &mut i64) {
    let _ = percent;
}

#[pipeline_step(PRICE_REQUESTED)]
fn of_no_size(#[options] name: &str) {
    let _ = name;
}

#[pipeline_step(PRICE_REQUESTED)]
fn borrowed(#[options] names: &Vec<&str>) {
    let _ = names;
}

#[pipeline_step(PRICE_REQUESTED)]
fn with_a_lifetime<'a>(#[options] name: &std::borrow::Cow<'a, str>) {
    let _ = name;
}

#[pipeline_step(PRICE_REQUESTED)]
fn taken_twice(#[options] percent: &i64, #[options] name: &String) {
    let _ = (percent, name);
}

#[pipeline_step(PRICE_REQUESTED)]
fn with_an_argument(#[options(percent)] percent: &i64) {
    let _ = percent;
}

#[pipeline_step(PRICE_REQUESTED)]
fn given_twice(#[options] #[options] percent: &i64) {
    let _ = percent;
}

#[pipeline_step(PRICE_REQUESTED)]
fn state_and_options(#[state] #[options] percent: &i64) {
    let _ = percent;
}

#[pipeline_step(PRICE_REQUESTED)]
#[options]
fn on_the_function(percent: &i64) {
    let _ = percent;
}

fn main() {}
