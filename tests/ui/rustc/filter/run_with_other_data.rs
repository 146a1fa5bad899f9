use openedx_events::filter;

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
    pub currency: String,
}

fn main() {
    let _ = PRICE_REQUESTED.run_filter(1);
    let _ = PRICE_REQUESTED.run_filter(PriceRequested { cents: 1 });
    let _ = PRICE_REQUESTED.run_filter(PriceRequested { cents: 1, curency: String::new() });
}
