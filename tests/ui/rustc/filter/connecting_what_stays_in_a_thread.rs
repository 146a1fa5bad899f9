use openedx_events::filter;

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
}

fn main() {
    let count = std::rc::Rc::new(1);
    let _connection = PRICE_REQUESTED.connect("sale", move |price| price.cents = *count);
}
