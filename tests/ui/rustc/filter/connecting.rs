use openedx_events::filter;

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
}

fn main() {
    let _first = PRICE_REQUESTED.connect("sale", |price| price.cents / 2);
    let _second = PRICE_REQUESTED.connect("sale", |price| price.cent = 2);
    let _third = PRICE_REQUESTED.connect("sale", |price, context| price.cents = 2);
    let _fourth = PRICE_REQUESTED.connect("sale", |price| Err("no sale".to_owned()));
}
