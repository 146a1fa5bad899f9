use openedx_events::filter;

#[filter("org.example.shop.a.requested.v1")]
fn function() {}

#[filter("org.example.shop.b.requested.v1")]
#[derive(Clone)]
pub enum Enum {
    Variant { cents: i64 },
}

#[filter("org.example.shop.c.requested.v1")]
#[derive(Clone, Copy)]
pub union Union {
    pub cents: i64,
}

#[filter("org.example.shop.d.requested.v1")]
#[derive(Clone)]
pub struct Tuple(pub i64);

#[filter("org.example.shop.e.requested.v1")]
#[derive(Clone)]
pub struct Unit;

#[filter("org.example.shop.f.requested.v1")]
pub trait Trait {}

fn main() {}
