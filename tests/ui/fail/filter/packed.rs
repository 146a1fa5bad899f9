use openedx_events::filter;

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone, Copy)]
#[repr(C, packed)]
pub struct PriceRequested {
    pub cents: i64,
}

fn main() {}
