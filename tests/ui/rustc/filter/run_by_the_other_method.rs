use openedx_events::filter;

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
}

#[filter("org.example.shop.tax.requested.v1", async)]
#[derive(Clone)]
pub struct TaxRequested {
    pub cents: i64,
}

fn main() {
    let _ = TAX_REQUESTED.run_filter(TaxRequested { cents: 1 });
    let _ = PRICE_REQUESTED.run_filter_async(PriceRequested { cents: 1 });
}
