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
fn by_reference(currncy: &str) {
    let _ = currncy;
}

#[pipeline_step(PRICE_REQUESTED)]
fn by_value(cent: i64) {
    let _ = cent;
}

#[pipeline_step(PRICE_REQUESTED)]
fn optional(notes: Option<&str>) {
    let _ = notes;
}

#[pipeline_step(PRICE_REQUESTED)]
fn changed(cent: &mut i64) {
    *cent = 0;
}

#[pipeline_step(PRICE_REQUESTED)]
fn state_without_its_attribute(till: &std::sync::Arc<String>) {
    let _ = till;
}

fn main() {}
