use openedx_events::{filter, pipeline_step};

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
    pub currency: String,
    pub lines: Vec<String>,
    pub note: Option<String>,
}

pub struct Sale {
    pub percent: i64,
}

#[pipeline_step(PRICE_REQUESTED)]
fn sale(cents: &mut i64, #[options] sale: &Sale) {
    *cents -= *cents * sale.percent / 100;
}

#[derive(serde::Deserialize)]
pub struct Borrowed<'a> {
    pub name: &'a str,
}

#[pipeline_step(PRICE_REQUESTED)]
fn borrowed(#[options] options: &Borrowed) {
    let _ = options.name;
}

#[derive(serde::Deserialize)]
pub struct NotSync {
    pub percent: std::cell::Cell<i64>,
}

#[pipeline_step(PRICE_REQUESTED)]
fn not_sync(#[options] options: &NotSync) {
    let _ = options.percent.get();
}

fn main() {}
