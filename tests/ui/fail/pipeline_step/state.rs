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
fn by_value(#[state] till: std::sync::Arc<String>) {
    let _ = till;
}

#[pipeline_step(PRICE_REQUESTED)]
fn optional(#[state] till: Option<&String>) {
    let _ = till;
}

#[pipeline_step(PRICE_REQUESTED)]
fn mutable(#[state] till: &mut String) {
    let _ = till;
}

#[pipeline_step(PRICE_REQUESTED)]
fn of_no_size(#[state] till: &dyn Send) {
    let _ = till;
}

#[pipeline_step(PRICE_REQUESTED)]
fn of_one_type(#[state] till: &String, #[state] other: &String) {
    let _ = (till, other);
}

#[pipeline_step(PRICE_REQUESTED)]
fn with_an_argument(#[state(till)] till: &String) {
    let _ = till;
}

#[pipeline_step(PRICE_REQUESTED)]
fn given_twice(#[state] #[state] till: &String) {
    let _ = till;
}

#[pipeline_step(PRICE_REQUESTED)]
#[state]
fn on_the_function(till: &String) {
    let _ = till;
}

fn main() {}
