use openedx_events::filter;

#[derive(Debug)]
enum PriceHalt {
    Prevent,
}

#[filter("org.example.shop.price.requested.v1", halts = PriceHalt)]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
}

fn main() {}
