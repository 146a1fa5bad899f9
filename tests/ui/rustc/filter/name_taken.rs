use openedx_events::filter;

#[filter("org.example.shop.price.requested.v1", name = PRICE)]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
}

#[filter("org.example.shop.fee.requested.v1", name = PRICE)]
#[derive(Clone)]
pub struct FeeRequested {
    pub cents: i64,
}

fn main() {}
