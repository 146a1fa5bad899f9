use openedx_events::{filter, pipeline_step, signal};

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
    pub currency: String,
    pub lines: Vec<String>,
    pub note: Option<String>,
}

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub cents: i64,
}

pub static PRICE: i64 = 1;

#[pipeline_step(ORDER_PLACED)]
fn of_a_signal(cents: &i64) {
    let _ = cents;
}

#[pipeline_step(PRICE)]
fn of_a_number(cents: &i64) {
    let _ = cents;
}

#[pipeline_step(PriceRequested)]
fn of_the_data(cents: &i64) {
    let _ = cents;
}

#[pipeline_step(PRICE_REQUESTD)]
fn of_a_misspelt_filter(cents: &i64) {
    let _ = cents;
}

#[pipeline_step(PRICE_REQUESTED)]
#[pipeline_step(ORDER_PLACED)]
#[pipeline_step(PRICE_REQUESTD)]
fn of_several(cents: &i64) {
    let _ = cents;
}

fn main() {}
