use openedx_events::filter;

const PRICE: &str = "org.example.shop.price.requested.v1";

#[filter(PRICE)]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
}

#[filter(b"org.example.shop.tax.requested.v1")]
#[derive(Clone)]
pub struct TaxRequested {
    pub cents: i64,
}

#[filter(type = "org.example.shop.fee.requested.v1")]
#[derive(Clone)]
pub struct FeeRequested {
    pub cents: i64,
}

#[filter(org.example.shop.discount.requested.v1)]
#[derive(Clone)]
pub struct DiscountRequested {
    pub cents: i64,
}

fn main() {}
