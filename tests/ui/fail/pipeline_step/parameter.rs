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
fn pattern(_: &i64, (whole, rest): (i64, i64), ref currency: String) {
    let _ = (whole, rest, currency);
}

#[pipeline_step(PRICE_REQUESTED)]
fn of_an_impl_type(currency: impl AsRef<str>, lines: &impl AsRef<[String]>) {
    let _ = (currency.as_ref(), lines.as_ref());
}

#[pipeline_step(PRICE_REQUESTED)]
fn of_a_static_lifetime(currency: &'static str, note: Option<&'static str>, #[state] till: &'static String) {
    let _ = (currency, note, till);
}

fn main() {}
