use openedx_events::filter;

#[filter(
    "org.example.shop.price.requested.v1",
    "org.example.shop.tax.requested.v1",
    halts = String,
    halts = String,
    async,
    async,
    name = A,
    name = B,
    crate = openedx_events,
    crate = openedx_events
)]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
}

fn main() {}
