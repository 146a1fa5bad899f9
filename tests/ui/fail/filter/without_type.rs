use openedx_events::filter;

#[filter]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
}

#[filter()]
#[derive(Clone)]
pub struct TaxRequested {
    pub cents: i64,
}

#[filter(async)]
#[derive(Clone)]
pub struct FeeRequested {
    pub cents: i64,
}

#[filter(name = DISCOUNT)]
#[derive(Clone)]
pub struct DiscountRequested {
    pub cents: i64,
}

fn main() {
    // Uses of a filter with mistakes add no errors.
    let _ = PRICE_REQUESTED.run_filter(PriceRequested { cents: 1 });
    let _ = FEE_REQUESTED.run_filter_async(FeeRequested { cents: 1 });
    let _ = DISCOUNT.run_filter(DiscountRequested { cents: 1 });
}
