use openedx_events::filter;

#[filter("org.example.shop.price.requested.v1")]
#[filter("org.example.shop.tax.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
}

fn main() {}
