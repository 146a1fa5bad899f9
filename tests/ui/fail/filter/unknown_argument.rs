use openedx_events::filter;

#[filter("org.example.shop.a.requested.v1", halt = Halt)]
#[derive(Clone)]
pub struct First {
    pub cents: i64,
}

#[filter("org.example.shop.b.requested.v1", minor_version = 1)]
#[derive(Clone)]
pub struct Second {
    pub cents: i64,
}

#[filter("org.example.shop.c.requested.v1", 7)]
#[derive(Clone)]
pub struct Third {
    pub cents: i64,
}

fn main() {}
