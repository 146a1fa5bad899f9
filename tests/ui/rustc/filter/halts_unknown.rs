use openedx_events::filter;

#[filter("org.example.shop.price.requested.v1", halts = Unknown)]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
}

fn main() {}
