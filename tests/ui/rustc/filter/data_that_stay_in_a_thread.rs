use openedx_events::filter;

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: std::rc::Rc<i64>,
}

#[filter("org.example.shop.tax.requested.v1")]
#[derive(Clone)]
pub struct TaxRequested {
    pub cents: std::cell::Cell<i64>,
}

fn main() {}
