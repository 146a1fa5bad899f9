use openedx_events::filter;

#[filter("org.example.shop.a.requested.v1")]
#[derive(Clone)]
pub struct OfAType<T> {
    pub cents: T,
}

#[filter("org.example.shop.b.requested.v1")]
#[derive(Clone)]
pub struct OfALifetime<'a> {
    pub name: std::borrow::Cow<'a, str>,
}

#[filter("org.example.shop.c.requested.v1")]
#[derive(Clone)]
pub struct OfAConst<const N: usize> {
    pub cents: [i64; N],
}

fn main() {}
