use openedx_events::filter;

#[filter("org.example.shop.price.requested.v1")]
pub struct PriceRequested {
    pub cents: i64,
}

fn main() {
    let _ = PRICE_REQUESTED.run_filter(PriceRequested { cents: 1 });
}
