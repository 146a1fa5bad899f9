use openedx_events::filter;

#[filter("org.example.shop.price.requested.v1", halts = &str)]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
}

#[filter("org.example.shop.tax.requested.v1", halts = &'static str)]
#[derive(Clone)]
pub struct TaxRequested {
    pub cents: i64,
}

fn main() {}
