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
fn of_a_text(currency: &mut str) {
    let _ = currency;
}

#[pipeline_step(PRICE_REQUESTED)]
fn of_a_slice(lines: &mut [String]) {
    let _ = lines;
}

#[pipeline_step(PRICE_REQUESTED)]
fn of_a_trait_object(cents: &mut dyn std::fmt::Debug) {
    let _ = cents;
}

#[pipeline_step(PRICE_REQUESTED)]
fn inside_an_option(note: Option<&mut String>) {
    let _ = note;
}

#[pipeline_step(PRICE_REQUESTED)]
fn of_one_field_twice(cents: &mut i64, _cents: i64) {
    let _ = cents;
}

#[pipeline_step(PRICE_REQUESTED)]
fn of_a_static_lifetime(currency: &'static mut String) {
    let _ = currency;
}

fn main() {}
