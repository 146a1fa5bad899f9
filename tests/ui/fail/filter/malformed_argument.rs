use openedx_events::filter;

#[filter("org.example.shop.a.requested.v1", halts)]
#[derive(Clone)]
pub struct First {
    pub cents: i64,
}

#[filter("org.example.shop.b.requested.v1", halts =)]
#[derive(Clone)]
pub struct Second {
    pub cents: i64,
}

#[filter("org.example.shop.c.requested.v1", halts = "Halt")]
#[derive(Clone)]
pub struct Third {
    pub cents: i64,
}

#[filter("org.example.shop.d.requested.v1", async = true)]
#[derive(Clone)]
pub struct Fourth {
    pub cents: i64,
}

#[filter("org.example.shop.e.requested.v1", name = "E")]
#[derive(Clone)]
pub struct Fifth {
    pub cents: i64,
}

#[filter("org.example.shop.f.requested.v1", crate = "openedx_events")]
#[derive(Clone)]
pub struct Sixth {
    pub cents: i64,
}

#[filter("org.example.shop.g.requested.v1" async)]
#[derive(Clone)]
pub struct Seventh {
    pub cents: i64,
}

#[filter("org.example.shop.h.requested.v1", halts(Halt))]
#[derive(Clone)]
pub struct Eighth {
    pub cents: i64,
}

#[filter("org.example.shop.i.requested.v1", name = shop::I)]
#[derive(Clone)]
pub struct Ninth {
    pub cents: i64,
}

fn main() {}
