use openedx_events::filter;

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub _cents: i64,
    pub __currency: String,
    pub r#_raw: i64,
}

fn main() {}
