use openedx_events::filter;

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub currency: &'static str,
    pub lines: &'static [i64],
}

fn main() {}
