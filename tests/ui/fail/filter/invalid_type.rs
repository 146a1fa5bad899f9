use openedx_events::filter;

#[filter("")]
#[derive(Clone)]
pub struct Empty {
    pub cents: i64,
}

#[filter("org.example.shop.price.requested")]
#[derive(Clone)]
pub struct Unversioned {
    pub cents: i64,
}

#[filter("org.example.shop-floor.price.requested.v1")]
#[derive(Clone)]
pub struct Hyphenated {
    pub cents: i64,
}

#[filter("price.requested.v1")]
#[derive(Clone)]
pub struct Short {
    pub cents: i64,
}

#[filter("org.example.shop.price.requested.v1.2")]
#[derive(Clone)]
pub struct WithAMinorVersion {
    pub cents: i64,
}

#[filter("org.example.shop.price.requested.V1")]
#[derive(Clone)]
pub struct WithAnUpperCaseVersion {
    pub cents: i64,
}

#[filter("org..Shop.price requested.7th.v1")]
#[derive(Clone)]
pub struct Several {
    pub cents: i64,
}

fn main() {}
