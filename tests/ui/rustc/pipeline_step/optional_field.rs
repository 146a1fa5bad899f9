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
fn as_a_value(note: String) {
    let _ = note;
}

#[pipeline_step(PRICE_REQUESTED)]
fn as_a_text(note: &str) {
    let _ = note;
}

#[pipeline_step(PRICE_REQUESTED)]
fn option_of_a_required_field(currency: Option<&str>) {
    let _ = currency;
}

#[pipeline_step(PRICE_REQUESTED)]
fn change_of_an_option_of_a_required_field(currency: &mut Option<String>) {
    let _ = currency;
}

fn main() {}
